"""A few damaged copies of small weight files; `tests/fuzz.py` tries thousands in bounded processes."""

import random
import struct

import pytest
import torch
from mutations import mutated

from cmhn import Couplings, HarmonicNetwork, JointEnergy, JointMemory, WeightFileError
from cmhn.weight_files import read_weights, write_weights

COPIES = 300


def damaged(path, seed):
    """Copies of a file, damaged anywhere, or in the header whose length is put right."""
    content, draw = path.read_bytes(), random.Random(seed)
    length = int.from_bytes(content[:8], "little")
    head, numbers = content[8 : 8 + length], content[8 + length :]
    for _ in range(COPIES // 2):
        yield mutated(content, draw, longest=20_000)
        other = mutated(head, draw, longest=20_000)
        yield struct.pack("<Q", len(other)) + other + numbers


def tried(read, path):
    """What a reader gives, or the words of its own error; others pass."""
    try:
        return read(path), None
    except WeightFileError as error:
        return None, str(error)


@pytest.mark.filterwarnings("ignore")
def test_damage_ends_in_the_one_error_of_weight_files(tmp_path):
    tensors = {
        "a": torch.arange(6.0).reshape(2, 3),
        "b": torch.tensor(2),
        "c": torch.ones(3, dtype=torch.bfloat16),
    }
    write_weights(tmp_path / "good", "kind", tensors, {"widths": {"a": 1}})
    for content in damaged(tmp_path / "good", 0):
        (tmp_path / "file").write_bytes(content)
        found, words = tried(lambda path: read_weights(path, "kind"), tmp_path / "file")
        assert len(words or "") < 2000
        if found is not None:
            assert isinstance(found[1], dict)
            assert all(bool(torch.isfinite(tensor).all()) for tensor in found[0].values())


@pytest.mark.filterwarnings("ignore")
def test_a_network_takes_finite_weights_or_none(tmp_path):
    memory = JointMemory({"text": 3, "vision": 2})
    memory.store(text=torch.ones(4, 3), vision=torch.ones(4, 2))
    network = HarmonicNetwork(JointEnergy(memory, Couplings(memory.widths)))
    network.save(tmp_path / "good")
    for content in damaged(tmp_path / "good", 1):
        (tmp_path / "file").write_bytes(content)
        tried(network.load, tmp_path / "file")
        held = [value for value in network.state_dict().values() if isinstance(value, torch.Tensor)]
        assert all(bool(torch.isfinite(tensor).all()) for tensor in held)
