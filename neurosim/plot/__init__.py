"""Pictures by matplotlib: each takes ``ax=``, returns the axes and never shows them itself."""

from neurosim.errors import MissingExtraError

try:
    from neurosim.plot.activations import activation
    from neurosim.plot.boundaries import decision_boundary
    from neurosim.plot.confusion import confusion_matrix
    from neurosim.plot.curves import training_curve
    from neurosim.plot.drawing import network
    from neurosim.plot.histograms import weight_histogram
    from neurosim.plot.images import weight_images
    from neurosim.plot.matrices import weight_matrix
    from neurosim.plot.responses import response
    from neurosim.plot.surface import error_surface
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "matplotlib":
        raise
    raise MissingExtraError(
        'neurosim.plot needs matplotlib: pip install "neurosim[plot]"'
    ) from error

__all__ = [
    "activation",
    "confusion_matrix",
    "decision_boundary",
    "error_surface",
    "network",
    "response",
    "training_curve",
    "weight_histogram",
    "weight_images",
    "weight_matrix",
]
