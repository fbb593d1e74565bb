"""What every softmax over stored patterns offers."""

from abc import ABC, abstractmethod
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

__all__ = ["Attention", "Recall"]


class Recall(NamedTuple):
    """What a memory answers to queries.

    Attributes:
        mean: Σ_i p_i m_i, or None where it was not asked for.
        log_partition: log Σ_i exp⟨q, m_i⟩, or None where it was not asked for.
    """

    mean: Float[Tensor, "B D"] | None
    log_partition: Float[Tensor, " B"] | None

    def require_log_partition(self) -> Float[Tensor, " B"]:
        """Return the log-partition, which was asked for.

        Raises:
            RuntimeError: If the attention left it out.
        """
        if self.log_partition is None:
            raise RuntimeError("attend must give the log-partition that it is asked for, but gave None")
        return self.log_partition


class Attention(ABC):
    r"""The one expensive thing in a memory: a softmax over N patterns.

    .. math:: p_i = \frac{e^{\langle q, m_i \rangle}}{\sum_j e^{\langle q, m_j \rangle}}, \qquad
              \text{mean} = \sum_i p_i m_i, \qquad \text{log-partition} = \log \sum_i e^{\langle q, m_i \rangle}

    Temperature and reliability are in the queries already. With an offset b, ⟨q, m_i⟩ + b_i takes the place of
    ⟨q, m_i⟩. All implementations give the same numbers, but
    `ApproximateAttention`, which says so.
    """

    @abstractmethod
    def attend(
        self,
        queries: Float[Tensor, "B D"],
        patterns: Float[Tensor, "N D"],
        *,
        offset: Float[Tensor, " N"] | None = None,
        mean: bool = True,
        partition: bool = True,
    ) -> Recall:
        """Answer queries.

        Args:
            queries: One per row, already multiplied by β.
            patterns: One per row; at least one.
            offset: b, added to each pattern's product; none if None.
            mean: Whether the mean pattern is wanted.
            partition: Whether the logarithm of the partition sum is wanted.

        Returns:
            What was wanted.
        """
