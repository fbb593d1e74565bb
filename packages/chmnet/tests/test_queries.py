import pytest
import torch

from chmnet import add_gaussian_noise, mask_lower_half


def _frames(*shape):
    return 1 + torch.rand(*shape, generator=torch.Generator().manual_seed(0))


def test_the_lower_half_is_zero_and_the_upper_is_kept():
    frames = _frames(2, 4, 6, 3)
    masked = mask_lower_half(frames)
    assert torch.equal(masked[:, :2], frames[:, :2])
    assert not masked[:, 2:].any()


def test_layouts_agree():
    frames = _frames(2, 4, 6, 3)
    masked = mask_lower_half(frames)
    assert torch.equal(mask_lower_half(frames.permute(0, 3, 1, 2), 2), masked.permute(0, 3, 1, 2))
    assert torch.equal(mask_lower_half(frames.flatten(1)), masked.flatten(1))


def test_of_an_odd_number_of_rows_the_middle_one_is_kept():
    assert mask_lower_half(_frames(1, 3)).count_nonzero() == 2
    assert mask_lower_half(_frames(1, 1)).count_nonzero() == 1


def test_the_frames_given_are_left_alone():
    frames = _frames(2, 4)
    before = frames.clone()
    mask_lower_half(frames)
    assert torch.equal(frames, before)


@pytest.mark.parametrize("axis", [-1, 0, 2])
def test_an_axis_that_is_not_there_is_refused(axis):
    with pytest.raises(ValueError, match=f"height_axis must be an axis after the first .* but is {axis}"):
        mask_lower_half(_frames(2, 4), axis)


def test_whole_number_frames_are_refused(without_shape_checks):
    with pytest.raises(TypeError, match=r"frames must be a floating-point tensor, but is torch.uint8"):
        mask_lower_half(torch.zeros(1, 2, dtype=torch.uint8))


def test_noise_has_the_spread_asked_for_and_no_mean():
    frames = _frames(100, 1000)
    noise = add_gaussian_noise(frames, 5.0, generator=torch.Generator().manual_seed(1)) - frames
    assert float(noise.std()) == pytest.approx(5, rel=0.02)
    assert float(noise.mean()) == pytest.approx(0, abs=0.1)


def test_noise_comes_back_with_its_generator():
    first, second = (
        add_gaussian_noise(_frames(3, 4), generator=torch.Generator().manual_seed(1)) for _ in "ab"
    )
    assert torch.equal(first, second)


def test_no_noise_changes_nothing():
    assert torch.equal(add_gaussian_noise(_frames(3, 4), 0.0), _frames(3, 4))


def test_a_negative_spread_is_refused():
    with pytest.raises(ValueError, match="sigma must be finite and at least 0, but is -1"):
        add_gaussian_noise(_frames(3, 4), -1.0)
