"""The forces among oscillators: a compiled kernel for CPUs, a portable one for all else, and their derivatives."""

from hkam.kernels.compiled import MissingCompilerWarning
from hkam.kernels.interaction import oscillator_interaction
from hkam.kernels.portable import edge_list_interaction

__all__ = ["MissingCompilerWarning", "edge_list_interaction", "oscillator_interaction"]
