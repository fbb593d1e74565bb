"""Where basis functions are put: bins by several rules, bells that are learnt, and the memories made with them."""

from collections.abc import Hashable, Mapping
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from chmnet.allocation import equal_change_edges_of_products, optimal_edges_of_products
from chmnet.bases.gaussian import GaussianBasis
from chmnet.bases.rectangular import RectangularBasis
from chmnet.continuous import ContinuousHopfield
from chmnet.evaluation.comparison import product_offset
from chmnet.evaluation.retrieval import Memory
from chmnet.integration import Trapezoid
from chmnet.learning import learn_basis
from chmnet.video.products import InnerProducts

__all__ = ["SIMILARITIES", "allocation_memories", "bell_allocations", "bin_allocations"]

SIMILARITIES: tuple[str, str, str] = ("dot", "centred", "distance")
"""Names of the similarities by which a query is found."""


def bin_allocations(gram: Float[Tensor, "L L"], count: int) -> dict[str, Float[Tensor, " E"]]:
    """Put the edges of N bins by each rule.

    Args:
        gram: Inner products of the frames, in order of time.
        count: Number N of bins, at most L.

    Returns:
        N + 1 edges on [0, 1] by the rule's name, uniform bins first.

    Raises:
        TypeError: If the products are not floating-point or the count is not whole.
        ValueError: If the products are not finite or the count is not in [1, L].
    """
    return {
        "uniform": torch.linspace(0, 1, count + 1, dtype=torch.float64),
        "equal change": equal_change_edges_of_products(gram, count, power=1.0),
        "equal √change": equal_change_edges_of_products(gram, count, power=0.5),
        "optimal": optimal_edges_of_products(gram, count, unit_norm=False),
        "optimal, unit norm": optimal_edges_of_products(gram, count, unit_norm=True),
    }


def bell_allocations(
    gram: Float[Tensor, "L L"], count: int, *, ridge: float, steps: int, rate: float
) -> tuple[dict[str, GaussianBasis], Float[Tensor, " S"]]:
    """Make bells at uniform centres, and bells whose centres and widths are learnt from the signal.

    Args:
        gram: Inner products of the frames, in order of time.
        count: Number N of bells.
        ridge: λ of the fit.
        steps: Updates of the learning.
        rate: Learning rate.

    Returns:
        The bases by name, and the share of the signal that the learnt one misses, before each update.

    Raises:
        TypeError: As `learn_basis`.
        ValueError: As `learn_basis`.
    """
    learnt = GaussianBasis(count, learnable=True)
    missed = learn_basis(learnt, gram, ridge=ridge, steps=steps, rate=rate)
    learnt.requires_grad_(False)
    return {"bells": GaussianBasis(count), "bells, learnt": learnt}, missed


def allocation_memories(
    products: InnerProducts,
    bins: Mapping[str, Float[Tensor, " E"]],
    bells: Mapping[str, GaussianBasis],
    *,
    beta: float,
    ridge: float,
    quadrature: int,
) -> dict[Hashable, Memory]:
    r"""Continuous memories with every allocation, found by every similarity that they allow.

    A query q is found by its dot product with the memory, :math:`s = \bar x^\top q`; by the dot product once the mean m
    of the video is taken off the frames on what the query shows, :math:`s = \bar x^\top (q - m)`; or by its distance
    there. The last two add a constant to each coefficient's similarity, so the update still descends an energy. Bells
    overlap, and no constant for each coefficient makes their similarity a distance: they have none by ``distance``.

    Args:
        products: Inner products of the frames and of copies of which a part is blanked.
        bins: Edges by name.
        bells: Bases by name.
        beta: Inverse temperature β.
        ridge: λ of the fit.
        quadrature: Points of the trapezoid that bells are integrated with; bins are integrated exactly.

    Returns:
        What builds each, named ``(allocation, similarity)`` with a similarity of `SIMILARITIES`.

    Raises:
        TypeError: If edges are not floating-point or ``quadrature`` is not whole.
        ValueError: If edges do not rise, or the networks refuse a setting.
    """
    fit = partial(ContinuousHopfield.fit, beta=beta, ridge=ridge)
    memories: dict[Hashable, Memory] = {}
    for name, edges in bins.items():
        build = partial(fit, basis=RectangularBasis.from_edges(edges))
        memories[name, "dot"] = build
        memories[name, "centred"] = partial(build, offset=_centring_offset(products, build))
        memories[name, "distance"] = partial(build, offset=product_offset(products.scores, build))
    for name, basis in bells.items():
        build = partial(fit, basis=basis, integration=Trapezoid(quadrature))
        memories[name, "dot"] = build
        memories[name, "centred"] = partial(build, offset=_centring_offset(products, build))
    return memories


def _centring_offset(products: InnerProducts, build: Memory) -> Float[Tensor, " N"]:
    """What the dot product with q − m has more than the one with q: −x̄ᵀm on the half that queries show."""
    return -build(products.scores.mean(0, keepdim=True).mT).memory[:, 0]
