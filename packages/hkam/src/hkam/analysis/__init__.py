"""Looking at memories: descent of the energy, landscapes, synchronisation, and the evidence for the paper's errata.

``hkam.analysis.plotting`` is imported by name because it needs the extra ``plotting``.
"""

from hkam.analysis.descent import Descent, follow_energy
from hkam.analysis.evidence import Erratum, errata
from hkam.analysis.landscapes import Basins, basins, energies_on_grid, plane_of_states
from hkam.analysis.random_models import BROKEN_MODELS, MODELS, RandomParameters, random_cue
from hkam.analysis.synchronisation import (
    MeanFieldKuramotoMemory,
    lorentzian_critical_coupling,
    lorentzian_frequencies,
    lorentzian_order_parameter,
    order_parameter,
    synchronisation_curve,
)

__all__ = [
    "BROKEN_MODELS",
    "MODELS",
    "Basins",
    "Descent",
    "Erratum",
    "MeanFieldKuramotoMemory",
    "RandomParameters",
    "basins",
    "energies_on_grid",
    "errata",
    "follow_energy",
    "lorentzian_critical_coupling",
    "lorentzian_frequencies",
    "lorentzian_order_parameter",
    "order_parameter",
    "plane_of_states",
    "random_cue",
    "synchronisation_curve",
]
