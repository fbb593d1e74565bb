"""Recall: following a memory's dynamics from a cue to what it remembers."""

from collections.abc import Callable
from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float, Int

from hkam.memory import AbstractMemory
from hkam.sphere import has_unit_rows

__all__ = ["STATUS_MESSAGES", "Recall", "recall"]

STEADY, MOVING, STEP_LIMIT, NOT_FINITE, BAD_CUE = range(5)

STATUS_MESSAGES: tuple[str, ...] = (
    "steady: the state no longer moves",
    "moving: the end of the time interval came before a steady state",
    "step limit: the solver used up its steps before the end of the time interval",
    "not finite: the state has NaN or infinite entries",
    "bad cue: the first state is not finite or has rows that are not unit vectors",
)
"""What each status code of `Recall` means."""

PAPER_SOLVER = diffrax.Tsit5()
PAPER_CONTROLLER = diffrax.PIDController(rtol=1e-3, atol=1e-6)
PAPER_FIRST_STEP = 1e-2
PAPER_MAX_STEPS = 5000


class Recall(eqx.Module):
    """What a recall ended with.

    Args:
        state: The last state.
        trajectory: States at ``times`` along a first axis, if times were asked for. After an early stop or a step
            limit, later entries repeat the last state.
        times: The times asked for.
        time: When the last state was reached.
        status: Index into `STATUS_MESSAGES`.
        speed: How fast the fastest unit of the last state moves, seen from the rotating frame if the oscillators
            share a rotation.
        steps: Steps the solver tried.
        rejected: Steps it took back.
    """

    state: Any
    trajectory: Any
    times: Float[Array, "T"] | None
    time: Float[Array, "*batch"]
    status: Int[Array, "*batch"]
    speed: Float[Array, "*batch"]
    steps: Int[Array, "*batch"]
    rejected: Int[Array, "*batch"]

    @property
    def converged(self) -> Bool[Array, "*batch"]:
        """Whether a steady state was reached."""
        return self.status == STEADY

    @property
    def message(self) -> str:
        """The status of a single recall in words."""
        return STATUS_MESSAGES[int(self.status)]


def recall(
    memory: AbstractMemory[Any],
    state: Any,
    t1: float | Float[Array, ""] = 1.0,
    *,
    times: Float[Array, "T"] | None = None,
    solver: diffrax.AbstractSolver = PAPER_SOLVER,
    controller: diffrax.AbstractStepSizeController = PAPER_CONTROLLER,
    first_step: float = PAPER_FIRST_STEP,
    max_steps: int = PAPER_MAX_STEPS,
    steady_speed: float = 1e-3,
    stop_when_steady: bool = False,
    rotating_frame: bool = False,
    adjoint: diffrax.AbstractAdjoint | None = None,
) -> Recall:
    """Follow a memory's dynamics from a state at time 0.

    Composes with ``jit``, ``vmap`` and reverse-mode ``grad``. Oscillators are put back onto the sphere after every
    step, so that their length never drifts. Nothing is raised for what happens on the way: the status tells.

    Args:
        memory: What to recall from.
        state: The cue, of the memory's kind of state.
        t1: End of the time interval, positive.
        times: Times in ``[0, t1]`` at which to keep the state as well; ``None`` keeps the last state only.
        solver: Any explicit diffrax solver; the paper's by default.
        controller: ``diffrax.ConstantStepSize()`` for steps of ``first_step``; the paper's adaptive one by default.
        first_step: First step, or every step.
        max_steps: Steps after which to give up.
        steady_speed: A state counts as steady once no unit moves faster, per unit of time. An adaptive solver hovers
            about a steady state by its tolerance, so a small speed wants a tight controller.
        stop_when_steady: Whether to stop there instead of going on to ``t1``.
        rotating_frame: Whether to solve in the frame that turns with Ω and turn the result back: exact, and the solver
            need not follow the rotation.
        adjoint: How to differentiate: any of diffrax that keeps the steps, by default recursive checkpointing.
            ``diffrax.ForwardMode()`` allows ``jax.jvp``, ``diffrax.DirectAdjoint()`` both modes.

    Returns:
        The last state, the trajectory if asked for, and how it went.

    Raises:
        ValueError: If the state does not fit the memory, ``t1`` or ``first_step`` is not positive, ``times`` do not
            rise or leave ``[0, t1]``, or a rotating frame is asked for where oscillators have different Ω_i.

    Source: "Binding threshold units with artificial oscillatory neurons", Appendix F.1 (solver) and B.1 (frame).
    """
    memory.check_state(state)
    for name, value in (("t1", t1), ("first_step", first_step)):
        if not isinstance(value, Tracer) and not float(value) > 0:
            raise ValueError(f"{name} must be positive, but is {float(value)}")
    if times is not None and not isinstance(times, Tracer) and not isinstance(t1, Tracer):
        stations = np.asarray(times)
        if np.any(np.diff(stations) < 0) or not np.all((stations >= 0) & (stations <= float(t1))):
            raise ValueError(f"times must rise and lie between 0 and t1 = {float(t1)}, but are {stations}")
    # A memory of higher precision than its cue decides the precision.
    field = jax.eval_shape(lambda y: memory.vector_field(0.0, y), state)
    state = jax.tree.map(lambda leaf, slope: leaf.astype(slope.dtype), state, field)
    frame = memory.rotation if rotating_frame else None
    moving = memory.without_rotation() if frame is not None else memory
    seen = _seen_at_rest(memory)

    def speed(y: Any) -> Float[Array, ""]:
        velocity = jax.tree.leaves(_magnitudes(seen.vector_field(0.0, y)))
        return jnp.max(jnp.stack([jnp.max(leaf, initial=0.0) for leaf in velocity]))

    def is_steady(t: Any, y: Any, args: Any, **_: Any) -> Bool[Array, ""]:  # noqa: ARG001
        return speed(y) < steady_speed

    dtype = jnp.result_type(*jax.tree.leaves(state))
    end = jnp.asarray(t1, dtype)
    kept = [diffrax.SubSaveAt(t1=True)]
    if times is not None:
        kept.append(diffrax.SubSaveAt(ts=times.astype(dtype)))
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(lambda t, y, args: moving.vector_field(t, y, args)),
        _OnSphere(solver, moving.retract),
        jnp.zeros((), dtype),
        end,
        jnp.asarray(first_step, dtype),
        state,
        stepsize_controller=controller,
        saveat=diffrax.SaveAt(subs=kept),
        event=diffrax.Event(is_steady) if stop_when_steady else None,
        max_steps=max_steps,
        adjoint=diffrax.RecursiveCheckpointAdjoint() if adjoint is None else adjoint,
        throw=False,
    )
    stops, ends = solution.ts, solution.ys
    assert stops is not None
    assert ends is not None
    time = stops[0][0]
    final = jax.tree.map(lambda leaf: leaf[0], ends[0])
    trajectory = None
    if times is not None:
        reached = (stops[1] <= end) & jnp.isfinite(stops[1])
        trajectory = jax.tree.map(
            lambda path, stop: jnp.where(reached.reshape(-1, *[1] * stop.ndim), path, stop), ends[1], final
        )
        # Between steps the solver interpolates, and an interpolant leaves the sphere.
        trajectory = jax.vmap(moving.retract)(trajectory)
        if frame is not None:
            trajectory = jax.vmap(_turn, in_axes=(0, None, 0))(
                trajectory, frame, jnp.where(reached, times, time)
            )
    if frame is not None:
        final = _turn(final, frame, time)
    final_speed = speed(final)
    gave_up = solution.result == diffrax.RESULTS.max_steps_reached
    status = jnp.where(final_speed < steady_speed, STEADY, jnp.where(gave_up, STEP_LIMIT, MOVING))
    status = jnp.where(_is_finite(final), status, NOT_FINITE)
    status = jnp.where(_is_sound(state), status, BAD_CUE)
    counts = solution.stats
    return Recall(
        final, trajectory, times, time, status, final_speed, counts["num_steps"], counts["num_rejected_steps"]
    )


class _OnSphere(diffrax.AbstractWrappedSolver):
    """Puts the state back onto the sphere after every step of a solver."""

    solver: diffrax.AbstractSolver  # pyright: ignore[reportIncompatibleVariableOverride]
    retract: Callable[[Any], Any]
    scan_kind: str | None = (
        None  # diffrax writes here what kind of loop an adjoint needs inside Runge–Kutta steps
    )

    @property
    def term_structure(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.solver.term_structure

    @property
    def interpolation_cls(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self.solver.interpolation_cls

    @property
    def term_compatible_contr_kwargs(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.solver.term_compatible_contr_kwargs

    def order(self, terms: Any) -> int | None:
        return self.solver.order(terms)

    def strong_order(self, terms: Any) -> Any:
        return self.solver.strong_order(terms)

    def error_order(self, terms: Any) -> Any:
        return self.solver.error_order(terms)

    def init(self, terms: Any, t0: Any, t1: Any, y0: Any, args: Any) -> Any:
        return self.solver.init(terms, t0, t1, y0, args)

    def step(
        self, terms: Any, t0: Any, t1: Any, y0: Any, args: Any, solver_state: Any, made_jump: Any
    ) -> tuple[Any, Any, Any, Any, Any]:
        solver = self.solver
        if self.scan_kind is not None:
            solver = eqx.tree_at(
                lambda inner: inner.scan_kind, solver, self.scan_kind, is_leaf=lambda leaf: leaf is None
            )
        y1, error, dense, solver_state, result = solver.step(terms, t0, t1, y0, args, solver_state, made_jump)
        # A solver that reuses its last stage stays consistent: the fields depend on the rows' directions only.
        return self.retract(y1), error, dense, solver_state, result

    def func(self, terms: Any, t0: Any, y0: Any, args: Any) -> Any:
        return self.solver.func(terms, t0, y0, args)


def _seen_at_rest(memory: AbstractMemory[Any]) -> AbstractMemory[Any]:
    """Return the memory from its rotating frame where it has one: a state that only rotates is steady."""
    try:
        rotates = memory.rotation is not None
    except ValueError:
        return memory
    # Phases have no matrix Ω; that their frequencies are equal shows in the theorem's conditions.
    return memory.without_rotation() if rotates or not memory.broken_conditions else memory


def _magnitudes(velocity: Any) -> Any:
    """Return how fast each unit moves: for an oscillator the length of its velocity, which no rotation changes."""
    entries = jax.tree.map(jnp.abs, velocity)
    if not hasattr(velocity, "mu"):
        return entries
    return eqx.tree_at(lambda tree: tree.mu, entries, jnp.linalg.norm(velocity.mu, axis=-1))


def _turn(state: Any, omega: Float[Array, "D1 D1"], time: Float[Array, ""]) -> Any:
    turned = state.mu @ jax.scipy.linalg.expm(omega * time).T
    return eqx.tree_at(lambda tree: tree.mu, state, turned)


def _is_finite(state: Any) -> Bool[Array, ""]:
    return jnp.all(jnp.stack([jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(state)]))


def _is_sound(state: Any) -> Bool[Array, ""]:
    mu = getattr(state, "mu", None)
    return _is_finite(state) if mu is None else _is_finite(state) & has_unit_rows(mu)
