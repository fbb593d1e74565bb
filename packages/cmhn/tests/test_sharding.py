"""With real processes."""

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from cmhn import Couplings, HarmonicNetwork, JointEnergy, JointMemory, PlainAttention, TiledAttention
from cmhn.sharding import ShardedAttention

WIDTHS = {"text": 5, "vision": 6}


def _patterns():
    return torch.nn.functional.normalize(
        torch.randn(50, 11, generator=torch.Generator().manual_seed(0)), dim=1
    )


def _network(patterns, attention):
    memory = JointMemory.from_joint(WIDTHS, patterns)
    couplings = Couplings(WIDTHS, generator=torch.Generator().manual_seed(1), learnable=False)
    return HarmonicNetwork(JointEnergy(memory, couplings, beta=20.0, gamma=0.05, attention=attention))


def _one_of_many(rank, world, folder):
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=world)
    try:
        patterns = _patterns()
        # Shards of unequal size, so that none of them can pass for all.
        cuts = torch.linspace(0, 1, world + 1).square().mul(50).round().long().tolist()
        mine = patterns[cuts[rank] : cuts[rank + 1]]
        answers = {}
        for name, local in {"plain": PlainAttention(), "tiles": TiledAttention(3, 2)}.items():
            attention = ShardedAttention(local=local)
            answers[name] = tuple(attention.attend(15 * patterns[:7], mine))
        found = _network(mine, ShardedAttention()).retrieve({"text": patterns[:7, :5]})
        answers["network"] = (found.states["vision"], found.energies[-1], found.weights.sum(1))
        torch.save(answers, f"{folder}/{rank}")
    finally:
        dist.destroy_process_group()


@pytest.mark.parametrize("world", [2, 4])
def test_shards_together_answer_as_one_memory(tmp_path, world):
    mp.start_processes(_one_of_many, args=(world, str(tmp_path)), nprocs=world, start_method="fork")
    patterns = _patterns()
    expected = tuple(PlainAttention().attend(15 * patterns[:7], patterns))
    whole = _network(patterns, PlainAttention()).retrieve({"text": patterns[:7, :5]})
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
