import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cmhn import JointMemory, WeightFileError


def _parts(make, count, seed=1, dtype=torch.float64):
    return make.states(count, seed=seed, dtype=dtype)


@pytest.mark.parametrize("learnable", [False, True])
def test_what_is_stored_is_there_in_order(make, learnable):
    memory = JointMemory(make.widths, learnable=learnable, dtype=torch.float64)
    first, second = _parts(make, 3), _parts(make, 2, seed=9)
    assert memory.store(**first) == range(0, 3)
    assert memory.store(**second) == range(3, 5)
    assert len(memory) == 5
    for name, width in make.widths.items():
        assert memory.pattern(name).shape == (5, width)
        assert torch.equal(memory.pattern(name), torch.cat([first[name], second[name]]))
    assert isinstance(memory.patterns, torch.nn.Parameter) == learnable
    assert [name for name, _ in memory.named_parameters()] == (["patterns"] if learnable else [])


def test_stored_patterns_are_copies(make):
    memory = JointMemory(make.widths, dtype=torch.float64)
    parts = _parts(make, 2)
    memory.store(**parts)
    parts["text"].zero_()
    assert bool(memory.pattern("text").ne(0).all())


def test_a_joint_matrix_is_adopted_without_a_copy(make):
    patterns = make.normal(5, 13)
    memory = JointMemory.from_joint(make.widths, patterns)
    assert memory.patterns.data_ptr() == patterns.data_ptr()
    assert memory.pattern("audio").data_ptr() == patterns[:, 10:].data_ptr()


@given(removed=st.sets(st.integers(0, 6)))
def test_what_is_removed_is_gone_and_the_rest_moves_up(make, removed):
    memory = make.memory(7)
    rest = [index for index in range(7) if index not in removed]
    before = memory.patterns.clone()
    memory.remove(removed)
    assert torch.equal(memory.patterns, before[rest])


def test_joining_and_splitting_are_inverse_and_a_missing_part_is_zero(make):
    memory, states = make.memory(), make.states(3)
    back = memory.split(memory.join(states))
    assert all(torch.equal(back[name], states[name]) for name in make.widths)
    some = memory.split(memory.join({"vision": states["vision"]}))
    assert torch.equal(some["vision"], states["vision"])
    assert not some["text"].any()
    assert not some["audio"].any()


def test_reading_is_the_mean_pattern_under_the_weights(make):
    memory = make.memory(7)
    read = memory.read(torch.eye(7, dtype=torch.float64)[2:4])
    assert all(torch.equal(read[name], memory.pattern(name)[2:4]) for name in make.widths)
    with pytest.raises(ValueError, match=r"weights must be of shape \[B, 7\], but has shape \(2, 6\)"):
        memory.read(make.normal(2, 6))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_saved_memory_comes_back(make, tmp_path, dtype, count):
    memory, other = make.memory(count, dtype=dtype), make.memory(3, seed=5, dtype=dtype)
    memory.save(tmp_path / "triples.safetensors")
    other.load(tmp_path / "triples.safetensors")
    assert torch.equal(other.patterns, memory.patterns)
    assert [file.name for file in tmp_path.iterdir()] == ["triples.safetensors"]


def _pickle(path, make):
    path.write_bytes(pickle.dumps({"patterns": [1.0]}))


def _torch_pickle(path, make):
    torch.save({"patterns": make.normal(3, 13)}, path)


def _truncated(path, make):
    make.memory().save(path)
    path.write_bytes(path.read_bytes()[:-8])


def _damaged_head(path, make):
    make.memory().save(path)
    path.write_bytes(b"\xff" * 12 + path.read_bytes()[12:])


def _empty(path, make):
    path.write_bytes(b"")


def _foreign(path, make):
    from safetensors.torch import save_file

    save_file({"patterns": make.normal(3, 13)}, path)


def _not_finite(path, make):
    memory = make.memory()
    memory.patterns[0, 0] = torch.nan
    memory.save(path)


def _other_widths(path, make):
    make.memory(widths={"text": 4, "vision": 6, "audio": 4}).save(path)


def _other_order(path, make):
    make.memory(widths={"vision": 6, "text": 4, "audio": 3}).save(path)


@pytest.mark.parametrize(
    "write",
    [
        _pickle,
        _torch_pickle,
        _truncated,
        _damaged_head,
        _empty,
        _foreign,
        _not_finite,
        _other_widths,
        _other_order,
    ],
)
def test_a_file_of_something_else_is_one_error_and_changes_nothing(make, tmp_path, write):
    write(tmp_path / "file", make)
    memory = make.memory(3, seed=5)
    before = memory.patterns.clone()
    with pytest.raises(WeightFileError, match=r"path must (hold|be) a .*nothing was loaded"):
        memory.load(tmp_path / "file")
    assert torch.equal(memory.patterns, before)


def test_a_file_that_is_not_there_is_said_to_be_missing(make, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"path must be a weight file, but there is none at"):
        make.memory().load(tmp_path / "nothing")


def test_patterns_that_do_not_fit_are_refused_and_change_nothing(make):
    memory = make.memory(2)
    parts = _parts(make, 2)
    cases = [
        (
            {"text": parts["text"]},
            r"patterns must have a part in every modality .* lack \['vision', 'audio'\]",
        ),
        ({**parts, "smell": parts["text"]}, r"patterns must name modalities among .* names \['smell'\]"),
        ({**parts, "text": parts["vision"]}, r"patterns\['text'\] must be of shape \[B, 4\], .* \(2, 6\)"),
        (
            {**parts, "text": parts["text"][:1]},
            "patterns must have one batch size for all modalities, .*'text': 1",
        ),
        ({**parts, "text": parts["text"] / 0}, r"patterns\['text'\] must be finite, but holds NaN or Inf"),
        ({}, r"patterns must hold at least one of .*, but is empty"),
    ]
    for bad, message in cases:
        with pytest.raises(ValueError, match=message):
            memory.store(**bad)
    with pytest.raises(TypeError, match=r"patterns\['text'\] must have the memory's type torch.float64, but"):
        memory.store(**{**parts, "text": parts["text"].float()})
    with pytest.raises(TypeError, match=r"patterns\['text'\] must be a floating-point tensor, but is t"):
        memory.store(**{**parts, "text": parts["text"].long()})
    assert len(memory) == 2


def test_what_is_no_tensor_is_refused(make, without_shape_checks):
    memory, parts = make.memory(2), _parts(make, 2)
    with pytest.raises(TypeError, match=r"patterns\['text'\] must be a torch.Tensor, but is list"):
        memory.store(**{**parts, "text": parts["text"].tolist()})
    assert len(memory) == 2


def test_indices_that_do_not_exist_are_refused(make):
    memory = make.memory(3)
    for bad in (3, -1):
        with pytest.raises(ValueError, match=rf"indices must lie in \[0, 3\), but hold {bad}"):
            memory.remove([bad])
    with pytest.raises(ValueError, match=r"indices must name each pattern once"):
        memory.remove([1, 1])
    with pytest.raises(TypeError, match=r"indices must be whole numbers, but hold True"):
        memory.remove([True])
    assert len(memory) == 3


def test_widths_that_make_no_memory_are_refused(without_shape_checks):
    cases = [
        ({}, ValueError, "widths must name at least one modality"),
        ({"text": 0}, ValueError, r"widths\['text'\] must be at least 1, but is 0"),
        ({"text": 2.0}, TypeError, r"widths\['text'\] must be a whole number, but is 2.0"),
        ({"a.b": 2}, ValueError, "widths must name modalities by text without a dot, but has 'a.b'"),
        ({"": 2}, ValueError, "widths must name modalities by text without a dot, but has ''"),
        ([2], TypeError, "widths must map each modality to its width, but is list"),
    ]
    for widths, error, message in cases:
        with pytest.raises(error, match=message):
            JointMemory(widths)
    with pytest.raises(TypeError, match=r"dtype must be a floating-point tensor"):
        JointMemory({"text": 2}, dtype=torch.int64)


def test_a_joint_matrix_that_does_not_fit_is_refused(make):
    with pytest.raises(ValueError, match=r"patterns must be of shape \[N, 13\], .* \(2, 12\)"):
        JointMemory.from_joint(make.widths, make.normal(2, 12))
    with pytest.raises(ValueError, match=r"patterns must be finite, but holds NaN or Inf"):
        JointMemory.from_joint(make.widths, make.normal(2, 13) / 0)


def test_an_unknown_modality_is_refused_by_name(make):
    with pytest.raises(ValueError, match=r"name must name modalities among .*, but names \['smell'\]"):
        make.memory().pattern("smell")
