"""The `numba` engine, in a sub-package that is imported only when it is used (extra ``fast``)."""

from __future__ import annotations

from neurosim.engines.compiled.engine import NumbaEngine, compiled_activations

__all__ = ["NumbaEngine", "compiled_activations"]
