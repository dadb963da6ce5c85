"""Let ``python -m neurosim`` be the command ``neurosim``."""

import sys

from neurosim.command_line import main

sys.exit(main())
