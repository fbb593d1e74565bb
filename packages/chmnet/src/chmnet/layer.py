"""Hopfield memories as layers of a network: learnt projections around several updates."""

import math
from dataclasses import is_dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from amcore.torch.autocast import autocasting, wide, without_autocast
from amcore.torch.settings import Settled
from chmnet._exact import alike, kept_wide
from chmnet._validation import (
    LARGEST_SCALE,
    has_values,
    require_at_least,
    require_finite,
    require_mask,
    require_non_negative,
    require_patterns,
    require_scale,
    require_type,
)
from chmnet.bases.basis import Basis
from chmnet.continuous import time_weights
from chmnet.integration import Exact, Integration
from chmnet.ridge import fit_coefficients, fit_sequences, frame_times

__all__ = ["ContinuousHopfieldLayer", "DiscreteHopfieldLayer"]

_EXACT = Exact()
_DOMAIN = (0.0, 1.0)
_LOG_LIMIT = math.log(LARGEST_SCALE)


class _Points(NamedTuple):
    """A memory of each head, as the association needs it.

    Attributes:
        keys: Rows that queries are compared with.
        contents: Rows that answers are made of.
        values: How rows make points; None where rows are points.
        log_weights: Weights of points; None where they are equal.
        mask: Which points are there; None where all are.
    """

    keys: Tensor
    contents: Tensor
    values: Tensor | None = None
    log_weights: Tensor | None = None
    mask: Tensor | None = None


class _Heads(nn.Module):
    """Projections to heads and back, and the updates between them.

    Projections are taken in the weights' type, or in that of an autocast region; what is between them in float32 at
    least, and so is β, which multiplies every error.
    """

    def __init__(self, width: int, heads: int, steps: int, beta: float | None, learn_beta: bool) -> None:
        super().__init__()
        width = require_at_least("width", width, 1)
        heads = require_at_least("heads", heads, 1)
        self.steps = require_at_least("steps", steps, 1)
        if width % heads:
            raise ValueError(f"width must be a multiple of heads ({heads}), but is {width}")
        start = (width // heads) ** -0.5 if beta is None else beta
        require_scale("beta", start)
        self.width = width
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.content = nn.Linear(width, width)
        self.output = nn.Linear(width, width)
        # The logarithm keeps β above 0 wherever the optimiser takes it.
        self.log_beta = nn.Parameter(torch.full((heads,), start).log(), requires_grad=learn_beta)

    @property
    def beta(self) -> Float[Tensor, " H"]:
        """β of each head, between 2⁻³² and 2³² also where the optimiser ran away."""
        return wide(self.log_beta).clamp(-_LOG_LIMIT, _LOG_LIMIT).exp()

    def project(
        self, query: Tensor, memory: Tensor, mask: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        """Queries, keys, contents and the mask, each with an axis for heads."""
        require_patterns("query", query, self.width)
        require_patterns("memory", memory, self.width)
        if memory.shape[1] == 0 or memory.shape[0] != query.shape[0]:
            raise ValueError(
                "memory must hold at least one pattern for each of the queries' batch, "
                f"but has shape {tuple(memory.shape)} for a batch of {query.shape[0]}"
            )
        require_mask(mask, memory)
        if mask is not None:
            # What stands where nothing is counts for nothing, not even as a number that is not finite.
            memory = torch.where(mask[..., None], memory, 0.0)
        query = self._enter("query", query)
        memory = self._enter("memory", memory)
        state = self._split("query", self.query(query))
        keys = self._split("memory", self.key(memory))
        contents = self._split("memory", self.content(memory))
        if mask is None:
            return state, keys, contents, None
        mask = mask[:, None]
        keys, contents = (torch.where(mask[..., None], rows, 0.0) for rows in (keys, contents))
        return state, keys, contents, mask

    def weights(self, state: Tensor, points: _Points) -> Tensor:
        """The weight of each point in the last update."""
        beta = self.beta[:, None, None]
        for _ in range(self.steps - 1):
            state = self._mean(self._weigh(state, points, beta), points.keys, points)
        return self._weigh(state, points, beta)

    def associate(self, state: Tensor, points: _Points) -> Tensor:
        with without_autocast(state):
            answer = self._mean(self.weights(state, points), points.contents, points)
            answer = answer.transpose(1, 2).flatten(-2)
        output = self.output(answer.to(self.output.weight.dtype))
        return self._require_range("the answer", output)

    def _weigh(self, state: Tensor, points: _Points, beta: Tensor) -> Tensor:
        similarity = state @ points.keys.mT
        if points.values is not None:
            similarity = similarity @ points.values
        logits = beta * similarity
        if points.log_weights is not None:
            logits = logits + points.log_weights
        if points.mask is not None:
            logits = logits.masked_fill(~points.mask[..., None, :], torch.finfo(logits.dtype).min)
        return logits.softmax(dim=-1)

    def _mean(self, weights: Tensor, rows: Tensor, points: _Points) -> Tensor:
        if points.values is not None:
            weights = weights @ points.values.mT
        return weights @ rows

    def _enter(self, name: str, patterns: Tensor) -> Tensor:
        dtype = self.query.weight.dtype
        if autocasting(self.query.weight):
            patterns = patterns.to(dtype)
        require_type(name, patterns, dtype, "the weights'")
        # Four such numbers can be multiplied with each other.
        require_finite(name, patterns, torch.finfo(torch.promote_types(dtype, torch.float32)).max ** 0.25)
        return patterns

    def _split(self, name: str, patterns: Tensor) -> Tensor:
        patterns = wide(self._require_range(name, patterns))
        return patterns.unflatten(-1, (self.heads, self.width // self.heads)).transpose(1, 2)

    def _require_range(self, name: str, projected: Tensor) -> Tensor:
        """Refuse projections that overflow in float16; the other types reach far beyond what comes in."""
        if projected.dtype != torch.float16 or not has_values(projected):
            return projected
        if not bool(torch.isfinite(projected.detach()).all()):
            raise ValueError(
                f"{name} must have projections in the range of torch.float16, but they overflow: "
                "scale it, or take torch.bfloat16 or torch.float32"
            )
        return projected

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        return super()._apply(kept_wide(fn, self.log_beta), recurse)


class DiscreteHopfieldLayer(Settled):
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
        self,
        query: Float[Tensor, "B Q W"],
        memory: Float[Tensor, "B L W"],
        *,
        mask: Bool[Tensor, "B L"] | None = None,
    ) -> Float[Tensor, "B Q W"]:
        """Answers to the queries.

        Args:
            query: Queries.
            memory: Stored patterns.
            mask: True where a pattern is there, for sequences of unequal length; all are if None.

        Raises:
            TypeError: If a tensor is not of the weights' type (inside an autocast region tensors are cast), or the
                mask not of torch.bool.
            ValueError: If a tensor has another width, is not finite or reaches out of range, the memory is empty,
                the batches differ, or the mask leaves nothing of a sequence.
        """
        state, points = self._points(query, memory, mask)
        return self.association.associate(state, points)

    def attention(
        self,
        query: Float[Tensor, "B Q W"],
        memory: Float[Tensor, "B L W"],
        *,
        mask: Bool[Tensor, "B L"] | None = None,
    ) -> Float[Tensor, "B H Q L"]:
        """The weight of each pattern in the answer to each query, a map per head.

        Args:
            query: Queries.
            memory: Stored patterns.
            mask: True where a pattern is there.

        Returns:
            Weights that sum to 1 over patterns, in float32 at least.

        Raises:
            TypeError: As ``forward``.
            ValueError: As ``forward``.
        """
        state, points = self._points(query, memory, mask)
        with without_autocast(state):
            return self.association.weights(state, points)

    def settings(self) -> dict[str, Any]:
        """What a ``state_dict`` must have been saved with."""
        return {"heads": self.association.heads, "steps": self.association.steps}

    def _points(self, query: Tensor, memory: Tensor, mask: Tensor | None) -> tuple[Tensor, _Points]:
        state, keys, contents, mask = self.association.project(query, memory, mask)
        return state, _Points(keys, contents, mask=mask)


class ContinuousHopfieldLayer(Settled):
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
        self.integration = integration
        self.rule = integration.quadrature(basis, _DOMAIN)
        self.register_load_state_dict_post_hook(_renew_rule)

    def forward(
        self,
        query: Float[Tensor, "B Q W"],
        memory: Float[Tensor, "B L W"],
        *,
        mask: Bool[Tensor, "B L"] | None = None,
    ) -> Float[Tensor, "B Q W"]:
        """Answers to the queries.

        Args:
            query: Queries.
            memory: Stored patterns, in order of time; any number of them.
            mask: True where a pattern is there, for sequences of unequal length: those that are there fill [0, 1]. All
                are if None.

        Raises:
            TypeError: If a tensor is not of the weights' type (inside an autocast region tensors are cast), or the
                mask not of torch.bool.
            ValueError: If a tensor has another width, is not finite or reaches out of range, the memory is empty,
                the batches differ, or the mask leaves nothing of a sequence.
        """
        state, points = self._points(query, memory, mask)
        return self.association.associate(state, points)

    def attention(
        self,
        query: Float[Tensor, "B Q W"],
        memory: Float[Tensor, "B L W"],
        *,
        mask: Bool[Tensor, "B L"] | None = None,
    ) -> Float[Tensor, "B H Q P"]:
        """The probability of each point of time in the answer to each query, a map per head.

        Args:
            query: Queries.
            memory: Stored patterns.
            mask: True where a pattern is there.

        Returns:
            Probabilities that sum to 1 over points, in float32 at least: point n is bin n where bins are
            rectangular, and the time ``rule.nodes[n]`` elsewhere.

        Raises:
            TypeError: As ``forward``.
            ValueError: As ``forward``.
        """
        state, points = self._points(query, memory, mask)
        with without_autocast(state):
            return self.association.weights(state, points)

    def settings(self) -> dict[str, Any]:
        """What a ``state_dict`` must have been saved with; the basis is taken from there."""
        rule = self.integration
        name = repr(rule) if is_dataclass(rule) else type(rule).__qualname__
        settings = {"heads": self.association.heads, "steps": self.association.steps}
        return {**settings, "ridge": float(self.ridge), "integration": name}

    def _points(self, query: Tensor, memory: Tensor, mask: Tensor | None) -> tuple[Tensor, _Points]:
        state, keys, contents, _ = self.association.project(query, memory, mask)
        with without_autocast(state):
            weights, values = time_weights(self.basis, self.rule)
            return state, _Points(
                self._compress(keys, mask),
                self._compress(contents, mask),
                None if values is None else alike(values, state),
                alike(weights.log(), state),
            )

    def _compress(self, sequence: Tensor, mask: Tensor | None) -> Tensor:
        batch, heads, length, width = sequence.shape
        if mask is not None:
            rows = sequence.transpose(1, 2).flatten(2)
            coefficients = fit_sequences(rows, mask, self.basis, self.ridge)
            return coefficients.unflatten(2, (heads, width)).transpose(1, 2)
        # One fit for all sequences of a batch and all heads, [B, H, L, d] → [B, H, N, d]: they share the design.
        side_by_side = sequence.permute(2, 0, 1, 3).reshape(length, batch * heads * width)
        times = frame_times(length, sequence.device)
        coefficients = fit_coefficients(side_by_side, times, self.basis, self.ridge)
        return coefficients.reshape(self.basis.count, batch, heads, width).permute(1, 2, 0, 3)


def _renew_rule(layer: ContinuousHopfieldLayer, _: Any) -> None:
    """Bins that came from a ``state_dict`` are integrated over as they are."""
    layer.rule = layer.integration.quadrature(layer.basis, _DOMAIN)
