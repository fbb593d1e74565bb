import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chmnet import (
    ContinuousHopfield,
    DiscreteHopfield,
    RectangularBasis,
    Trapezoid,
    euclidean_offset,
    mask_lower_half,
    ridge_fit,
)
from chmnet.evaluation import (
    compare_memories,
    retrieval_similarity,
    retrieval_sweep,
    summarise,
    sweep_memories,
)


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
    with pytest.raises(ValueError, match=f"count must be at .* but is {count}"):
        retrieval_sweep(_video(), [4, count])


def test_frames_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="frames must be finite"):
        retrieval_sweep(torch.full((2, 2), float("nan")), [1])


def test_an_empty_chunk_is_refused():
    with pytest.raises(ValueError, match="query_chunk must be at least 1, but is 0"):
        retrieval_sweep(_video(), [4], query_chunk=0)


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("width", [8, 64])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_inner_products_alone_give_the_similarities_of_the_networks_themselves(steps, width, dtype):
    """Width 64 goes through the products of 24 frames, width 8 does not."""
    frames = _video(width=width, dtype=dtype)
    memories = sweep_memories(24, [3, 8, 24], integration=Trapezoid(9), beta=1.0)
    compared = compare_memories(frames, memories, steps=steps, query_chunk=7)
    for name, build in memories.items():
        torch.testing.assert_close(
            compared[name], retrieval_similarity(build(frames), frames, steps=steps), atol=1e-5, rtol=0
        )


def test_memories_may_bring_offsets_taken_from_the_frames():
    frames, basis = _video(), RectangularBasis(6)
    offset = euclidean_offset(ridge_fit(frames, None, basis, 0.0), torch.arange(64) < 32)

    def build(x):
        return ContinuousHopfield.fit(x, basis, beta=1.0, ridge=0.0, offset=offset)

    compared = compare_memories(frames, {"corrected": build})["corrected"]
    torch.testing.assert_close(compared, retrieval_similarity(build(frames), frames), atol=1e-5, rtol=0)


def test_queries_can_be_given():
    frames = _video()
    made = retrieval_sweep(frames, [8], query_chunk=5)
    given_ = retrieval_sweep(frames, [8], queries=mask_lower_half(frames), query_chunk=5)
    pd.testing.assert_frame_equal(made, given_)


def test_without_an_update_the_answer_is_the_query():
    frames = _video()
    expected = torch.cosine_similarity(mask_lower_half(frames), frames)
    for similarity in compare_memories(frames, sweep_memories(24, [4]), steps=0).values():
        torch.testing.assert_close(similarity, expected)


def test_a_memory_of_nothing_scores_zero():
    assert compare_memories(torch.zeros(3, 8), sweep_memories(3, [2]))["discrete", 2].tolist() == [0, 0, 0]


def test_summaries_name_their_factors():
    rows = summarise({("a", 1): torch.tensor([0.0, 1.0])}, ["letter", "number"])
    assert rows.to_dict("records") == [{"letter": "a", "number": 1, "cosine": 0.5, "cosine_std": 0.5, "n": 2}]


def test_queries_that_do_not_fit_are_refused(without_shape_checks):
    with pytest.raises(ValueError, match=r"queries must be one per frame, shape \(24, 64\), but has shape"):
        retrieval_sweep(_video(), [4], queries=_video(3))
    with pytest.raises(ValueError, match="queries must be finite"):
        retrieval_sweep(_video(), [4], queries=torch.full((24, 64), float("nan")))
    with pytest.raises(TypeError, match="queries must be a floating-point tensor"):
        retrieval_sweep(_video(), [4], queries=torch.zeros(24, 64, dtype=torch.int64))


def test_negative_steps_are_refused():
    with pytest.raises(ValueError, match="steps must be at least 0, but is -1"):
        compare_memories(_video(), {}, steps=-1)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("length", [24, 80])
def test_frames_in_half_precision_are_compared_in_float32(dtype, length):
    frames = (100 * _video(length)).to(dtype)
    memories = sweep_memories(length, [6], beta=1e-3)
    found, expected = compare_memories(frames, memories), compare_memories(frames.float(), memories)
    for name, near in found.items():
        assert near.dtype == torch.float32
        torch.testing.assert_close(near, expected[name], atol=0.02, rtol=0)


def test_a_single_size_is_one_of_one(without_shape_checks):
    assert list(sweep_memories(9, 4)) == list(sweep_memories(9, [4]))
    with pytest.raises(TypeError, match="counts must be a whole number, but is 'many'"):
        sweep_memories(9, "many")
    with pytest.raises(TypeError, match="memories must map names to what builds each, but is list"):
        compare_memories(_video(), [])
