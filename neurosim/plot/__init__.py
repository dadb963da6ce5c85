"""Pictures by matplotlib: each takes ``ax=``, returns the axes and never shows them itself."""

from neurosim.errors import MissingExtraError

try:
    from neurosim.plot.curves import training_curve
    from neurosim.plot.drawing import network
    from neurosim.plot.surface import error_surface
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "matplotlib":
        raise
    raise MissingExtraError(
        'neurosim.plot needs matplotlib: pip install "neurosim[plot]"'
    ) from error

__all__ = ["error_surface", "network", "training_curve"]
