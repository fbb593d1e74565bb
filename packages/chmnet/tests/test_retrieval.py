import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chmnet import DiscreteHopfield, Trapezoid, mask_lower_half, retrieval_similarity, retrieval_sweep


def _video(length=24, width=64, dtype=torch.float32):
    """Smooth frames in [-1, 1] that drift with time."""
    t = torch.linspace(0, 3, length, dtype=torch.float64)[:, None]
    x = torch.linspace(0, 1, width, dtype=torch.float64)
    return torch.sin(6 * torch.pi * x + t + 2 * torch.pi * t * x).to(dtype)


def test_similarity_is_that_of_the_retrieved_frames():
    frames = _video()
    network = DiscreteHopfield(frames[::3], 10.0)
    expected = torch.nn.functional.cosine_similarity(network.retrieve(mask_lower_half(frames), 2), frames)
    torch.testing.assert_close(retrieval_similarity(network, frames, steps=2), expected)


@given(chunk=st.integers(1, 30))
def test_the_sweep_does_not_depend_on_chunks(chunk):
    frames = _video()
    pd.testing.assert_frame_equal(
        retrieval_sweep(frames, [4, 24], query_chunk=chunk), retrieval_sweep(frames, [4, 24]), atol=1e-6
    )


def test_the_sweep_does_not_depend_on_the_order_of_sizes():
    frames = _video()
    forward, backward = retrieval_sweep(frames, [4, 24]), retrieval_sweep(frames, [24, 4])
    keys = ["variant", "N"]
    pd.testing.assert_frame_equal(
        forward.sort_values(keys, ignore_index=True), backward.sort_values(keys, ignore_index=True)
    )


def test_the_sweep_has_a_row_for_each_variant_and_size():
    rows = retrieval_sweep(_video(), [1, 8])
    assert rows[["variant", "N"]].to_numpy().tolist() == [
        ["discrete", 1],
        ["continuous", 1],
        ["discrete", 8],
        ["continuous", 8],
    ]
    assert (rows["n"] == 24).all()
    assert rows["cosine"].between(-1, 1).all()
    assert (rows["cosine_std"] >= 0).all()


def test_both_variants_meet_at_full_size_without_a_ridge():
    rows = retrieval_sweep(_video(), [24], ridge=0.0).set_index("variant")
    assert rows.loc["continuous", "cosine"] == pytest.approx(rows.loc["discrete", "cosine"], abs=1e-6)
    assert rows.loc["discrete", "cosine"] > 0.99


def test_too_few_trapezoid_points_lose_frames_that_the_exact_integral_keeps():
    exact = retrieval_sweep(_video(), [24]).set_index("variant")
    sampled = retrieval_sweep(_video(), [24], integration=Trapezoid(7)).set_index("variant")
    assert sampled.loc["continuous", "cosine"] < exact.loc["continuous", "cosine"] - 0.01
    assert sampled.loc["discrete", "cosine"] == exact.loc["discrete", "cosine"]


def test_one_frame_has_no_spread():
    assert (retrieval_sweep(_video(1), [1])["cosine_std"] == 0).all()


def test_no_size_gives_no_row():
    assert retrieval_sweep(_video(), []).columns.tolist() == ["variant", "N", "cosine", "cosine_std", "n"]


def test_float64_is_kept():
    wide = retrieval_sweep(_video(dtype=torch.float64), [8])
    torch.testing.assert_close(
        torch.tensor(wide["cosine"].to_numpy()),
        torch.tensor(retrieval_sweep(_video(), [8])["cosine"].to_numpy()),
        atol=1e-5,
        rtol=0,
    )


@pytest.mark.parametrize("count", [0, 25])
def test_sizes_that_do_not_fit_are_refused_before_work_is_done(count):
    with pytest.raises(ValueError, match=f"count must be at .* came as {count}"):
        retrieval_sweep(_video(), [4, count])


def test_frames_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="frames must be finite"):
        retrieval_sweep(torch.full((2, 2), float("nan")), [1])


def test_an_empty_chunk_is_refused():
    with pytest.raises(ValueError, match="query_chunk must be at least 1, but came as 0"):
        retrieval_sweep(_video(), [4], query_chunk=0)
