"""Looking at memories: descent of the energy, landscapes, synchronisation, and the evidence for the paper's errata.

``hkam.analysis.plotting`` and ``hkam.analysis.drawing`` are imported by name because they need the extra ``plotting``.
"""

from hkam.analysis.charting import Chart, Plane, chart, local_minima, phase_plane, unit_plane
from hkam.analysis.completing import Completed, blanked, complete
from hkam.analysis.descending import deviations, follow_models
from hkam.analysis.descent import Descent, follow_energy
from hkam.analysis.driving import DRIVES, Driven, drive, driven_groups, driven_out
from hkam.analysis.encoding_capacity import encoded_shares, fit_products, half_encoded, numbers_tried
from hkam.analysis.errata_tables import errata_formulas, errata_measurements
from hkam.analysis.evidence import Erratum, errata
from hkam.analysis.landscapes import Basins, basins, energies_on_grid, plane_of_states
from hkam.analysis.many_functions import (
    SELECTIONS,
    function_answers,
    functions_held,
    functions_predicted,
    held_table,
)
from hkam.analysis.patterns import drawn_patterns, random_pixels
from hkam.analysis.random_models import BROKEN_MODELS, MODELS, RandomParameters, random_cue
from hkam.analysis.spheres import (
    MeanFieldInteraction,
    random_rotations,
    sphere_curve,
    sphere_transitions,
    transition_table,
    weak_coupling_order,
)
from hkam.analysis.switching import (
    SwitchedMemory,
    right_answers,
    switching_angles,
    turned_overlaps,
)
from hkam.analysis.synchronisation import (
    MeanFieldKuramotoMemory,
    lorentzian_critical_coupling,
    lorentzian_frequencies,
    lorentzian_order_parameter,
    order_parameter,
    steepest_rise,
    synchronisation_curve,
)
from hkam.analysis.transition import coupling_sweep, critical_table, drawn_turns, random_phases, spread_sweep

__all__ = [
    "BROKEN_MODELS",
    "DRIVES",
    "MODELS",
    "SELECTIONS",
    "Basins",
    "Chart",
    "Completed",
    "Descent",
    "Driven",
    "Erratum",
    "MeanFieldInteraction",
    "MeanFieldKuramotoMemory",
    "Plane",
    "RandomParameters",
    "SwitchedMemory",
    "basins",
    "blanked",
    "chart",
    "complete",
    "coupling_sweep",
    "critical_table",
    "deviations",
    "drawn_patterns",
    "drawn_turns",
    "drive",
    "driven_groups",
    "driven_out",
    "encoded_shares",
    "energies_on_grid",
    "errata",
    "errata_formulas",
    "errata_measurements",
    "fit_products",
    "follow_energy",
    "follow_models",
    "function_answers",
    "functions_held",
    "functions_predicted",
    "half_encoded",
    "held_table",
    "local_minima",
    "lorentzian_critical_coupling",
    "lorentzian_frequencies",
    "lorentzian_order_parameter",
    "numbers_tried",
    "order_parameter",
    "phase_plane",
    "plane_of_states",
    "random_cue",
    "random_phases",
    "random_pixels",
    "random_rotations",
    "right_answers",
    "sphere_curve",
    "sphere_transitions",
    "spread_sweep",
    "steepest_rise",
    "switching_angles",
    "synchronisation_curve",
    "transition_table",
    "turned_overlaps",
    "unit_plane",
    "weak_coupling_order",
]
