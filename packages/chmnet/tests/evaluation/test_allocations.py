"""Memories with every allocation, found by similarities that are what they are called."""

import pytest
import torch

from chmnet import ContinuousHopfield, RectangularBasis
from chmnet.evaluation import (
    SIMILARITIES,
    allocation_memories,
    bell_allocations,
    bin_allocations,
    compare_products,
)
from chmnet.video import half_masked_products

LENGTH, WIDTH, COUNT, BETA = 20, 12, 5, 3.0
FRAMES = torch.randn(LENGTH, WIDTH, generator=torch.Generator().manual_seed(0)).cumsum(0).double() / 3
SHOWN = torch.cat([FRAMES[:, : WIDTH // 2], torch.zeros(LENGTH, WIDTH // 2)], dim=1)


@pytest.fixture(scope="module")
def products():
    return half_masked_products(FRAMES)


@pytest.fixture(scope="module")
def bins(products):
    return bin_allocations(products.gram, COUNT)


@pytest.fixture(scope="module")
def memories(products, bins):
    bells, _ = bell_allocations(products.gram, COUNT, ridge=0.1, steps=3, rate=0.01)
    return allocation_memories(products, bins, bells, beta=BETA, ridge=0.0, quadrature=50)


def test_every_rule_cuts_time_into_as_many_bins(bins):
    for edges in bins.values():
        assert edges.shape == (COUNT + 1,)
        assert edges[[0, -1]].tolist() == [0, 1]
        assert (edges.diff() > 0).all()
    assert torch.equal(bins["uniform"], torch.linspace(0, 1, COUNT + 1, dtype=torch.float64))


def test_learnt_bells_have_moved_to_miss_less_and_are_at_rest(products):
    bells, missed = bell_allocations(products.gram, COUNT, ridge=0.1, steps=20, rate=0.02)
    assert missed[-1] < missed[0]
    assert not torch.equal(bells["bells, learnt"].centres, bells["bells"].centres)
    assert not any(parameter.requires_grad for parameter in bells["bells, learnt"].parameters())


def test_bells_have_no_distance(memories, bins):
    expected = {(name, similarity) for name in bins for similarity in SIMILARITIES}
    expected |= {(name, kind) for name in ("bells", "bells, learnt") for kind in ("dot", "centred")}
    assert set(memories) == expected


def recalled(scores: torch.Tensor, means: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """What one update answers, by the definition: bins weighed by how long they are."""
    answer = (share * (BETA * scores).exp()) / (share * (BETA * scores).exp()).sum(1, keepdim=True) @ means
    return torch.nn.functional.cosine_similarity(answer, FRAMES, dim=-1)


@pytest.mark.parametrize("name", ["uniform", "optimal"])
def test_similarities_are_what_they_are_called(products, memories, bins, name):
    means = ContinuousHopfield.fit(
        FRAMES, RectangularBasis.from_edges(bins[name]), beta=BETA, ridge=0.0
    ).memory
    shown = torch.cat([means[:, : WIDTH // 2], torch.zeros(COUNT, WIDTH // 2)], dim=1)
    scores = {
        "dot": SHOWN @ means.mT,
        "centred": (SHOWN - SHOWN.mean(0)) @ shown.mT,
        "distance": -torch.cdist(SHOWN, shown).square() / 2,
    }
    asked = {kind: memories[name, kind] for kind in SIMILARITIES}
    for kind, similarity in compare_products(products, asked).items():
        torch.testing.assert_close(similarity, recalled(scores[kind], means, bins[name].diff()))


@pytest.mark.parametrize("count", [0, LENGTH + 1])
def test_no_bins_and_more_than_frames_are_refused(products, count):
    with pytest.raises(ValueError, match="count must be at"):
        bin_allocations(products.gram, count)
