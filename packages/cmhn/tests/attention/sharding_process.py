"""One process of many that share a memory; a program of its own, so that nothing is forked.

Called with its rank, the number of processes, and a folder: there they meet, and there each leaves its answers.
"""

import sys

import torch
import torch.distributed as dist

from cmhn import Couplings, HarmonicNetwork, JointEnergy, JointMemory, PlainAttention, TiledAttention
from cmhn.attention.sharding import ShardedAttention

WIDTHS = {"text": 5, "vision": 6}


def patterns_of_all():
    return torch.nn.functional.normalize(
        torch.randn(50, 11, generator=torch.Generator().manual_seed(0)), dim=1
    )


def network_of(patterns, attention):
    memory = JointMemory.from_joint(WIDTHS, patterns)
    couplings = Couplings(WIDTHS, generator=torch.Generator().manual_seed(1), learnable=False)
    return HarmonicNetwork(JointEnergy(memory, couplings, beta=20.0, gamma=0.05, attention=attention))


def one_of_many(rank, world, folder):
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=world)
    try:
        patterns = patterns_of_all()
        # Shards of unequal size, so that none of them can pass for all.
        cuts = torch.linspace(0, 1, world + 1).square().mul(50).round().long().tolist()
        mine = patterns[cuts[rank] : cuts[rank + 1]]
        answers = {}
        for name, local in {"plain": PlainAttention(), "tiles": TiledAttention(3, 2)}.items():
            attention = ShardedAttention(local=local)
            answers[name] = tuple(attention.attend(15 * patterns[:7], mine))
        found = network_of(mine, ShardedAttention()).retrieve({"text": patterns[:7, :5]})
        answers["network"] = (found.states["vision"], found.energies[-1], found.weights.sum(1))
        torch.save(answers, f"{folder}/{rank}")
    finally:
        dist.destroy_process_group()


if __name__ == "__main__":
    torch.set_num_threads(1)
    one_of_many(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
