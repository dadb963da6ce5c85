"""Callbacks: what accompanies a training, stops it, or keeps a record of it."""

from neurosim.training.callbacks.base import Callback
from neurosim.training.callbacks.checkpoint import Checkpoint
from neurosim.training.callbacks.logs import CSVLog, JSONLog, TensorBoard
from neurosim.training.callbacks.progress import Progress
from neurosim.training.callbacks.snapshots import Snapshots
from neurosim.training.callbacks.stopping import EarlyStopping, TimeLimit
from neurosim.training.callbacks.watching import Alarm, Watch

CALLBACKS: tuple[type[Callback], ...] = (
    Checkpoint,
    CSVLog,
    EarlyStopping,
    JSONLog,
    Progress,
    Snapshots,
    TensorBoard,
    TimeLimit,
    Watch,
)

__all__ = [
    "CALLBACKS",
    "Alarm",
    "CSVLog",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "JSONLog",
    "Progress",
    "Snapshots",
    "TensorBoard",
    "TimeLimit",
    "Watch",
]
