"""LLVM's text made into a function of this process, for this very processor.

What Numba compiles is a kernel for all networks. What is written for one network alone comes this
way: no types to infer, no object of Python's in it, and a hundredth of the time to compile.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

from llvmlite import binding, ir

from neurosim.engines.compiled.simd import processor


class MachineCode:
    """A compiled function, which is there as long as this object.

    Parameters
    ----------
    module : llvmlite.ir.Module
    name : str
        A function of the module that takes the address of its arguments and returns an int64.

    Attributes
    ----------
    call : callable
        The function; it runs without Python's lock.
    """

    def __init__(self, module: ir.Module, name: str) -> None:
        target, (name_of_cpu, features) = _target(), processor()
        module.triple = target.triple
        # The engine is the owner of its machine: each has one of its own.
        machine = target.create_target_machine(
            cpu=name_of_cpu, features=features, opt=2, jit=True
        )
        parsed = binding.parse_assembly(str(module))
        self._engine = binding.create_mcjit_compiler(parsed, machine)
        self._engine.finalize_object()
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)
        self.call: Callable[[int], int] = kind(self._engine.get_function_address(name))


@cache
def _target() -> binding.Target:
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding.Target.from_default_triple()
