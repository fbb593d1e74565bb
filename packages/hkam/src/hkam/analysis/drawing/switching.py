"""One network that performs two computations: what it answers, where its oscillators go, and what chooses."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Array, Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from amcore.plotting import PALETTE
from hkam.analysis.plotting import phase_sphere, pixel_picture

__all__ = ["answer_pictures", "overlap_curves", "settling_curves"]

_ROLES = ("discrete", "continuous")
_BARRIER = 60  # degrees: between the wells at scalar products 0 and 1 the barrier is highest at ½


def answer_pictures(
    figure: Figure,
    shown: Float[Array | np.ndarray, "P n1"],
    answers: Mapping[str, Float[Array | np.ndarray, "P n2"]],
    oscillators: Mapping[str, Float[Array | np.ndarray, "T N 3"]],
) -> list[Axes]:
    """Draw what was shown, what each computation answered, and the paths of each computation's oscillators.

    Args:
        figure: An empty figure.
        shown: Square patterns, one per row.
        answers: Activations of the answering units, by the computation's name.
        oscillators: Oscillators of both groups along a trajectory, by the computation's name.

    Returns:
        The pictures row by row, and after them the spheres.
    """
    columns = {"shown": shown, **{f"answer {name}": answer for name, answer in answers.items()}}
    grid = figure.add_gridspec(
        len(shown), 2 * len(columns), width_ratios=[*[1, 0.25] * (len(columns) - 1), 1, 2.2]
    )
    axes = []
    for row in range(len(shown)):
        for column, (title, patterns) in enumerate(columns.items()):
            ax = figure.add_subplot(grid[row, 2 * column])
            pixel_picture(ax, patterns[row], cmap="Blues" if column == 0 else "Oranges")
            if row == 0:
                ax.set_title(title)
            axes.append(ax)
    spheres = grid[:, -1].subgridspec(len(oscillators), 1)
    for row, (name, path) in enumerate(oscillators.items()):
        first = np.shape(shown)[1]
        groups = [PALETTE[_ROLES[unit >= first]] for unit in range(np.shape(path)[1])]
        ax: Any = figure.add_subplot(spheres[row], projection="3d")
        phase_sphere(ax, path, colours=groups)
        ax.set_title(f"oscillators in {name}")
        axes.append(ax)
    return axes


def settling_curves(
    ax: Axes,
    times: Float[Array | np.ndarray, "T"],
    products: Mapping[str, Float[np.ndarray, "T"]],
    answers: Mapping[str, Float[np.ndarray, "T"]],
) -> None:
    """Draw how oscillators settle and threshold units answer, in each of two computations.

    Args:
        ax: Axes to draw in.
        times: When.
        products: Mean scalar product between the two groups' oscillators, by the computation's name.
        answers: Overlap with the right answer, by the computation's name.
    """
    for (name, product), role in zip(products.items(), _ROLES, strict=True):
        ax.plot(times, product, color=PALETTE[role], linestyle="--", label=f"{name}: oscillators")
        ax.plot(times, answers[name], color=PALETTE[role], label=f"{name}: right answer")
    ax.set(xlabel="time t", ylabel="scalar product, overlap", title="oscillators settle, units answer")
    ax.legend(fontsize="small", loc="center right")


def overlap_curves(
    ax: Axes, degrees: Float[np.ndarray, "A"], overlaps: Mapping[str, Float[np.ndarray, "P A"]]
) -> None:
    """Draw how the angle between the groups' oscillators at the start chooses the answer.

    Args:
        ax: Axes to draw in.
        degrees: The angles.
        overlaps: Overlap with each key's right answer, by the computation's name.
    """
    for (name, lines), role in zip(overlaps.items(), _ROLES, strict=True):
        for number, line in enumerate(lines):
            ax.plot(
                degrees, line, color=PALETTE[role], label=None if number else f"with the answers of {name}"
            )
    ax.axvline(_BARRIER, color=PALETTE["reference"], linewidth=0.9, linestyle=":")
    ax.set(
        xlabel="starting angle between the groups, °",
        ylabel="overlap with the answer",
        title="the angle chooses",
    )
    ax.legend(fontsize="small")
