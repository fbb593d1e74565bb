"""What the two Hopfield networks share: one energy, and the descent it gives rise to."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, overload

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from amcore.torch.autocast import in_own_precision, wide
from chmnet._exact import alike, kept_wide
from chmnet._settings import Restored
from chmnet._validation import (
    has_values,
    require_at_least,
    require_finite,
    require_frames,
    require_offset,
    require_positive,
    require_query,
    require_range,
    require_scale,
)

__all__ = ["HopfieldNetwork", "Memory", "Retrieval"]

_STEPS, _MOST_STEPS = 1, 100
_LEAST = -1e4

_DERIVED = ("log_weights", "values", "offset")
"""What casting to half precision leaves in float32."""


@dataclass(frozen=True)
class Retrieval:
    """What updates until a tolerance came to.

    Attributes:
        states: The last state of each query, [*B, D].
        steps: How many updates each has taken, [*B].
        converged: Whether the last of them moved it by no more than the tolerance.
    """

    states: Float[Tensor, "*B D"]
    steps: Int[Tensor, "*B"]
    converged: Bool[Tensor, "*B"]


class HopfieldNetwork(Restored):
    r"""A memory as a weighted set of similarities, and the energy over it.

    .. math:: E(q) = -\frac1\beta \log \sum_p w_p \exp(\beta s_p(q)) + \tfrac12 \lVert q \rVert^2,
              \qquad \sum_p w_p = 1

    The weights sum to 1. That settles the papers' free constant: the first term is the logarithm of a *mean*
    of exponentials, so energies of memories of different sizes, discrete or continuous, compare.
    One CCCP step minimises the second term plus the linearised first, and never raises E.

    Half precision halves what a memory takes; similarities, weights and energies are float32 all the same, also
    inside an autocast region. ``load_state_dict`` takes what was saved, whatever was in its place: β, any number of
    rows, weights, offset, domain and basis.

    Attributes:
        beta: Inverse temperature β.
        memory: What the network holds: frames, or coefficients of a basis; its last axis is D.
        log_weights: log w_p, in the memory's type or float32.
        offset: A constant added to the similarity with each row of the memory, or None.

    Source: Santos et al. (2025), equations 1, 2, 6 and 7.
    """

    beta: float
    memory: Tensor
    log_weights: Tensor
    offset: Tensor | None
    _largest: float

    @abstractmethod
    def similarity(self, q: Float[Tensor, "*B D"]) -> Float[Tensor, "*B P"]:
        """s_p(q) of a query with every point p of the memory."""

    @abstractmethod
    def expectation(self, weights: Float[Tensor, "*B P"]) -> Float[Tensor, "*B D"]:
        """Σ_p weight_p x_p, a pattern for each set of weights over the points of the memory."""

    @in_own_precision
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
        require_query(q, self.memory, self._largest)
        q = wide(q)
        return torch.logsumexp(self._logits(q), dim=-1) / -self.beta + q.square().sum(dim=-1) / 2

    @in_own_precision
    def update(self, q: Float[Tensor, "*B D"]) -> Float[Tensor, "*B D"]:
        r"""One CCCP step: the Gibbs expectation of the memory.

        .. math:: q' = \sum_p \frac{w_p e^{\beta s_p(q)}}{\sum_r w_r e^{\beta s_r(q)}} x_p

        Args:
            q: States, any number of batch axes.

        Returns:
            The next states.

        Raises:
            TypeError: If q is not of the memory's type.
            ValueError: If q has another width than the memory, or is not finite or too large for its type.
        """
        require_query(q, self.memory, self._largest)
        return self._step(wide(q)).to(q.dtype)

    @overload
    def retrieve(
        self, q: Float[Tensor, "*B D"], steps: int | None = None, *, chunk: int | None = None
    ) -> Float[Tensor, "*B D"]: ...

    @overload
    def retrieve(
        self,
        q: Float[Tensor, "*B D"],
        steps: int | None = None,
        *,
        tolerance: float,
        chunk: int | None = None,
    ) -> Retrieval: ...

    @in_own_precision
    def retrieve(
        self,
        q: Float[Tensor, "*B D"],
        steps: int | None = None,
        *,
        tolerance: float | None = None,
        chunk: int | None = None,
    ) -> Float[Tensor, "*B D"] | Retrieval:
        """Several updates in a row.

        While a graph is traced (`torch.compile`, `torch.export`, `torch.func`) all ``steps`` are taken also with a
        tolerance, for the number may not depend on what the queries hold; a state that has converged stays, so
        the answers are the same.

        Args:
            q: Queries, any number of batch axes.
            steps: Number of updates, 1 if None; 0 gives the queries back. With a tolerance the largest number, 100 if
                None.
            tolerance: A state has converged, and is left there, when an update moves it by at most this share of its
                length (or of 1); no state is looked at if None.
            chunk: Queries taken at once, which bounds the memory in use; all of them if None.

        Returns:
            The states after the last update; with a tolerance a `Retrieval`, which tells the number of updates and
            the convergence of each.

        Raises:
            TypeError: If q is not of the memory's type.
            ValueError: If q has another width than the memory, or is not finite or too large for its type; if
                ``steps`` is negative, ``chunk`` below 1, or the tolerance not above 0.
        """
        require_query(q, self.memory, self._largest)
        if steps is None:
            steps = _STEPS if tolerance is None else _MOST_STEPS
        steps = require_at_least("steps", steps, 0)
        if tolerance is not None:
            require_positive("tolerance", tolerance)
        if chunk is None:
            found = self._descend(wide(q), steps, tolerance)
        else:
            chunk = require_at_least("chunk", chunk, 1)
            rows = wide(q).reshape(-1, q.shape[-1])
            states = torch.empty_like(rows)
            taken = torch.empty(len(rows), dtype=torch.int64, device=q.device)
            converged = torch.empty(len(rows), dtype=torch.bool, device=q.device)
            for start in range(0, len(rows), chunk):
                part = slice(start, start + chunk)
                found = self._descend(rows[part], steps, tolerance)
                states[part], taken[part], converged[part] = found.states, found.steps, found.converged
            found = Retrieval(
                states.reshape(q.shape), taken.reshape(q.shape[:-1]), converged.reshape(q.shape[:-1])
            )
        states = found.states.to(q.dtype)
        return states if tolerance is None else Retrieval(states, found.steps, found.converged)

    @in_own_precision
    def trajectory(self, q: Float[Tensor, "*B D"], steps: int) -> Float[Tensor, "S *B D"]:
        """All states on the way.

        Args:
            q: Queries, any number of batch axes.
            steps: Number of updates.

        Returns:
            The queries, then the states after each update: S = steps + 1.

        Raises:
            TypeError: If q is not of the memory's type.
            ValueError: If q has another width than the memory, or is not finite or too large for its type; if
                ``steps`` is negative.
        """
        require_query(q, self.memory, self._largest)
        states = [wide(q)]
        for _ in range(require_at_least("steps", steps, 0)):
            states.append(self._step(states[-1]))
        return torch.stack(states).to(q.dtype)

    def _logits(self, q: Tensor) -> Tensor:
        return self.beta * self.similarity(q) + self.log_weights

    def _step(self, q: Tensor) -> Tensor:
        return self.expectation(self._logits(q).softmax(dim=-1))

    def _descend(self, q: Tensor, steps: int, tolerance: float | None) -> Retrieval:
        taken = torch.full(q.shape[:-1], steps, dtype=torch.int64, device=q.device)
        converged = torch.zeros(q.shape[:-1], dtype=torch.bool, device=q.device)
        if tolerance is None:
            for _ in range(steps):
                q = self._step(q)
            return Retrieval(q, taken, converged)
        watched = has_values(q, self.memory)
        for step in range(1, steps + 1):
            # What has converged stays where it is: an answer does not depend on its company.
            moved = torch.where(converged[..., None], q, self._step(q))
            still = (moved - q).detach().norm(dim=-1) <= tolerance * q.detach().norm(dim=-1).clamp(min=1)
            taken = torch.where(still & ~converged, step, taken)
            converged = converged | still
            q = moved
            if watched and bool(converged.all()):
                break
        return Retrieval(q, taken, converged)

    def _hold(
        self,
        name: str,
        memory: Tensor,
        beta: float,
        offset: Tensor | None,
        log_weights: Tensor,
        values: Tensor | None = None,
    ) -> None:
        """Keep what a constructor was given, once the memory has been checked."""
        require_scale("beta", beta)
        size = require_frames(name, memory)
        self._largest = require_range(name, memory, size, beta, require_offset(offset, memory))
        like = wide(memory[:0])
        self.beta = beta
        self.register_buffer("memory", memory)
        self.register_buffer("offset", None if offset is None else alike(offset, like))
        self.register_buffer("values", None if values is None else alike(values, like))
        self.register_buffer("log_weights", alike(log_weights, like))

    def _restore_memory(self, beta: Any, found: dict[str, Tensor]) -> int:
        """Check and make room for what was saved of a memory, and take β; gives the number of rows."""
        require_scale("beta", beta)
        memory = found.get("memory", self.memory)
        width = self.memory.shape[1]
        if memory.ndim != 2 or memory.shape[1] != width or not len(memory):
            raise ValueError(f"must hold a memory of width {width}, but has shape {tuple(memory.shape)}")
        rows = len(memory)
        size = require_frames("memory", memory.detach().to(self.memory.dtype))
        points = found["values"].shape[-1] if "values" in found else rows
        for name, shape in (("values", (rows, points)), ("log_weights", (points,)), ("offset", (rows,))):
            if name in found and found[name].shape != shape:
                raise ValueError(
                    f"must hold {name} of shape {shape}, but has shape {tuple(found[name].shape)}"
                )
        offset = require_finite("offset", found["offset"]) if "offset" in found else 0.0
        require_finite("values", found.get("values", memory[:0]))
        # A point of weight 0 has a logarithm of minus infinity, and nothing else may be without end.
        require_finite("log_weights", found.get("log_weights", memory[:0]).clamp(min=_LEAST))
        self._largest = require_range("memory", memory, size, beta, offset)
        self.beta = beta
        for name in ("values", "offset"):
            # What was not saved with a memory does not belong to it.
            there = found.get(name)
            if there is not None and getattr(self, name) is None:
                setattr(self, name, wide(self.memory[:0]).detach().new_empty(there.shape))
            elif there is None and "memory" in found:
                setattr(self, name, None)
        return rows

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        derived = (self._buffers.get(name) for name in _DERIVED)
        return super()._apply(kept_wide(fn, *derived), recurse)


Memory = Callable[[Tensor], HopfieldNetwork]
"""What builds a network from frames [L, D], linearly: no coefficient may depend on the frames."""
