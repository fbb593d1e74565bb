"""The sweep asks the memories that it is given, at the lengths it is given."""

import pytest
import torch

from chmnet.evaluation import retrieval_sweep, sweep_memories
from chmnet.evaluation.sweep import doubling_sizes, sweep_lengths
from chmnet.video import InnerProducts, frame_products


@pytest.mark.parametrize(
    ("smallest", "largest", "sizes"),
    [(8, 64, [8, 16, 32, 64]), (8, 50, [8, 16, 32, 50]), (8, 8, [8]), (1, 3, [1, 2, 3])],
)
def test_sizes_double_up_to_the_largest(smallest, largest, sizes):
    assert doubling_sizes(smallest, largest) == sizes


@pytest.mark.parametrize(("smallest", "largest", "name"), [(0, 4, "smallest"), (8, 7, "largest")])
def test_sizes_that_cannot_be_are_refused(smallest, largest, name):
    with pytest.raises(ValueError, match=f"{name} must be at least"):
        doubling_sizes(smallest, largest)


def test_the_sweep_from_products_is_the_sweep_from_frames():
    frames = torch.randn(40, 6, generator=torch.Generator().manual_seed(0)).cumsum(0).double()
    queries = frames + 1
    products = {
        length: InnerProducts(frames[:length] @ frames[:length].mT, queries[:length] @ frames[:length].mT)
        for length in (10, 40)
    }
    swept = sweep_lengths(
        products, lambda length: sweep_memories(length, [2, length], beta=0.1), ["variant", "N"]
    )
    for length, part in swept.groupby("L"):
        expected = retrieval_sweep(frames[:length], [2, length], beta=0.1, queries=queries[:length])
        assert part["value"].tolist() == pytest.approx(expected["cosine"].tolist())
        assert part["variant"].tolist() == expected["variant"].tolist()
        assert set(part["n"]) == {length}


def test_names_must_fit_the_factors():
    products = {4: frame_products(torch.randn(4, 3), 0.1)}
    with pytest.raises(ValueError, match="zip"):
        sweep_lengths(products, lambda length: sweep_memories(length, [2]), ["variant"])
