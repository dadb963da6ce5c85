"""From a network to a plan that engines can run."""
