"""Why retrieval gets worse as N → L: a setting with every suspect and a clean one, one suspect apart from the next."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from itertools import product
from typing import Any

import pandas as pd
from jaxtyping import Float
from torch import Tensor

from amcore.statistics import standing
from chmnet._validation import require_sizes
from chmnet.bases.rectangular import RectangularBasis
from chmnet.continuous import ContinuousHopfield
from chmnet.evaluation.ablation import PADDINGS
from chmnet.evaluation.comparison import product_offset
from chmnet.evaluation.retrieval import Memory, sweep_memories
from chmnet.evaluation.sweep import sweep_lengths
from chmnet.integration import Exact, Trapezoid
from chmnet.video.products import InnerProducts

__all__ = [
    "CLEAN",
    "Setting",
    "drop_significance",
    "drops",
    "setting_ladder",
    "setting_sweep",
    "suspect_effects",
]

_SIMILARITIES = ("dot", "distance")
_INTEGRATIONS = ("exact", "trapezoid")
_FACTORS = ["similarity", "integration", "ridge", "padding"]
_RUN = ["task", "L", "dataset"]


@dataclass(frozen=True)
class Setting:
    """What is suspected of costing retrieval, factor by factor; by default without any of it.

    Args:
        integration: ``trapezoid`` or ``exact``.
        ridge: λ of the fit.
        padding: Name of `PADDINGS`.
        similarity: ``dot``, or ``distance``: the dot product with the offset that makes it a distance.

    Raises:
        ValueError: If a name is none of those.
    """

    integration: str = "exact"
    ridge: float = 0.0
    padding: str = "none"
    similarity: str = "distance"

    def __post_init__(self) -> None:
        known = {"integration": _INTEGRATIONS, "padding": tuple(PADDINGS), "similarity": _SIMILARITIES}
        for factor, names in known.items():
            if getattr(self, factor) not in names:
                raise ValueError(f"{factor} must be one of {list(names)}, but is {getattr(self, factor)!r}")

    @classmethod
    def suspected(cls, ridge: float = 0.5) -> "Setting":
        """Return the setting with every suspect: the paper's, and a padded support.

        In the paper only positions are padded and their rows cut off again, which leaves the fit as it is: without the
        padding this is its setting.

        Args:
            ridge: The paper's λ.
        """
        return cls("trapezoid", ridge, "bins and integral", "dot")

    def taking(self, factors: Iterable[str], other: "Setting") -> "Setting":
        """Return this setting with some factors as in another."""
        return replace(self, **{factor: getattr(other, factor) for factor in factors})

    def memory(self, count: int, shown: Float[Tensor, "L L"], *, beta: float, points: int) -> Memory:
        """Return what builds a continuous memory in this setting.

        Args:
            count: Its size N.
            shown: Inner products of what queries show of the frames (`product_offset`).
            beta: Inverse temperature β.
            points: Points of the trapezoid.

        Raises:
            ValueError: If the networks refuse the setting.
        """
        support, domain = PADDINGS[self.padding]
        build = partial(
            ContinuousHopfield.fit,
            basis=RectangularBasis(count, support),
            beta=beta,
            ridge=self.ridge,
            integration=Exact() if self.integration == "exact" else Trapezoid(points),
            domain=domain,
        )
        return build if self.similarity == "dot" else partial(build, offset=product_offset(shown, build))

    def rows(self, measurements: pd.DataFrame) -> pd.DataFrame:
        """Return those rows of `setting_sweep` in which a continuous memory had this setting."""
        wanted = {"variant": "continuous", **asdict(self)}
        return measurements.loc[(measurements[list(wanted)] == pd.Series(wanted)).all(axis=1)]


CLEAN = Setting()
"""The setting without any suspect."""


def setting_sweep(
    products: InnerProducts,
    shown: Float[Tensor, "L L"],
    counts: Iterable[int],
    *,
    suspected: Setting,
    beta: float = 10.0,
    points: int = 500,
) -> pd.DataFrame:
    """Measure retrieval with every combination of suspects, and by discrete memories.

    Args:
        products: Inner products of the frames and of their damaged copies.
        shown: Inner products of what queries show of the frames: ``products.scores`` where a part is blanked,
            ``products.gram`` where all of a frame is there.
        counts: The sizes N.
        suspected: The setting with every suspect.
        beta: Inverse temperature β.
        points: Points of the trapezoid.

    Returns:
        A row per memory: ``variant`` (``continuous`` or ``discrete``), ``L``, ``N``, the factors of `Setting`, the mean
        over frames of the cosine similarity (``value``) and the number of frames (``n``).

    Raises:
        TypeError: If a size is not a whole number.
        ValueError: If a size is not in [1, L], or the networks refuse a setting.

    Source: Santos et al. (2025), section 6.
    """
    counts, length = require_sizes("counts", counts), len(products)
    memories: dict[Hashable, Memory] = {}
    for similarity, integration, ridge, padding, count in product(
        _SIMILARITIES,
        _INTEGRATIONS,
        (suspected.ridge, CLEAN.ridge),
        (CLEAN.padding, suspected.padding),
        counts,
    ):
        setting = Setting(integration, ridge, padding, similarity)
        build = setting.memory(count, shown, beta=beta, points=points)
        memories["continuous", similarity, integration, ridge, padding, count] = build
    complete = sweep_memories(length, counts, beta=beta)
    for count in counts:
        memories["discrete", "dot", "discrete", 0.0, "none", count] = complete["discrete", count]
    names = ["variant", *_FACTORS, "N"]
    swept = sweep_lengths({length: products}, lambda _: memories, names)
    return swept.loc[:, ["variant", "L", "N", *_FACTORS, "value", "n"]]


def setting_ladder(suspected: Setting) -> dict[str, Setting]:
    """Return the settings from the one with every suspect to the clean one; each step takes one suspect away.

    Args:
        suspected: The setting with every suspect.

    Returns:
        Settings by title; the second, without padding, is the paper's.
    """
    steps = {
        "the paper's": "padding",
        "exact integral": "integration",
        "λ = 0 too": "ridge",
        "distance too": "similarity",
    }
    settings = {"padded support": suspected}
    for title, factor in steps.items():
        settings[title] = list(settings.values())[-1].taking([factor], CLEAN)
    return settings


def drops(measurements: pd.DataFrame, settings: Mapping[str, Setting]) -> pd.DataFrame:
    """Compare in each setting the retrieval at N = L with the best at any smaller size, video by video.

    Args:
        measurements: Rows of `setting_sweep` with ``task`` and ``dataset``, N = L and a smaller size among them.
        settings: Settings by title.

    Returns:
        Rows with ``task``, ``L``, ``dataset``, ``setting`` (the title), ``what`` (``drop``: the best at a smaller size
        less the one at N = L; ``at N = L``; ``best N < L``) and ``value``.
    """
    parts = []
    for title, setting in settings.items():
        rows = setting.rows(measurements)
        wide: Any = rows.pivot_table(index=_RUN, columns=rows["N"] / rows["L"], values="value")
        full, best = wide[1.0], wide.drop(columns=1.0).max(axis=1)
        for what, values in (("drop", best - full), ("at N = L", full), ("best N < L", best)):
            parts.append(values.reset_index(name="value").assign(setting=title, what=what))
    return pd.concat(parts, ignore_index=True)


def drop_significance(found: pd.DataFrame) -> pd.DataFrame:
    """Test whether memories fall at all, with the videos as units and means over lengths.

    The best of several smaller sizes is the higher the more there are, so that p is on the side of a fall.

    Args:
        found: As from `drops`.

    Returns:
        Rows with ``task``, ``setting`` and ``p`` of a two-sided t-test of the drops against 0; NaN for a single video.
    """
    of_video = found.loc[found["what"] == "drop"].groupby(["task", "setting", "dataset"])["value"].mean()
    rows = []
    for (task, setting), values in of_video.groupby(["task", "setting"]):
        rows.append({"task": task, "setting": setting, "p": standing(values).p})
    return pd.DataFrame(rows)


def suspect_effects(measurements: pd.DataFrame, suspected: Setting) -> pd.DataFrame:
    """Measure at N = L what one suspect alone does, taken out of all of them or put into the clean setting.

    Args:
        measurements: Rows of `setting_sweep` with ``task`` and ``dataset``, N = L among them.
        suspected: The setting with every suspect.

    Returns:
        Rows with ``task``, ``L``, ``dataset``, ``factor`` (of `Setting`), ``direction`` (``out`` or ``in``) and
        ``value``, the gain in cosine similarity.
    """

    def at_full(setting: Setting) -> pd.Series:
        rows = setting.rows(measurements)
        return rows.loc[rows["N"] == rows["L"]].set_index(_RUN)["value"]

    parts = []
    for factor in (field.name for field in fields(Setting)):
        effects = {
            "out": at_full(suspected.taking([factor], CLEAN)) - at_full(suspected),
            "in": at_full(CLEAN.taking([factor], suspected)) - at_full(CLEAN),
        }
        for direction, effect in effects.items():
            rows = effect.reset_index(name="value")
            parts.append(rows.assign(factor=factor, direction=direction))
    return pd.concat(parts, ignore_index=True)
