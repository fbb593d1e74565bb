"""Methods without training: ridge regression with λ chosen on validation, and the control that knows lengths alone."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from cmhn.baselines import RidgeRegression
from cmhn.evaluation.comparison import LengthControl
from cmhn.evaluation.triples import Triples
from cmhn.ranking import Gallery, mean_reciprocal_rank

__all__ = ["RIDGES", "choose_ridge", "length_control"]

RIDGES: tuple[float, ...] = (0.1, 1.0, 10.0, 100.0)
"""The λ that are tried."""


def choose_ridge(
    states: Mapping[str, Tensor],
    stored: Int[np.ndarray, " n"],
    galleries: Sequence[Gallery],
    *,
    ridges: Sequence[float] = RIDGES,
) -> RidgeRegression:
    """Fit a ridge regression with each λ, and keep the one with the best mean reciprocal rank.

    Args:
        states: A matrix for each modality, one item per row.
        stored: Rows that are fitted.
        galleries: Galleries of validation items.
        ridges: The λ; of equal ones the first is kept.

    Raises:
        ValueError: If there is no λ, no gallery or no stored row, or a λ is refused.
    """
    if not ridges:
        raise ValueError("ridges must hold at least one λ, but are empty")
    kept = _taken(states, stored)
    fitted = [RidgeRegression(kept, ridge=ridge) for ridge in ridges]
    return max(fitted, key=lambda one: mean_reciprocal_rank(one, states, galleries))


def length_control(
    triples: Triples, states: Mapping[str, Tensor], stored: Int[np.ndarray, " n"]
) -> tuple[LengthControl, dict[str, Tensor]] | None:
    """Fit the control that knows of each sound its length alone.

    A caption's features get one more, the logarithm of its length: it goes with the length of its being spoken,
    whatever it says.

    Args:
        triples: The triples.
        states: Features of ``text`` and ``vision``, one triple per row; those of ``audio`` are not read.
        stored: Rows that are fitted.

    Returns:
        The control and what it knows of each modality; none where all sounds are equally long, so that there is
        nothing to control for.
    """
    lengths = torch.from_numpy(np.log(triples.table["seconds"].to_numpy())).float()
    if lengths.unique().numel() < 2:
        return None
    letters = torch.from_numpy(np.log(triples.table["caption"].str.len().to_numpy())).float()
    known = {"text": torch.cat([states["text"], letters[:, None]], dim=1), "vision": states["vision"]}
    control = LengthControl(_taken(known, stored), lengths[torch.from_numpy(stored)])
    return control, {**known, "audio": lengths[:, None]}


def _taken(states: Mapping[str, Tensor], rows: Int[np.ndarray, " n"]) -> dict[str, Tensor]:
    chosen = torch.from_numpy(np.asarray(rows))
    return {name: x[chosen] for name, x in states.items()}
