import io

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chmnet import ContinuousHopfield, MergingStream, RectangularBasis, ResamplingStream, ridge_fit


def _normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(dtype)


streams = pytest.mark.parametrize("stream", [ResamplingStream, MergingStream])


@given(
    count=st.integers(1, 12),
    per_bin=st.integers(1, 3),
    factor=st.integers(2, 4),
    appends=st.integers(0, 2),
    ridge=st.sampled_from([0.0, 0.5]),
)
def test_resampling_by_a_whole_factor_is_the_fit_of_all_frames_at_once(
    count, per_bin, factor, appends, ridge
):
    lengths = [count * per_bin * factor**k for k in range(appends + 1)]
    frames = _normal(lengths[-1], 3)
    stream = ResamplingStream(count, ridge=ridge)
    start = 0
    for length in lengths:
        stream.append(frames[start:length])
        start = length
    expected = ridge_fit(frames, None, RectangularBasis(count), ridge)
    torch.testing.assert_close(stream.coefficients(), expected)


@given(cuts=st.lists(st.integers(1, 9), min_size=1, max_size=5), count=st.integers(1, 8))
def test_resampling_loses_no_frame(cuts, count):
    frames = _normal(sum(cuts), 3)
    stream = ResamplingStream(count)
    for part in frames.split(cuts):
        stream.append(part)
    sums, counts = stream.statistics()
    torch.testing.assert_close(sums.sum(0), frames.sum(0))
    torch.testing.assert_close(counts.sum(), torch.tensor(float(len(frames))).double())
    assert stream.length == len(frames)


def test_with_a_fixed_retention_the_past_keeps_its_share_of_time():
    stream = ResamplingStream(10, ridge=0.0, retention=0.5)
    stream.append(torch.full((40, 1), -1.0))
    stream.append(torch.full((4, 1), 1.0))
    # Four new frames on five bins, at their midpoints 0.5625, 0.6875, 0.8125 and 0.9375: one bin has none.
    assert stream.coefficients().flatten().tolist() == pytest.approx([-1] * 5 + [1, 1, 0, 1, 1])


def test_what_is_old_fades_with_a_fixed_retention():
    stream = ResamplingStream(8, ridge=0.0, retention=0.5)
    shares = []
    stream.append(torch.full((8, 1), 1.0))
    for _ in range(3):
        stream.append(torch.zeros(8, 1))
        shares.append(int((stream.coefficients() > 0).sum()))
    assert shares == [4, 2, 1]


def test_the_first_bin_keeps_the_mean_of_all_that_is_older_than_it_can_show():
    stream = ResamplingStream(4, ridge=0.0, retention=0.5)
    for value in range(5):
        stream.append(torch.full((4, 1), float(value), dtype=torch.float64))
    # Bins of a quarter: the last append has two, the one before it one, and all others share the first.
    assert stream.coefficients().flatten().tolist() == pytest.approx([(0 + 1 + 2) / 3, 3, 4, 4])


@given(
    length=st.integers(1, 30),
    count=st.integers(1, 12),
    cut=st.integers(1, 29),
    ridge=st.sampled_from([0.0, 0.5]),
    seed=st.integers(0, 2**31),
)
def test_merging_is_always_the_fit_of_all_frames_on_its_own_bins(length, count, cut, ridge, seed):
    frames = _normal(length, 3, seed=seed)
    stream = MergingStream(count, ridge=ridge)
    for part in (frames[:cut], frames[cut:]):
        if len(part):
            stream.append(part)
    assert stream.basis.count == min(count, length)
    torch.testing.assert_close(stream.coefficients(), ridge_fit(frames, None, stream.basis, ridge))
    network = ContinuousHopfield.fit(frames, stream.basis, beta=2.0, ridge=ridge)
    torch.testing.assert_close(stream.network(2.0).update(frames), network.update(frames))


@given(cuts=st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_merging_does_not_depend_on_how_frames_arrive(cuts):
    frames = _normal(sum(cuts), 3)
    parts, whole = MergingStream(4), MergingStream(4)
    whole.append(frames)
    for part in frames.split(cuts):
        parts.append(part)
    assert torch.equal(parts.coefficients(), whole.coefficients())


def test_merging_keeps_scenes_apart():
    scenes = torch.cat([torch.full((n, 2), v) for n, v in ((9, 1.0), (2, -1.0), (20, 4.0))])
    stream = MergingStream(3, ridge=0.0)
    stream.append(scenes)
    assert (stream.basis.edges * 31).tolist() == pytest.approx([0, 9, 11, 31])
    assert stream.coefficients()[:, 0].tolist() == pytest.approx([1.0, -1.0, 4.0])


@streams
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_stream_keeps_the_type_of_its_frames_and_its_size(stream, dtype):
    memory = stream(4)
    for seed in range(5):
        memory.append(_normal(3, 2, seed=seed, dtype=dtype))
    assert memory.coefficients().shape == (4, 2)
    assert memory.network(1.0).memory.dtype == dtype


@streams
def test_the_frames_given_are_left_alone(stream):
    frames = _normal(9, 2)
    before = frames.clone()
    memory = stream(4)
    memory.append(frames[:5])
    memory.append(frames[5:])
    assert torch.equal(frames, before)


@streams
def test_an_empty_stream_has_no_memory(stream):
    with pytest.raises(ValueError, match="the stream must hold at least one frame"):
        stream(3).coefficients()
    with pytest.raises(ValueError, match="the stream must hold at least one frame"):
        stream(3).statistics()


@streams
def test_broken_frames_are_refused(stream):
    memory = stream(3)
    memory.append(_normal(2, 3))
    with pytest.raises(ValueError, match=r"frames must be as wide as those before \(3\)"):
        memory.append(_normal(2, 4))
    with pytest.raises(ValueError, match="frames must be finite"):
        memory.append(torch.full((1, 3), float("inf")))
    with pytest.raises(ValueError, match="frames must be a matrix with at least one row"):
        memory.append(torch.empty(0, 3))
    with pytest.raises(TypeError, match=r"of those before \(torch.float64\), but are torch.float32"):
        memory.append(_normal(2, 3, dtype=torch.float32))
    assert memory.length == 2


@streams
def test_broken_settings_are_refused(stream):
    with pytest.raises(ValueError, match="count must be at least 1, but is 0"):
        stream(0)
    with pytest.raises(ValueError, match="ridge must be finite and at least 0, but is -1"):
        stream(3, ridge=-1.0)


@pytest.mark.parametrize("retention", [0.0, 1.0])
def test_a_retention_that_leaves_no_room_is_refused(retention):
    with pytest.raises(ValueError, match=f"retention must be between 0 and 1, but is {retention}"):
        ResamplingStream(3, retention=retention)


@streams
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_frames_in_half_precision_are_summed_in_float32(stream, dtype):
    """Seven hundred frames a bin: bfloat16 cannot count to them, and float16 cannot hold their sum."""
    frames = (200 + _normal(2100, 2)).to(dtype)
    half, whole = stream(3), stream(3)
    for part in frames.split(700):
        half.append(part)
        whole.append(part.float())
    assert half.coefficients().dtype == half.network(1.0).memory.dtype == dtype
    assert torch.equal(half.coefficients(), whole.coefficients().to(dtype))
    assert half.statistics()[0].dtype == torch.float32


@streams
def test_an_autocast_region_does_not_touch_what_is_kept(stream):
    frames = _normal(12, 3, dtype=torch.float32)
    inside, outside = stream(4), stream(4)
    outside.append(frames[:6])
    outside.append(frames[6:].bfloat16().float())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside.append(frames[:6])
        # Features of an encoder in the region.
        inside.append(frames[6:].bfloat16())
    assert torch.equal(inside.coefficients(), outside.coefficients())


@streams
@given(
    cuts=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    saved=st.integers(0, 4),
    dtype=st.sampled_from([torch.bfloat16, torch.float32, torch.float64]),
)
def test_a_stream_goes_on_where_it_was_saved(stream, cuts, saved, dtype):
    parts = _normal(sum(cuts), 3).to(dtype).split(cuts)
    whole, file = stream(4, ridge=0.25), io.BytesIO()
    for part in parts[:saved]:
        whole.append(part)
    torch.save(whole.state_dict(), file)
    file.seek(0)
    resumed = stream(9)
    resumed.load_state_dict(torch.load(file, weights_only=True))
    for part in parts[saved:]:
        whole.append(part)
        resumed.append(part)
    assert (resumed.count, resumed.ridge, resumed.length) == (4, 0.25, whole.length)
    assert torch.equal(resumed.basis.edges, whole.basis.edges)
    assert torch.equal(resumed.coefficients(), whole.coefficients())


@streams
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"stream": "Other"}, ValueError, "state must be of a .*Stream, but is of 'Other'"),
        ({"sums": None}, ValueError, r"state must hold \['sums'\], but lacks them"),
        ({"length": -1}, ValueError, "length must be at least 0"),
        ({"count": 0}, ValueError, "count must be at least 1"),
        ({"dtype": "torch.int64"}, TypeError, "sums must be of the frames' type"),
        ({"sums": torch.full((3, 2), torch.inf)}, ValueError, "sums must be finite"),
        ({"counts": torch.ones(2)}, ValueError, "sums and counts must be one per bin"),
    ],
)
def test_a_state_that_is_no_stream_is_refused_and_changes_nothing(stream, change, error, message):
    memory = stream(3)
    memory.append(_normal(7, 2, dtype=torch.float32))
    before, state = memory.coefficients(), {**memory.state_dict(), **change}
    state = {name: value for name, value in state.items() if value is not None or name == "retention"}
    with pytest.raises(error, match=message):
        memory.load_state_dict(state)
    assert torch.equal(memory.coefficients(), before)


@streams
def test_what_is_no_tensor_or_no_mapping_is_named(stream, without_shape_checks):
    with pytest.raises(TypeError, match=r"frames must be a torch.Tensor, but is list"):
        stream(3).append([[1.0, 2.0]])
    with pytest.raises(TypeError, match="state must be a mapping, but is list"):
        stream(3).load_state_dict([])
    with pytest.raises(TypeError, match="retention must be a number"):
        ResamplingStream(3, retention="half")
