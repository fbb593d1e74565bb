"""From inner products every memory answers as it does from pixels."""

from functools import partial

import numpy as np
import pytest
import torch

from chmnet import (
    BSplineBasis,
    ContinuousHopfield,
    DiscreteHopfield,
    GaussianBasis,
    RectangularBasis,
    Trapezoid,
    euclidean_offset,
    mask_lower_half,
)
from chmnet.allocation import optimal_edges
from chmnet.evaluation import compare_products, evenly_spaced, product_offset, retrieval_similarity
from chmnet.video import InnerProducts, half_masked_products, query_products

LENGTH = 24


def pixels() -> torch.Tensor:
    """Frames whose neighbours are alike, so that several answer and not one."""
    walk = np.random.default_rng(0).normal(0, 12, (LENGTH, 6, 4, 3)).cumsum(0) + 128
    levels = walk.clip(0, 255).astype(np.uint8)
    return torch.from_numpy(levels.astype(np.float32) / 127.5 - 1).flatten(1)


MEMORIES = {
    "discrete": lambda frames: DiscreteHopfield(frames[evenly_spaced(LENGTH, 9)], 0.05),
    "bins": partial(ContinuousHopfield.fit, basis=RectangularBasis(7), beta=0.05),
    "trapezoid": partial(
        ContinuousHopfield.fit, basis=RectangularBasis(7), beta=0.05, integration=Trapezoid(11), ridge=0.0
    ),
    "padded": partial(
        ContinuousHopfield.fit, basis=RectangularBasis(8, (-0.5, 1.5)), beta=0.05, domain=(-0.5, 1.5)
    ),
    "bells": partial(ContinuousHopfield.fit, basis=GaussianBasis(6), beta=0.05, integration=Trapezoid(50)),
}


@pytest.mark.parametrize("name", MEMORIES)
@pytest.mark.parametrize("steps", [1, 3])
def test_answers_are_as_near_as_those_from_pixels(name, steps):
    images = pixels().double()
    queries = mask_lower_half(images)
    products = InnerProducts(images @ images.mT, queries @ images.mT)
    near = compare_products(products, {name: MEMORIES[name]}, steps=steps, query_chunk=5)[name]
    expected = retrieval_similarity(MEMORIES[name](images), images, queries=queries, steps=steps)
    torch.testing.assert_close(near, expected)


def test_offsets_are_those_of_the_coefficients():
    images = pixels().double()
    shown = mask_lower_half(images)
    fit = partial(ContinuousHopfield.fit, basis=RectangularBasis(5), beta=0.05)
    mask = torch.arange(images.shape[1]) < images.shape[1] // 2
    expected = euclidean_offset(fit(images).memory, mask)
    offset = product_offset(shown @ shown.mT, fit)
    torch.testing.assert_close(offset, expected)
    products = InnerProducts(images @ images.mT, shown @ images.mT)
    corrected = partial(fit, offset=offset)
    torch.testing.assert_close(
        compare_products(products, {"corrected": corrected})["corrected"],
        retrieval_similarity(corrected(images), images, queries=shown),
    )


def test_an_answer_without_length_has_similarity_zero():
    zero = InnerProducts(torch.zeros(4, 4), torch.zeros(4, 4))
    near = compare_products(
        zero, {"bins": partial(ContinuousHopfield.fit, basis=RectangularBasis(2), beta=1.0)}
    )
    assert near["bins"].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("name", ["steps", "query_chunk"])
def test_counts_below_one_are_refused(name):
    products = half_masked_products(pixels())
    with pytest.raises(ValueError, match=f"{name} must be at least 1"):
        compare_products(products, {}, **{name: 0})


def test_an_autocast_region_changes_no_similarity():
    products = half_masked_products(pixels())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = compare_products(products, MEMORIES, steps=2)
    expected = compare_products(products, MEMORIES, steps=2)
    assert all(torch.equal(found[name], expected[name]) for name in MEMORIES)


@pytest.mark.parametrize("levels", [1.0, 255.0, 65535.0])
def test_products_of_raw_pixels_are_compared_whatever_their_depth(levels):
    """Inner products of inner products: 10¹⁵ for pixels of 16 bits, and they are no reason to refuse a memory."""
    frames = levels * pixels().abs()
    products = half_masked_products(frames)
    near = compare_products(products, {"all": partial(DiscreteHopfield, beta=10.0)})["all"]
    assert torch.isfinite(near).all()


def test_other_things_than_memories_by_name_are_refused(without_shape_checks):
    with pytest.raises(TypeError, match="memories must map names to what builds each, but is list"):
        compare_products(half_masked_products(pixels()), [])
    with pytest.raises(TypeError, match="products must be InnerProducts, but are int"):
        compare_products(3, {})


def test_what_is_not_linear_in_the_frames_is_refused():
    frames = torch.randn(12, 6, generator=torch.Generator().manual_seed(0))
    products = query_products(frames)

    def adaptive(signal):
        edges = optimal_edges(signal, 4)
        return ContinuousHopfield.fit(signal, RectangularBasis.from_edges(edges), beta=1.0)

    with pytest.raises(
        ValueError, match="memories must build each memory linearly from frames, but 'own' does not"
    ):
        compare_products(products, {"own": adaptive})


@pytest.mark.parametrize("scale", [0.0, 1e-6, 1e-3, 1.0])
@pytest.mark.parametrize("basis", [GaussianBasis(24, width=0.2), BSplineBasis(24)])
def test_a_fit_without_a_ridge_counts_as_linear_however_much_it_amplifies(basis, scale):
    smooth = torch.sin(3 * torch.linspace(0, 1, LENGTH)[:, None] + torch.arange(40))
    build = partial(ContinuousHopfield.fit, basis=basis, beta=1.0, ridge=0.0, integration=Trapezoid(50))
    (similarity,) = compare_products(query_products(scale * smooth), {"smooth": build}).values()
    assert similarity.isfinite().all()
