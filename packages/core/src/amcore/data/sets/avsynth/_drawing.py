"""Eight plain shapes drawn from their signed distances, with smooth edges."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float64, UInt8

Distance = Callable[[np.ndarray, np.ndarray], np.ndarray]

_RING_WIDTH = 0.22
_CROSS_WIDTH = 0.34
_STAR_POINTS = 5
_STAR_INNER = 0.45


def _polygon(corners: Float64[np.ndarray, "corners 2"]) -> Distance:
    """The signed distance of a polygon: to the nearest edge, negative inside by the crossing rule."""

    def distance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        nearest = np.full(x.shape, np.inf)
        inside = np.zeros(x.shape, dtype=bool)
        for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            edge_x, edge_y = x1 - x0, y1 - y0
            along = ((x - x0) * edge_x + (y - y0) * edge_y) / (edge_x**2 + edge_y**2)
            along = np.clip(along, 0.0, 1.0)
            nearest = np.minimum(nearest, np.hypot(x - x0 - along * edge_x, y - y0 - along * edge_y))
            if y0 != y1:
                crosses = (y0 > y) != (y1 > y)
                inside ^= crosses & (x < x0 + (y - y0) * edge_x / edge_y)
        return np.where(inside, -nearest, nearest)

    return distance


def _around(angles: np.ndarray, radii: np.ndarray | float = 1.0) -> Float64[np.ndarray, "corners 2"]:
    """Points at angles from the top, clockwise, in a picture whose y grows downwards."""
    return np.stack([radii * np.sin(angles), -radii * np.cos(angles)], axis=1)


_TURN = 2.0 * np.pi
_SPIKES = np.arange(2 * _STAR_POINTS)
_ARM = np.array(
    [
        [1, 3],
        [1, 1],
        [3, 1],
        [3, -1],
        [1, -1],
        [1, -3],
        [-1, -3],
        [-1, -1],
        [-3, -1],
        [-3, 1],
        [-1, 1],
        [-1, 3],
    ]
)

# Every shape lies within the unit circle.
DISTANCES: dict[str, Distance] = {
    "circle": lambda x, y: np.hypot(x, y) - 0.9,
    "square": _polygon(_around(_TURN * (np.arange(4) + 0.5) / 4)),
    "triangle": _polygon(_around(_TURN * np.arange(3) / 3)),
    "diamond": _polygon(np.array([[0.0, -1.0], [0.6, 0.0], [0.0, 1.0], [-0.6, 0.0]])),
    "cross": _polygon(np.where(np.abs(_ARM) == 3, np.sign(_ARM) * 0.94, np.sign(_ARM) * _CROSS_WIDTH)),
    "star": _polygon(_around(_TURN * _SPIKES / len(_SPIKES), np.where(_SPIKES % 2, _STAR_INNER, 1.0))),
    "ring": lambda x, y: np.abs(np.hypot(x, y) - 0.72) - _RING_WIDTH,
    "crescent": lambda x, y: np.maximum(np.hypot(x, y) - 1.0, 0.62 - np.hypot(x - 0.55, y)),
}


def draw(
    shape: str,
    side: int,
    centres: Float64[np.ndarray, "copies 2"],
    radius: float,
    turn: float,
    colour: tuple[int, int, int],
    background: Float64[np.ndarray, "side side 3"],
) -> UInt8[np.ndarray, "side side 3"]:
    """Copies of one shape over a background.

    A pixel whose centre is d pixels outside of the outline is covered by clip(½ − d, 0, 1).

    Args:
        shape: a key of `DISTANCES`.
        side: of the picture in pixels.
        centres: of the copies, across and down, in sides.
        radius: of the circle around a copy, in sides.
        turn: of every copy, in radians clockwise.
        colour: red, green, blue, 0 … 255.
        background: levels 0 … 255.
    """
    picture = background.copy()
    across = (np.arange(side) + 0.5) / side
    cos, sin = np.cos(turn), np.sin(turn)
    for x0, y0 in centres:
        # Only the copy's own neighbourhood is looked at.
        columns, rows = (
            np.flatnonzero(np.abs(across - centre) <= radius + 1.0 / side) for centre in (x0, y0)
        )
        x, y = np.meshgrid(across[columns] - x0, across[rows] - y0)
        x, y = (cos * x + sin * y) / radius, (cos * y - sin * x) / radius
        covered = np.clip(0.5 - DISTANCES[shape](x, y) * radius * side, 0.0, 1.0)[..., None]
        window = np.ix_(rows, columns)
        picture[window] += covered * (np.asarray(colour, dtype=np.float64) - picture[window])
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)
