"""Costs are counted: they grow as the closed forms say."""

import pytest
import torch

from chmnet import ContinuousHopfield, DiscreteHopfield, RectangularBasis, Trapezoid
from chmnet.cost import retrieval_cost

WIDTH = 12


def frames(length: int) -> torch.Tensor:
    return torch.randn(length, WIDTH, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("length", [1, 8, 50])
def test_a_discrete_update_is_two_products_with_every_pattern(length):
    cost = retrieval_cost(DiscreteHopfield(frames(length), 1.0), queries=3)
    assert cost.operations == 2 * 2 * length * WIDTH
    assert cost.held == 4 * (length * WIDTH + length)


@pytest.mark.parametrize("length", [8, 800])
def test_an_exact_update_does_not_know_how_many_frames_there_were(length):
    network = ContinuousHopfield.fit(frames(length), RectangularBasis(4), beta=1.0)
    assert retrieval_cost(network).operations == 2 * 2 * 4 * WIDTH


def test_a_coarse_trapezoid_of_bins_costs_no_more_than_the_exact_integral():
    basis = RectangularBasis(4)
    exact = ContinuousHopfield.fit(frames(8), basis, beta=1.0)
    trapezoid = ContinuousHopfield.fit(frames(8), basis, beta=1.0, integration=Trapezoid(500))
    assert retrieval_cost(trapezoid).operations == retrieval_cost(exact).operations


def test_no_query_is_refused():
    with pytest.raises(ValueError, match="queries must be at least 1"):
        retrieval_cost(DiscreteHopfield(frames(2), 1.0), queries=0)


def test_bins_cost_their_edges_and_settings_cost_nothing():
    network = ContinuousHopfield.fit(frames(8), RectangularBasis(4), beta=1.0)
    assert retrieval_cost(network).held == 4 * (4 * WIDTH + 4) + 8 * 5
