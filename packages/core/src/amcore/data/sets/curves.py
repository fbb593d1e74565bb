"""Four arrangements of points in the plane, sampled from continuous functions of time."""

from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float64

from amcore.data.dataset import Dataset
from amcore.data.formats.arrays import read_array, write_array
from amcore.data.transport.source import Source

Curve = Literal["clusters", "circle", "line", "sinusoid"]

NAMES: tuple[Curve, ...] = ("clusters", "circle", "line", "sinusoid")
POINTS = 20
CLUSTERS = 4
CLUSTER_WIDTH = 0.04

SOURCE = Source(
    name="curves",
    version="1",
    kind="generated",
    licence="MIT",
    citation="after Santos, Farinhas, McNamee & Martins (2025), section 5.1, figure 1",
)


def sample_curve(name: Curve, points: int = POINTS, seed: int = 0) -> Float64[np.ndarray, "points 2"]:
    """Points x(t) of one arrangement at increasing times t in [0, 1].

    circle x(t) = (cos 2πt, sin 2πt); line x(t) = (2t − 1, 2t − 1); sinusoid x(t) = (2t − 1, sin 2πt), all
    at evenly spaced t (the circle without its end, which is its beginning). Clusters lie on the circle with
    t ~ N(c_k, 0.04²) around four evenly spaced centres, each point's centre drawn at random, so that groups
    differ in size.

    Args:
        name: of the arrangement.
        points: how many, at least one.
        seed: of the clusters, the only random arrangement.

    Raises:
        ValueError: an unknown name, or fewer than one point.

    Source: Santos, Farinhas, McNamee & Martins (2025), section 5.1, figure 1. The paper names the
        arrangements; their formulas are ours.
    """
    if name not in NAMES:
        raise ValueError(f"name is {name!r}, wanted one of {', '.join(NAMES)}")
    if points < 1:
        raise ValueError(f"points is {points}, wanted at least 1")
    times = np.linspace(0.0, 1.0, points, endpoint=name != "circle")
    if name == "clusters":
        random = np.random.default_rng(seed)
        centres = (random.integers(CLUSTERS, size=points) + 0.5) / CLUSTERS
        times = np.sort(centres + CLUSTER_WIDTH * random.standard_normal(points))
    angles = 2.0 * np.pi * times
    if name in ("clusters", "circle"):
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)
    across = 2.0 * times - 1.0
    return np.stack([across, across if name == "line" else np.sin(angles)], axis=1)


def load_curves(folder: Path | str) -> dict[str, Float64[np.ndarray, "points 2"]]:
    """The prepared arrangements by name, in order of time, memory-mapped.

    Args:
        folder: data folder, the one given to `prepare`.

    Raises:
        DataError: the data set is not prepared there.

    Source: Santos, Farinhas, McNamee & Martins (2025), section 5.1, figure 1.
    """
    return {name: read_array(Path(folder), DATASET.name, f"{name}.npy") for name in NAMES}


def _prepare(target: Path, points: int = POINTS, seed: int = 0) -> None:
    for name in NAMES:
        curve = sample_curve(name, points, seed)
        write_array(target / f"{name}.npy", curve.shape, curve.dtype, [curve])


DATASET = Dataset(
    name="curves",
    summary="points on clusters, circle, line, sinusoid",
    sources=lambda **_: (SOURCE,),
    files=lambda **_: tuple(f"{name}.npy" for name in NAMES),
    write=_prepare,
)
