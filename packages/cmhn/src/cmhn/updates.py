"""Discrete updates of a state: the exact harmonic step, the printed softmax step, the printed Euler step."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from cmhn._validation import require_positive
from cmhn.energies import Energy
from cmhn.factorisation import factorise, solve_factorised

__all__ = ["ACTIVATIONS", "EulerUpdate", "HarmonicUpdate", "SoftmaxUpdate", "Step", "Update", "stay"]

Step = Callable[[Mapping[str, Tensor], Mapping[str, Tensor]], dict[str, Tensor]]

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda x: x,
    "tanh": torch.tanh,
    "relu": torch.relu,
}


class Update(ABC):
    """A way of moving states; modalities that are clamped stay where they are."""

    @abstractmethod
    def prepare(
        self,
        energy: Energy,
        names: Collection[str],
        clamped: Collection[str],
        *,
        known: Collection[str] | None = None,
    ) -> Step:
        """What moves states one step, with everything constant computed once.

        Args:
            energy: The energy that the states live on.
            names: The modalities of the states, in order.
            clamped: Those that are held.
            known: Those that have a cue, for which a norm offset counts; all if None. Given where the energy has
                a norm offset.

        Returns:
            A function from states, and the memory's force h = ∇F there, to the next states.
        """


@dataclass(frozen=True)
class HarmonicUpdate(Update):
    r"""The exact CCCP step: the memory's term linearised, the harmonic term solved.

    .. math:: x^+ = A^{-1} h(x), \qquad A = I + 2\gamma H(W), \qquad h = \nabla F(x)

    With some cues K clamped and the others F free, :math:`x_F^+ = A_{FF}^{-1} (h_F - A_{FK} x_K)`. A is constant:
    its Cholesky factor is taken once, and a step costs a softmax recall and two triangular solves.

    **The energy never rises.** E(x) = ½xᵀAx − F(x), with F convex (a log-sum-exp of affine functions). Let x be a
    state and y another with the same clamped part. Convexity gives F(y) ≥ F(x) + ⟨h(x), y − x⟩, so

    .. math:: E(y) \le Q(y) := \tfrac12 y^\top A y - F(x) - \langle h(x), y - x \rangle, \qquad Q(x) = E(x)

    A_FF is at least I, so Q is strictly convex in the free part, and its only minimum is where
    A_FF y_F + A_FK x_K = h_F: that is x⁺. Hence E(x⁺) ≤ Q(x⁺) ≤ Q(x) = E(x). And Q is quadratic with its minimum at
    x⁺, so Q(x) − Q(x⁺) = ½(x − x⁺)_Fᵀ A_FF (x − x⁺)_F, and

    .. math:: E(x) - E(x^+) \ge \tfrac12 \lVert x - x^+ \rVert^2

    E is bounded below (F grows linearly, the quadratic faster), so steps are square-summable, they go to 0, and
    every limit point satisfies A_FF x_F + A_FK x_K = h_F(x): the gradient of E in the free part is 0 there. ∎

    Source: Yuille and Rangarajan, *The concave-convex procedure*, 2003; for γ = 0, Ramsauer et al. (2020), theorem 1.
    """

    def prepare(
        self,
        energy: Energy,
        names: Collection[str],
        clamped: Collection[str],
        *,
        known: Collection[str] | None = None,  # noqa: ARG002 — the force that a step is given tells already
    ) -> Step:
        """Factorise A of the free modalities.

        Args:
            energy: An energy with the term ½‖x‖².
            names: The modalities of the states, in order.
            clamped: Those that are held.
            known: Those that have a cue.

        Raises:
            TypeError: If the energy is linear: it has no minimum to step to.
            ValueError: If γ is so large that A cannot be factorised.
        """
        if not energy.curved:
            raise TypeError(
                "energy must have the term ½‖x‖² for a HarmonicUpdate, "
                f"but {type(energy).__name__} has none and may have no minimum"
            )
        free = [name for name in names if name not in clamped]
        held = [name for name in names if name in clamped]
        if not free:
            return stay
        widths = [energy.memory.widths[name] for name in free]
        curvature = energy.curvature([*free, *held])
        size = sum(widths)
        factor = factorise("gamma", curvature[:size, :size])
        pull = curvature[:size, size:]

        def step(states: Mapping[str, Tensor], force: Mapping[str, Tensor]) -> dict[str, Tensor]:
            target = torch.cat([force[name] for name in free], dim=1)
            if held:
                target = target - torch.cat([states[name] for name in held], dim=1) @ pull.mT
            moved = solve_factorised(target.mT, factor).mT.split(widths, dim=1)
            return {**states, **dict(zip(free, moved, strict=True))}

        return step


@dataclass(frozen=True)
class SoftmaxUpdate(Update):
    r"""The proposal's discrete update: a recall and the other modalities' predictions, added.

    .. math:: x^{(c)} \leftarrow \sigma\Bigl(h^{(c)} + \sum_{d \ne c} W_{cd} x^{(d)}\Bigr), \qquad
              h^{(c)} = M^{(c)\top} \mathrm{softmax}(\beta M^{(c)} x^{(c)}), \quad M^{(c)} \in \mathbb{R}^{N \times d_c}

    All modalities move at once, from the same states. With a `SeparableEnergy` h is that of the proposal, with a
    `JointEnergy` its assignment is shared. Nothing makes the energy fall, γ plays no part, and with the identity for σ
    states may grow without bound.

    Args:
        activation: σ: ``identity``, ``tanh`` or ``relu``.

    Raises:
        ValueError: If the activation is none of these.

    Source: proposal, section 3.2, its second equation, whose Mᵀ and M are exchanged against M = [m_1 … m_N].
    """

    activation: str = "identity"

    def __post_init__(self) -> None:
        _require_activation(self.activation)

    def prepare(
        self,
        energy: Energy,
        names: Collection[str],
        clamped: Collection[str],
        *,
        known: Collection[str] | None = None,  # noqa: ARG002 — the force that a step is given tells already
    ) -> Step:
        """The step; nothing is constant.

        Args:
            energy: The energy that gives the recall h.
            names: The modalities of the states.
            clamped: Those that are held.
            known: Those that have a cue.
        """
        free = [name for name in names if name not in clamped]
        squash = ACTIVATIONS[self.activation]

        def step(states: Mapping[str, Tensor], force: Mapping[str, Tensor]) -> dict[str, Tensor]:
            moved = {name: squash(force[name] + energy.couplings.predictions(states, name)) for name in free}
            return {**states, **moved}

        return step


@dataclass(frozen=True)
class EulerUpdate(Update):
    r"""The proposal's Euler step, projected by an activation.

    .. math:: x^{(c)} \leftarrow \sigma\Bigl(x^{(c)} + \eta\, h^{(c)}
              - 2 \eta \gamma \sum_{d \ne c} \bigl(x^{(c)} - W_{cd} x^{(d)}\bigr)\Bigr)

    As printed the first force is of one unnamed memory; here it is the energy's, h = ∇F: the sum over all memories
    for a `LinearEnergy`. The second is half of the harmonic term's gradient (that of the terms in which c comes first),
    and the term −x of ½‖x‖² is missing: this is no gradient step of any of the energies. `GradientFlow` is.

    Args:
        step_size: η.
        activation: σ: ``identity``, ``tanh`` or ``relu``.

    Raises:
        ValueError: If η is not above 0, or the activation is none of these.

    Source: proposal, section 3.2, its first equation.
    """

    step_size: float = 0.1
    activation: str = "tanh"

    def __post_init__(self) -> None:
        require_positive("step_size", self.step_size)
        _require_activation(self.activation)

    def prepare(
        self,
        energy: Energy,
        names: Collection[str],
        clamped: Collection[str],
        *,
        known: Collection[str] | None = None,  # noqa: ARG002 — the force that a step is given tells already
    ) -> Step:
        """The step; nothing is constant.

        Args:
            energy: The energy that gives the force h.
            names: The modalities of the states.
            clamped: Those that are held.
            known: Those that have a cue.
        """
        free = [name for name in names if name not in clamped]
        others = len(names) - 1
        squash = ACTIVATIONS[self.activation]

        def step(states: Mapping[str, Tensor], force: Mapping[str, Tensor]) -> dict[str, Tensor]:
            moved = {}
            for name in free:
                apart = others * states[name] - energy.couplings.predictions(states, name)
                slope = force[name] - 2 * energy.gamma * apart
                moved[name] = squash(states[name] + self.step_size * slope)
            return {**states, **moved}

        return step


def stay(states: Mapping[str, Tensor], force: Mapping[str, Tensor]) -> dict[str, Tensor]:  # noqa: ARG001
    """The step where everything is clamped."""
    return dict(states)


def _require_activation(activation: str) -> None:
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {sorted(ACTIVATIONS)}, but is {activation!r}")
