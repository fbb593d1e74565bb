"""With real processes."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed as dist

from cmhn import PlainAttention
from cmhn.attention.sharding import ShardedAttention

PROCESS = Path(__file__).with_name("sharding_process.py")
sys.path.insert(0, str(PROCESS.parent))

from sharding_process import network_of, patterns_of_all  # noqa: E402


@pytest.mark.parametrize("world", [2, 4])
def test_shards_together_answer_as_one_memory(tmp_path, world):
    command = [sys.executable, str(PROCESS)]
    processes = [subprocess.Popen([*command, str(rank), str(world), str(tmp_path)]) for rank in range(world)]
    assert [process.wait() for process in processes] == [0] * world
    patterns = patterns_of_all()
    expected = tuple(PlainAttention().attend(15 * patterns[:7], patterns))
    whole = network_of(patterns, PlainAttention()).retrieve({"text": patterns[:7, :5]})
    shares = []
    for rank in range(world):
        answers = torch.load(tmp_path / str(rank), weights_only=True)
        for name in ("plain", "tiles"):
            torch.testing.assert_close(answers[name], expected, atol=1e-5, rtol=1e-5)
        vision, energy, share = answers["network"]
        torch.testing.assert_close(vision, whole.states["vision"], atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(energy, whole.energies[-1], atol=1e-5, rtol=1e-5)
        shares.append(share)
    torch.testing.assert_close(sum(shares), torch.ones(7))


def test_without_processes_it_says_what_is_missing():
    with pytest.raises(
        RuntimeError, match=r"ShardedAttention needs torch.distributed: call init_process_gro"
    ):
        ShardedAttention().attend(torch.ones(1, 2), torch.ones(3, 2))


def test_gradients_are_refused(tmp_path):
    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/meeting", rank=0, world_size=1)
    try:
        with pytest.raises(RuntimeError, match=r"ShardedAttention gives no gradients"):
            ShardedAttention().attend(torch.ones(1, 2, requires_grad=True), torch.ones(3, 2))
        only = ShardedAttention().attend(torch.ones(1, 2), torch.ones(3, 2))
        torch.testing.assert_close(only.mean, torch.ones(1, 2))
    finally:
        dist.destroy_process_group()
