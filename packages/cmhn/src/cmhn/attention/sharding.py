"""Attention over a memory that is spread over several processes."""

from dataclasses import dataclass

import torch.distributed as dist
from jaxtyping import Float
from torch import Tensor

from cmhn._validation import requires_grad
from cmhn.attention import AdaptiveAttention, Attention, Recall

__all__ = ["ShardedAttention"]

_ADAPTIVE = AdaptiveAttention()


@dataclass(frozen=True)
class ShardedAttention(Attention):
    r"""Every process holds some of the patterns and asks the same queries; all get the answer over all patterns.

    .. math:: \ell = \log \sum_r e^{\ell_r}, \qquad \text{mean} = \sum_r e^{\ell_r - \ell}\, \text{mean}_r

    with ℓ_r and mean_r the log-partition and mean of shard r: a maximum and two sums are exchanged, of sizes B and
    B × D, whatever the number of patterns. The merge is exact. A `JointMemory` of one process then holds its shard,
    and weights and indices that it gives are of its own patterns (weights of all shards together sum to 1).

    For retrieval: gradients do not cross processes. Gloo on CPU, NCCL on GPU.

    Args:
        group: The processes; all of them if None.
        local: How each takes the softmax over its own patterns.

    Raises:
        RuntimeError: When attending, if torch.distributed has not been set up, or if a gradient is wanted.

    Source: the running log-sum-exp of `TiledAttention`, with processes for tiles.
    """

    group: dist.ProcessGroup | None = None
    local: Attention = _ADAPTIVE

    def attend(
        self,
        queries: Float[Tensor, "B D"],
        patterns: Float[Tensor, "N D"],
        *,
        offset: Float[Tensor, " N"] | None = None,
        mean: bool = True,
        partition: bool = True,
    ) -> Recall:
        """Answer queries; see `Attention`. Every process of the group must call it, with the same queries."""
        if not dist.is_initialized():
            raise RuntimeError("ShardedAttention needs torch.distributed: call init_process_group first")
        if requires_grad(queries, patterns):
            raise RuntimeError("ShardedAttention gives no gradients: retrieve under torch.no_grad()")
        mine = self.local.attend(queries, patterns, offset=offset, mean=mean, partition=True)
        here = mine.require_log_partition()
        most = here.clone()
        dist.all_reduce(most, dist.ReduceOp.MAX, group=self.group)
        share = (here - most).exp()
        total = share.clone()
        dist.all_reduce(total, group=self.group)
        answer = None
        if mine.mean is not None:
            answer = mine.mean * share[:, None]
            dist.all_reduce(answer, group=self.group)
            answer = answer / total[:, None]
        return Recall(answer, most + total.log() if partition else None)
