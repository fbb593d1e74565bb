import pytest
import torch

from chmnet.evaluation import smooth_signal, white_signal


def _generator():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("length", [1, 2, 50])
def test_frames_have_unit_length(length):
    for frames in (
        white_signal(length, 7, generator=_generator()),
        smooth_signal(length, 7, 0.1, generator=_generator()),
    ):
        assert frames.shape == (length, 7)
        torch.testing.assert_close(frames.norm(dim=1), torch.ones(length))


def test_white_frames_point_in_unrelated_directions():
    frames = white_signal(100, 2000, generator=_generator())
    products = (frames @ frames.mT).fill_diagonal_(0)
    assert products.abs().max() < 0.15


def test_smooth_frames_are_as_alike_as_the_length_scale_says():
    frames = smooth_signal(200, 5000, 0.1, generator=_generator())
    t = (torch.arange(200) + 0.5) / 200
    expected = torch.exp(-(t[:, None] - t).square() / (2 * 0.1**2))
    assert (frames @ frames.mT - expected).abs().mean() < 0.05
    assert ((frames[1:] * frames[:-1]).sum(1) > 0.99).all()


def test_more_frames_are_a_finer_sample_of_the_same_function():
    coarse = smooth_signal(5, 4, 0.2, generator=_generator())
    fine = smooth_signal(15, 4, 0.2, generator=_generator())
    torch.testing.assert_close(fine[1::3], coarse)


def test_the_same_generator_gives_the_same_signal():
    assert torch.equal(white_signal(5, 4, generator=_generator()), white_signal(5, 4, generator=_generator()))


def test_impossible_sizes_are_refused():
    with pytest.raises(ValueError, match="length must be at least 1, but is 0"):
        white_signal(0, 3)
    with pytest.raises(ValueError, match="width must be at least 1, but is 0"):
        smooth_signal(3, 0, 0.1)
    with pytest.raises(ValueError, match="length_scale must be finite and above 0, but is 0"):
        smooth_signal(3, 3, 0.0)
