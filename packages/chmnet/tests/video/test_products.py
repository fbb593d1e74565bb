"""Inner products stand for frames, however they are taken."""

import numpy as np
import pytest
import torch

from chmnet import add_gaussian_noise, mask_lower_half
from chmnet.evaluation import evenly_spaced
from chmnet.video.products import InnerProducts, frame_products, half_masked_products, query_products

LENGTH = 24


def levels(height: int = 6, length: int = LENGTH, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    # Neighbours are alike, so that several frames answer and not one.
    walk = random.normal(0, 12, (length, height, 4, 3)).cumsum(0) + 128
    return walk.clip(0, 255).astype(np.uint8)


def pixels(frames: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(frames.astype(np.float32) / 127.5 - 1)


@pytest.mark.parametrize("height", [1, 5, 6])
@pytest.mark.parametrize("block", [1, 7, 512])
def test_products_of_half_masked_frames_are_those_of_their_pixels(height, block):
    frames = levels(height)
    products = half_masked_products(frames, block=block)
    images = pixels(frames)
    queries = mask_lower_half(images).flatten(1)
    torch.testing.assert_close(products.gram, images.flatten(1) @ images.flatten(1).mT, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(products.scores, queries @ images.flatten(1).mT, rtol=1e-5, atol=1e-4)


def test_products_do_not_depend_on_the_block():
    torch.testing.assert_close(
        half_masked_products(levels(), block=5).gram, half_masked_products(levels(), block=24).gram
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("width", [1, 5, 6])
@pytest.mark.parametrize("block", [1, 7, 512])
def test_half_masked_and_general_products_are_the_same(dtype, width, block):
    """The symmetric short way by default, and the general one for what is asked for."""
    frames = torch.randn(LENGTH, width, generator=torch.Generator().manual_seed(1)).to(dtype)
    short = query_products(frames, block=block)
    general = query_products(frames, mask_lower_half, block=block)
    given = query_products(frames, mask_lower_half(frames), block=block)
    assert torch.equal(short.scores, half_masked_products(frames, block=block).scores)
    for products in (short, general, given):
        assert products.gram.dtype == products.scores.dtype == dtype
        torch.testing.assert_close(products.gram, frames @ frames.mT)
        torch.testing.assert_close(products.scores, mask_lower_half(frames) @ frames.mT)


def test_bytes_on_disk_and_pixels_in_memory_have_the_same_products(tmp_path):
    np.save(tmp_path / "frames.npy", levels())
    mapped = half_masked_products(np.load(tmp_path / "frames.npy", mmap_mode="r"))
    held = half_masked_products(pixels(levels()).flatten(1))
    torch.testing.assert_close(mapped.gram, held.gram)
    torch.testing.assert_close(mapped.scores, held.scores)


def test_products_of_many_stripes_are_those_of_one(monkeypatch):
    whole = half_masked_products(levels())
    monkeypatch.setattr("chmnet.video.products._TILE", 5 * LENGTH)
    striped = half_masked_products(levels())
    torch.testing.assert_close(striped.gram, whole.gram)
    torch.testing.assert_close(striped.scores, whole.scores)


def test_queries_that_do_not_fit_are_refused(without_shape_checks):
    frames = torch.randn(4, 3)
    with pytest.raises(ValueError, match=r"queries must be one per frame, shape \(4, 3\)"):
        query_products(frames, frames[:2])
    with pytest.raises(ValueError, match="queries must be finite"):
        query_products(frames, torch.full((4, 3), torch.inf))
    with pytest.raises(TypeError, match="queries must be a floating-point tensor"):
        query_products(frames, torch.zeros(4, 3, dtype=torch.int64))
    with pytest.raises(ValueError, match="block must be at least 1"):
        query_products(frames, frames, block=0)


def test_noise_on_embeddings_is_that_of_the_generator():
    frames = torch.randn(LENGTH, 8, generator=torch.Generator().manual_seed(1))
    products = frame_products(frames, 2.0, generator=torch.Generator().manual_seed(2))
    noisy = add_gaussian_noise(frames, 2.0, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(products.scores, noisy @ frames.mT)
    torch.testing.assert_close(products.gram, frames @ frames.mT)


def test_a_subset_is_that_of_the_frames():
    kept = evenly_spaced(LENGTH, 7)
    torch.testing.assert_close(
        half_masked_products(levels()).subset(kept).scores,
        half_masked_products(levels()[kept.numpy()]).scores,
    )


def test_products_are_read_as_they_were_written(tmp_path):
    products = half_masked_products(levels())
    products.save(tmp_path / "products.npy")
    read = InnerProducts.load(tmp_path / "products.npy")
    assert torch.equal(read.gram, products.gram)
    assert torch.equal(read.scores, products.scores)


def test_another_array_is_no_products(tmp_path):
    np.save(tmp_path / "other.npy", np.zeros((3, 4), np.float32))
    with pytest.raises(ValueError, match="must hold two L × L matrices"):
        InnerProducts.load(tmp_path / "other.npy")


@pytest.mark.parametrize(
    ("frames", "error", "match"),
    [
        (np.zeros((2, 4, 4, 3), np.float32), TypeError, r"frames must be bytes \(uint8\) or a tensor"),
        (np.zeros((2, 48), np.uint8), ValueError, r"frames must be bytes \[L, H, W, C\]"),
        (np.zeros((0, 4, 4, 3), np.uint8), ValueError, r"frames must be bytes \[L, H, W, C\]"),
        (torch.zeros(2, 4, dtype=torch.int64), TypeError, "frames must be a floating-point tensor"),
        (torch.zeros(0, 4), ValueError, "frames must be a matrix with at least one row"),
        (torch.full((2, 4), torch.nan), ValueError, "frames must be finite"),
    ],
)
def test_frames_that_are_none_are_refused(without_shape_checks, frames, error, match):
    with pytest.raises(error, match=match):
        half_masked_products(frames)


@pytest.mark.parametrize("block", [0, -1])
def test_a_block_without_frames_is_refused(block):
    with pytest.raises(ValueError, match="block must be at least 1"):
        half_masked_products(levels(), block=block)


def test_products_of_different_lengths_are_refused(without_shape_checks):
    with pytest.raises(ValueError, match="gram and scores must both be L × L"):
        InnerProducts(torch.zeros(2, 2), torch.zeros(3, 3))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("way", [half_masked_products, lambda frames: query_products(frames, frames / 2)])
def test_frames_in_half_precision_give_products_in_float32(dtype, way):
    """Products of raw pixels leave float16."""
    frames = torch.from_numpy(levels()).flatten(1).to(dtype)
    found, expected = way(frames), way(frames.float())
    assert found.gram.dtype == found.scores.dtype == torch.float32
    assert torch.equal(found.gram, expected.gram)
    assert torch.equal(found.scores, expected.scores)


def test_an_autocast_region_does_not_touch_products():
    frames = pixels(levels()).flatten(1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = [half_masked_products(levels()), query_products(frames, frames / 2)]
    expected = [half_masked_products(levels()), query_products(frames, frames / 2)]
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one.gram, other.gram)
        assert torch.equal(one.scores, other.scores)


def test_products_in_half_precision_are_refused():
    half = torch.zeros(3, 3, dtype=torch.bfloat16)
    with pytest.raises(TypeError, match=r"gram must be of torch.float32 or torch.float64"):
        InnerProducts(half, half)


def test_products_that_are_no_tensor_are_named(without_shape_checks):
    with pytest.raises(TypeError, match=r"gram must be a torch.Tensor, but is list"):
        InnerProducts([[1.0]], [[1.0]])
