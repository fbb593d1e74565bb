"""Hopfield memories as layers of a network: learnt projections around several updates."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from chmnet._validation import (
    require_at_least,
    require_finite,
    require_floating,
    require_non_negative,
    require_positive,
)
from chmnet.basis import Basis
from chmnet.continuous import time_weights
from chmnet.integration import Exact, Integration
from chmnet.ridge import ridge_fit

__all__ = ["ContinuousHopfieldLayer", "DiscreteHopfieldLayer"]

_EXACT = Exact()


class _Points(NamedTuple):
    """A memory of each head, as the association needs it: rows, how rows make points, and weights of points."""

    keys: Tensor
    contents: Tensor
    values: Tensor | None
    log_weights: Tensor | None


class _Heads(nn.Module):
    """Projections to heads and back, and the updates between them."""

    def __init__(self, width: int, heads: int, steps: int, beta: float | None, learn_beta: bool) -> None:
        super().__init__()
        require_at_least("width", width, 1)
        require_at_least("heads", heads, 1)
        require_at_least("steps", steps, 1)
        if width % heads:
            raise ValueError(f"width must be a multiple of heads ({heads}), but came as {width}")
        start = (width // heads) ** -0.5 if beta is None else beta
        require_positive("beta", start)
        self.width = width
        self.heads = heads
        self.steps = steps
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.content = nn.Linear(width, width)
        self.output = nn.Linear(width, width)
        # The logarithm keeps β above 0 wherever the optimiser takes it.
        self.log_beta = nn.Parameter(torch.full((heads,), start).log(), requires_grad=learn_beta)

    def project(self, query: Tensor, memory: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        for name, tensor in (("query", query), ("memory", memory)):
            require_floating(name, tensor)
            if tensor.ndim != 3 or tensor.shape[-1] != self.width:
                raise ValueError(
                    f"{name} must have three axes and width {self.width}, "
                    f"but came with shape {tuple(tensor.shape)}"
                )
            require_finite(name, tensor)
        if memory.shape[1] == 0 or memory.shape[0] != query.shape[0]:
            raise ValueError(
                "memory must hold at least one pattern for each of the queries' batch, "
                f"but came with shape {tuple(memory.shape)} for a batch of {query.shape[0]}"
            )
        return (
            self._split(self.query(query)),
            self._split(self.key(memory)),
            self._split(self.content(memory)),
        )

    def associate(self, query: Tensor, points: _Points) -> Tensor:
        beta = self.log_beta.exp()[:, None, None]
        for step in range(self.steps):
            similarity = query @ points.keys.mT
            if points.values is not None:
                similarity = similarity @ points.values
            logits = beta * similarity
            weights = (logits if points.log_weights is None else logits + points.log_weights).softmax(dim=-1)
            if points.values is not None:
                weights = weights @ points.values.mT
            query = weights @ (points.contents if step == self.steps - 1 else points.keys)
        return self.output(query.transpose(1, 2).flatten(-2))

    def _split(self, patterns: Tensor) -> Tensor:
        return patterns.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class DiscreteHopfieldLayer(nn.Module):
    r"""A layer that answers queries from a sequence of patterns.

    .. math:: q \leftarrow K^\top \mathrm{softmax}(\beta K q) \quad\text{(steps − 1 times)},
              \qquad \text{answer} = V^\top \mathrm{softmax}(\beta K q)

    With one step and β = 1/√d it is multi-head attention.

    Args:
        width: Width of queries, patterns and answers.
        heads: Number of heads, each with ``width / heads`` entries and its own β.
        steps: Number of updates of a query.
        beta: Where β starts; 1/√d if None.
        learn_beta: Whether β is trained.

    Raises:
        TypeError: If a count is not a whole number.
        ValueError: If a count is below 1, the heads do not share the width evenly, or β is not above 0.

    Source: Ramsauer et al. (2020), section 3, the layer ``Hopfield``.
    """

    def __init__(
        self,
        width: int,
        *,
        heads: int = 1,
        steps: int = 1,
        beta: float | None = None,
        learn_beta: bool = True,
    ) -> None:
        super().__init__()
        self.association = _Heads(width, heads, steps, beta, learn_beta)

    def forward(
        self, query: Float[Tensor, "B Q W"], memory: Float[Tensor, "B L W"]
    ) -> Float[Tensor, "B Q W"]:
        """Answers to the queries.

        Args:
            query: Queries.
            memory: Stored patterns.

        Raises:
            TypeError: If a tensor is not floating-point.
            ValueError: If a tensor has another width or is not finite, the memory is empty or the batches differ.
        """
        state, keys, contents = self.association.project(query, memory)
        return self.association.associate(state, _Points(keys, contents, None, None))


class ContinuousHopfieldLayer(nn.Module):
    r"""A layer that answers queries from a signal of N coefficients, however long the sequence it is fitted to.

    .. math:: q \leftarrow \mathbb{E}_{p(t)}[\bar k(t)] \quad\text{(steps − 1 times)},
              \qquad \text{answer} = \mathbb{E}_{p(t)}[\bar v(t)], \qquad p(t) \propto e^{\beta q^\top \bar k(t)}

    Keys and values of the sequence are compressed by one ridge fit. The cost of a query is O(N), not O(L).

    Args:
        width: Width of queries, patterns and answers.
        basis: The basis ψ(t) on a support that holds [0, 1]; its parameters, if it learns, are trained too.
        heads: Number of heads, each with ``width / heads`` entries and its own β.
        steps: Number of updates of a query.
        beta: Where β starts; 1/√d if None.
        learn_beta: Whether β is trained.
        ridge: λ of the fit.
        integration: How integrals over [0, 1] are taken; `Exact` for rectangular bases only.

    Raises:
        TypeError: If a count is not a whole number, or the integration does not fit the basis.
        ValueError: If a count is below 1, the heads do not share the width evenly, β is not above 0, λ is
            negative, or the basis does not hold [0, 1].

    Source: Santos et al. (2025), section 6 (learnable layers with continuous memories); Ramsauer et al. (2020).
    """

    def __init__(
        self,
        width: int,
        basis: Basis,
        *,
        heads: int = 1,
        steps: int = 1,
        beta: float | None = None,
        learn_beta: bool = True,
        ridge: float = 0.5,
        integration: Integration = _EXACT,
    ) -> None:
        super().__init__()
        require_non_negative("ridge", ridge)
        self.association = _Heads(width, heads, steps, beta, learn_beta)
        self.basis = basis
        self.ridge = ridge
        self.rule = integration.quadrature(basis, (0.0, 1.0))

    def forward(
        self, query: Float[Tensor, "B Q W"], memory: Float[Tensor, "B L W"]
    ) -> Float[Tensor, "B Q W"]:
        """Answers to the queries.

        Args:
            query: Queries.
            memory: Stored patterns, in order of time; any number of them.

        Raises:
            TypeError: If a tensor is not floating-point.
            ValueError: If a tensor has another width or is not finite, the memory is empty or the batches differ.
        """
        state, keys, contents = self.association.project(query, memory)
        weights, values = time_weights(self.basis, self.rule)
        points = _Points(
            self._compress(keys),
            self._compress(contents),
            None if values is None else values.to(state),
            weights.log().to(state),
        )
        return self.association.associate(state, points)

    def _compress(self, sequence: Tensor) -> Tensor:
        # One fit for all sequences of a batch and all heads, [B, H, L, d] → [B, H, N, d]: they share the design.
        batch, heads, length, width = sequence.shape
        side_by_side = sequence.permute(2, 0, 1, 3).reshape(length, -1)
        coefficients = ridge_fit(side_by_side, None, self.basis, self.ridge)
        return coefficients.reshape(self.basis.count, batch, heads, width).permute(1, 2, 0, 3)
