"""Arrangements of points in the plane, sampled from continuous functions of time."""

from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float64

from amcore.data.dataset import Dataset
from amcore.data.formats.arrays import read_array, write_array
from amcore.data.transport.source import Source

Curve = Literal["clusters", "circle", "line", "sinusoid", "wide line", "wide sinusoid"]

NAMES: tuple[Curve, ...] = ("clusters", "circle", "line", "sinusoid", "wide line", "wide sinusoid")
POINTS = 20
CLUSTERS = 4
CLUSTER_WIDTH = 0.04

SOURCE = Source(
    name="curves",
    version="2",
    kind="generated",
    licence="MIT",
    citation="after Santos, Farinhas, McNamee & Martins (2025), section 5.1, figure 1",
)


def sample_curve(name: Curve, points: int = POINTS, seed: int = 0) -> Float64[np.ndarray, "points 2"]:
    """Points x(t) of one arrangement at increasing times t in [0, 1].

    circle x(t) = (cos 2πt, sin 2πt); line x(t) = (2t − 1, 2t − 1); sinusoid x(t) = (2t − 1, sin 2πt); with
    a = π(2t − 1), wide line x(t) = (a, 2a) and wide sinusoid x(t) = (a, 2 sin a), all at evenly spaced t (the
    circle without its end, which is its beginning). Clusters lie on the circle with t ~ N(c_k, 0.04²) around
    four evenly spaced centres, each point's centre drawn at random, so that groups differ in size.

    Args:
        name: of the arrangement.
        points: how many, at least one.
        seed: of the clusters, the only random arrangement.

    Raises:
        ValueError: an unknown name, or fewer than one point.

    Source: Santos, Farinhas, McNamee & Martins (2025), section 5.1, figure 1. The paper names the
        arrangements and gives no scale; the wide ones have the scale of its authors' code.
    """
    if name not in NAMES:
        raise ValueError(f"name must be one of {', '.join(NAMES)}, but is {name!r}")
    if points < 1:
        raise ValueError(f"points must be at least 1, but is {points}")
    times = np.linspace(0.0, 1.0, points, endpoint=name != "circle")
    if name == "clusters":
        random = np.random.default_rng(seed)
        centres = (random.integers(CLUSTERS, size=points) + 0.5) / CLUSTERS
        times = np.sort(centres + CLUSTER_WIDTH * random.standard_normal(points))
    angles = 2.0 * np.pi * times
    if name in ("clusters", "circle"):
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)
    across = 2.0 * times - 1.0
    if name.startswith("wide"):
        across = np.pi * across
        return np.stack([across, 2.0 * (across if name == "wide line" else np.sin(across))], axis=1)
    return np.stack([across, across if name == "line" else np.sin(angles)], axis=1)


def load_curves(folder: Path | str) -> dict[str, Float64[np.ndarray, "points 2"]]:
    """The prepared arrangements by name, in order of time, memory-mapped.

    Args:
        folder: data folder, the one given to `prepare`.

    Raises:
        DataError: the data set is not prepared there.

    Source: Santos, Farinhas, McNamee & Martins (2025), section 5.1, figure 1.
    """
    return {name: read_array(Path(folder), DATASET.name, _file(name)) for name in NAMES}


def _file(name: Curve) -> str:
    return f"{name.replace(' ', '_')}.npy"


def _prepare(target: Path, points: int = POINTS, seed: int = 0) -> None:
    for name in NAMES:
        curve = sample_curve(name, points, seed)
        write_array(target / _file(name), curve.shape, curve.dtype, [curve])


DATASET = Dataset(
    name="curves",
    summary="points on clusters, circle, lines, sinusoids",
    sources=lambda **_: (SOURCE,),
    files=lambda **_: tuple(_file(name) for name in NAMES),
    write=_prepare,
)
