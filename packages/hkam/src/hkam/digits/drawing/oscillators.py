"""What the oscillators of edited classifiers do: their corrections, and where they go."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Integer
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from hkam.digits.corrections import correction

__all__ = ["correction_panels", "gram_panels", "sphere_panels"]

_PLAIN, _LINE = "#b9b9b9", "#7a7a7a"
_GROUP_COLOURS = ("#b9b9b9", "#3b5b92", "#d1603d")


def correction_panels(
    figure: Figure,
    eigenvalues: Mapping[tuple[str, str], Float[np.ndarray, "D1"]],
    titles: Mapping[str, str],
    colours: Mapping[str, str],
) -> np.ndarray:
    """Draw the eigenvalues of each edit's correction before and after recall.

    Args:
        figure: An empty figure.
        eigenvalues: By edit and moment, as in `Corrections`.
        titles: By edit.
        colours: By edit.
    """
    axes = figure.subplots(1, len(titles), squeeze=False, sharey=True)
    for ax, name in zip(axes[0], titles, strict=True):
        for moment, shift, tone in (("before", -0.2, _PLAIN), ("after", 0.2, colours[name])):
            values = eigenvalues[name, moment]
            ax.bar(np.arange(1, len(values) + 1) + shift, values, width=0.38, color=tone, label=moment)
            ax.set_xticks(np.arange(1, len(values) + 1))
        ax.set_title(titles[name], fontsize="small")
        ax.set_xlabel("eigenvalue of κμμᵀ")
    axes[0, 0].legend(fontsize="small")
    return axes


def sphere_panels(
    figure: Figure,
    oscillators: Mapping[str, Float[np.ndarray, "2 N D1"]],
    titles: Mapping[str, str],
    groups: Mapping[str, int],
) -> np.ndarray:
    """Draw oscillators before and after recall in the two directions in which they spread most at the end.

    Args:
        figure: An empty figure.
        oscillators: By edit.
        titles: By edit.
        groups: Number of units of each kind, in their order.
    """
    axes = figure.subplots(2, len(titles), squeeze=False)
    for column, name in zip(axes.T, titles, strict=True):
        ends = oscillators[name]
        _, _, directions = np.linalg.svd(ends[1], full_matrices=False)
        for ax, mu in zip(column, ends, strict=True):
            flat, first = mu @ directions[:2].T, 0
            for (group, count), colour in zip(groups.items(), _GROUP_COLOURS, strict=True):
                size = 14 if group == "class units" else 3
                ax.scatter(*flat[first : first + count].T, s=size, color=colour, label=group, linewidths=0)
                first += count
            ax.add_patch(Circle((0, 0), 1, fill=False, color=_LINE, linewidth=0.6))
            ax.set(xlim=(-1.08, 1.08), ylim=(-1.08, 1.08), aspect="equal", xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
        column[0].set_title(titles[name], fontsize="small")
    _name_rows(axes)
    handles, texts = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, texts, loc="outside lower center", ncols=3, fontsize="small")
    return axes


def gram_panels(
    figure: Figure,
    oscillators: Mapping[str, Float[np.ndarray, "2 N D1"]],
    titles: Mapping[str, str],
    groups: Mapping[str, int],
) -> np.ndarray:
    """Draw the scalar products among oscillators before and after recall.

    Units stand by kind, and within a kind in the order of the direction that is strongest after recall.

    Args:
        figure: An empty figure.
        oscillators: By edit.
        titles: By edit.
        groups: Number of units of each kind, in their order.
    """
    boundaries = np.cumsum(list(groups.values()))[:-1]
    kinds: Integer[np.ndarray, "N"] = np.repeat(range(len(groups)), list(groups.values()))
    axes = figure.subplots(2, len(titles), squeeze=False)
    image: Any = None
    for column, name in zip(axes.T, titles, strict=True):
        before, after = oscillators[name]
        strongest = np.linalg.svd(after, full_matrices=False)[2][0]
        order = np.lexsort((after @ strongest, kinds))
        for ax, mu in zip(column, (before, after), strict=True):
            gram = correction(jnp.asarray(mu[order]), jnp.asarray(1.0)).matrix
            image = ax.imshow(gram, cmap="RdBu_r", vmin=-1, vmax=1)
            for boundary in boundaries:
                ax.axhline(boundary - 0.5, color="black", linewidth=0.4)
                ax.axvline(boundary - 0.5, color="black", linewidth=0.4)
            ax.set(xticks=[], yticks=[])
        column[0].set_title(titles[name], fontsize="small")
    _name_rows(axes)
    figure.colorbar(image, ax=axes, label="μᵢᵀμⱼ", shrink=0.6, ticks=(-1, 0, 1))
    return axes


def _name_rows(axes: np.ndarray) -> None:
    axes[0, 0].set_ylabel("before")
    axes[1, 0].set_ylabel("after")
