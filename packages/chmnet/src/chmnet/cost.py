"""What a memory costs: numbers it holds and multiplications a query takes, counted and not timed."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from chmnet._validation import require_at_least
from chmnet.network import HopfieldNetwork

__all__ = ["Cost", "retrieval_cost"]


@dataclass(frozen=True)
class Cost:
    """What one memory costs.

    Attributes:
        held: Bytes of all that the network keeps.
        operations: Multiplications and additions of matrix products that one update of one query takes.
    """

    held: int
    operations: int


@torch.no_grad()
def retrieval_cost(network: HopfieldNetwork, queries: int = 1) -> Cost:
    """Count what a memory holds, and what one update costs.

    Products of matrices are counted as they run, by torch; element-wise work is of lower order. Clocks
    say something else on every machine, counts do not.

    Args:
        network: The memory.
        queries: Number of queries the count is taken over.

    Raises:
        TypeError: If ``queries`` is not a whole number.
        ValueError: If ``queries`` is below 1.
    """
    require_at_least("queries", queries, 1)
    held = sum(map(_bytes, [*network.parameters(), *network.buffers()]))
    state = network.memory.new_zeros(queries, network.memory.shape[-1])
    with FlopCounterMode(display=False) as counter:
        network.update(state)
    return Cost(held, counter.get_total_flops() // queries)


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
