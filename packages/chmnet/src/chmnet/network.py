"""What the two Hopfield networks share: one energy, and the descent it gives rise to."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from chmnet._validation import require_at_least, require_query

__all__ = ["HopfieldNetwork", "Memory"]


class HopfieldNetwork(nn.Module, ABC):
    r"""A memory as a weighted set of similarities, and the energy over it.

    .. math:: E(q) = -\frac1\beta \log \sum_p w_p \exp(\beta s_p(q)) + \tfrac12 \lVert q \rVert^2,
              \qquad \sum_p w_p = 1

    The weights sum to 1. That settles the papers' free constant: the first term is the logarithm of a *mean*
    of exponentials, so energies of memories of different sizes, discrete or continuous, compare.
    One CCCP step minimises the second term plus the linearised first, and never raises E.

    Attributes:
        beta: Inverse temperature β.
        memory: What the network holds: frames, or coefficients of a basis; its last axis is D.
        log_weights: log w_p, in the memory's type.
        offset: A constant added to the similarity with each row of the memory, or None.

    Source: Santos et al. (2025), equations 1, 2, 6 and 7.
    """

    beta: float
    memory: Tensor
    log_weights: Tensor
    offset: Tensor | None

    @abstractmethod
    def similarity(self, q: Float[Tensor, "*B D"]) -> Float[Tensor, "*B P"]:
        """s_p(q) of a query with every point p of the memory."""

    @abstractmethod
    def expectation(self, weights: Float[Tensor, "*B P"]) -> Float[Tensor, "*B D"]:
        """Σ_p weight_p x_p, a pattern for each set of weights over the points of the memory."""

    def energy(self, q: Float[Tensor, "*B D"]) -> Float[Tensor, "*B"]:
        """E(q), lower where q is nearer to the memory.

        Args:
            q: States, any number of batch axes.

        Returns:
            One energy a state, comparable between memories (see the class).

        Raises:
            TypeError: If q is not of the memory's type.
            ValueError: If q has another width than the memory, or is not finite.
        """
        require_query(q, self.memory)
        return torch.logsumexp(self._logits(q), dim=-1) / -self.beta + q.square().sum(dim=-1) / 2

    def update(self, q: Float[Tensor, "*B D"]) -> Float[Tensor, "*B D"]:
        r"""One CCCP step: the Gibbs expectation of the memory.

        .. math:: q' = \sum_p \frac{w_p e^{\beta s_p(q)}}{\sum_r w_r e^{\beta s_r(q)}} x_p

        Args:
            q: States, any number of batch axes.

        Returns:
            The next states.

        Raises:
            TypeError: If q is not of the memory's type.
            ValueError: If q has another width than the memory, or is not finite.
        """
        require_query(q, self.memory)
        return self._step(q)

    def retrieve(
        self, q: Float[Tensor, "*B D"], steps: int = 1, *, chunk: int | None = None
    ) -> Float[Tensor, "*B D"]:
        """Several updates in a row.

        Args:
            q: Queries, any number of batch axes.
            steps: Number of updates; 0 gives the queries back.
            chunk: Queries taken at once, which bounds the memory in use; all of them if None.

        Returns:
            The states after the last update.

        Raises:
            TypeError: If q is not of the memory's type.
            ValueError: If q has another width than the memory, or is not finite; if ``steps`` is negative or
                ``chunk`` below 1.
        """
        require_query(q, self.memory)
        require_at_least("steps", steps, 0)
        if chunk is None:
            for _ in range(steps):
                q = self._step(q)
            return q
        require_at_least("chunk", chunk, 1)
        rows = q.reshape(-1, q.shape[-1])
        states = torch.empty_like(rows)
        for start in range(0, len(rows), chunk):
            state = rows[start : start + chunk]
            for _ in range(steps):
                state = self._step(state)
            states[start : start + chunk] = state
        return states.reshape(q.shape)

    def trajectory(self, q: Float[Tensor, "*B D"], steps: int) -> Float[Tensor, "S *B D"]:
        """All states on the way.

        Args:
            q: Queries, any number of batch axes.
            steps: Number of updates.

        Returns:
            The queries, then the states after each update: S = steps + 1.

        Raises:
            TypeError: If q is not of the memory's type.
            ValueError: If q has another width than the memory, or is not finite; if ``steps`` is negative.
        """
        require_query(q, self.memory)
        require_at_least("steps", steps, 0)
        states = [q]
        for _ in range(steps):
            states.append(self._step(states[-1]))
        return torch.stack(states)

    def _logits(self, q: Tensor) -> Tensor:
        return self.beta * self.similarity(q) + self.log_weights

    def _step(self, q: Tensor) -> Tensor:
        return self.expectation(self._logits(q).softmax(dim=-1))


Memory = Callable[[Tensor], HopfieldNetwork]
"""What builds a network from frames [L, D], linearly: no coefficient may depend on the frames."""
