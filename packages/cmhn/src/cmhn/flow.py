"""The gradient flow of an energy, by an ODE solver."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor
from torchdiffeq import odeint

from cmhn._validation import exporting, has_values, require_positive
from cmhn.energies import Energy
from cmhn.updates import Step, Update, stay

__all__ = ["GradientFlow"]


@dataclass(frozen=True)
class GradientFlow(Update):
    r"""Continuous time: states run down the gradient of the energy.

    .. math:: \dot x^{(c)} = -\frac{\partial E}{\partial x^{(c)}} = h^{(c)} - (A x)^{(c)}, \qquad
              \dot E = -\lVert \nabla E \rVert^2 \le 0

    One step is a stretch of time, cut as finely as the solver's tolerances ask for. It works for every energy, the
    linear one too, whose states run away where γ leaves them free to. The solver chooses its steps by the values it
    meets, so a flow is no part of a graph that is traced whole.

    Args:
        duration: Time that one step takes, in units in which ½‖x‖² decays as e⁻ᵗ.
        relative_tolerance: Local error allowed, relative to the state.
        absolute_tolerance: Local error allowed.

    Raises:
        ValueError: If a setting is not above 0.

    Source: proposal, section 3.2, with the sum over memories that its equation drops; Dormand and Prince, 1980.
    """

    duration: float = 1.0
    relative_tolerance: float = 1e-5
    absolute_tolerance: float = 1e-6

    def __post_init__(self) -> None:
        require_positive("duration", self.duration)
        require_positive("relative_tolerance", self.relative_tolerance)
        require_positive("absolute_tolerance", self.absolute_tolerance)

    def prepare(
        self,
        energy: Energy,
        names: Collection[str],
        clamped: Collection[str],
        *,
        known: Collection[str] | None = None,
    ) -> Step:
        """Compute A once.

        Args:
            energy: The energy to descend.
            names: The modalities of the states, in order.
            clamped: Those that are held.
            known: Those that have a cue, for which a norm offset counts; all if None.

        Raises:
            TypeError: If a graph is exported or `torch.func` transforms the step.
            ValueError: When a step is taken, if γ is so large that the solver cannot follow.
        """
        given: dict[str, Any] = {} if known is None else {"known": known}
        free = [name for name in names if name not in clamped]
        held = [name for name in names if name in clamped]
        if not free:
            return stay
        widths = [energy.memory.widths[name] for name in free]
        size = sum(widths)
        slope = energy.curvature([*free, *held])[:size]

        def step(states: Mapping[str, Tensor], _: Mapping[str, Tensor]) -> dict[str, Tensor]:
            still = {name: states[name] for name in held}

            def velocity(_: Tensor, joint: Tensor) -> Tensor:
                moving = {**still, **dict(zip(free, joint.split(widths, dim=1), strict=True))}
                force = energy.attraction(moving, potential=False, **given).force
                whole = torch.cat([joint, *still.values()], dim=1)
                return torch.cat([force[name] for name in free], dim=1) - whole @ slope.mT

            start = torch.cat([states[name] for name in free], dim=1)
            if exporting() or not (has_values(start) or torch.compiler.is_compiling()):
                raise TypeError(
                    "update must be one whose steps can be traced, as a HarmonicUpdate, but is a GradientFlow: "
                    "its solver chooses its steps by the values it meets"
                )
            if len(start) == 0:
                return dict(states)
            times = torch.tensor([0.0, self.duration], dtype=start.dtype, device=start.device)
            try:
                path = odeint(
                    velocity,
                    start,
                    times,
                    rtol=self.relative_tolerance,
                    atol=self.absolute_tolerance,
                    method="dopri5",
                )
            except AssertionError as error:
                # How the solver says that its steps have become too small for the type.
                raise ValueError(
                    f"gamma must leave a flow that can be followed in {start.dtype}, but the solver stopped "
                    f"({error}): take a smaller gamma, or a HarmonicUpdate"
                ) from error
            # Of one tensor the solver gives one; its own types leave that open.
            path = cast("Tensor", path)
            return {**still, **dict(zip(free, path[-1].split(widths, dim=1), strict=True))}

        return step
