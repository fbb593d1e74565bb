"""Recall: following a memory's dynamics from a cue to what it remembers."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float, Int

from hkam._arrays import count, real_array
from hkam.batch import BatchedMemory
from hkam.hopfield_kuramoto import HopfieldKuramotoMemory
from hkam.kuramoto import AbstractPhaseMemory, KuramotoMemory
from hkam.memory import AbstractMemory
from hkam.sphere import has_unit_rows, row_lengths, unit_rows
from hkam.states import PhaseState

__all__ = ["STATUS_MESSAGES", "Recall", "recall"]

STEADY, MOVING, STEP_LIMIT, NOT_FINITE, BAD_CUE, BROKE_OFF = range(6)

STATUS_MESSAGES: tuple[str, ...] = (
    "steady: the state no longer moves",
    "moving: the end of the time interval came before a steady state",
    "step limit: the solver used up its steps before the end of the time interval",
    "not finite: the state has NaN or infinite entries",
    "bad cue: the first state is not finite or has rows that are not unit vectors",
    "broke off: the solver failed before the end of the time interval",
)
"""What each status code of `Recall` means."""

PAPER_SOLVER = diffrax.Tsit5()
PAPER_CONTROLLER = diffrax.PIDController(rtol=1e-3, atol=1e-6)
PAPER_FIRST_STEP = 1e-2
PAPER_MAX_STEPS = 5000

_ROUNDING = 1e-6  # a time in single precision may lie so far beyond the end, relative to it
_MOST_SQUARINGS = 40  # rotations by angles of up to so many powers of two: float32 has lost the angle by then


class Recall(eqx.Module):
    """What a recall ended with.

    Args:
        state: The last state.
        trajectory: States at ``times`` along a first axis, if times were asked for. After an early stop or a step
            limit, later entries repeat the last state.
        times: The times asked for.
        time: When the last state was reached.
        status: Index into `STATUS_MESSAGES`.
        speed: How fast the fastest unit of the last state moves, seen from the frame that turns with the oscillators
            (with their mean frequency, for phases).
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
    times: Float[Array, "T"] | Sequence[float] | None = None,
    solver: diffrax.AbstractSolver = PAPER_SOLVER,
    controller: diffrax.AbstractStepSizeController = PAPER_CONTROLLER,
    first_step: float | Float[Array, ""] = PAPER_FIRST_STEP,
    max_steps: int | None = PAPER_MAX_STEPS,
    steady_speed: float | Float[Array, ""] = 1e-3,
    stop_when_steady: bool = False,
    rotating_frame: bool = False,
    adjoint: diffrax.AbstractAdjoint | None = None,
) -> Recall:
    """Follow a memory's dynamics from a state at time 0.

    Compiled once for a kind of memory, a shape of state and a solver: other values, other times ``t1`` among them, use
    the same program. Composes with ``jit``, ``vmap`` and reverse-mode ``grad``. Oscillators are put back onto the
    sphere after every step, so that their length never drifts. Nothing is raised for what happens on the way: the
    status tells. Half precision is followed in single precision, and so comes back.

    Phases are solved in the frame that turns with their mean frequency and turned back, so that a common frequency
    changes no difference. Of the turn that all oscillators share, whole turns are left out: they say nothing of the
    state and would cost the differences their digits. The error is measured on the circle: an adaptive controller's
    ``rtol`` is taken of one radian, not of a phase that grows with time. Parts of a graph without a path between them
    turn at rates of their own; no one frame lets them all rest, and locked parts count as moving then.

    Args:
        memory: What to recall from.
        state: The cue, of the memory's kind of state.
        t1: End of the time interval, positive; infinite to go on until steady or out of steps.
        times: Times in ``[0, t1]`` at which to keep the state as well; ``None`` keeps the last state only.
        solver: Any diffrax solver of one equation, the paper's by default; an implicit one, such as
            ``diffrax.Kvaerno5()``, for stiff memories.
        controller: ``diffrax.ConstantStepSize()`` for steps of ``first_step``; the paper's adaptive one by default.
        first_step: First step, or every step.
        max_steps: Steps after which to give up; ``None`` for never, which allows no reverse-mode derivative.
        steady_speed: A state counts as steady once no unit moves faster, per unit of time. An adaptive solver hovers
            about a steady state by its tolerance, so a small speed wants a tight controller.
        stop_when_steady: Whether to stop there instead of going on to ``t1``.
        rotating_frame: Whether to solve in the frame that turns with Ω and turn the result back: exact, and the solver
            need not follow the rotation. For phases this is always so.
        adjoint: How to differentiate: any of diffrax that keeps the steps, by default recursive checkpointing.
            ``diffrax.ForwardMode()`` allows ``jax.jvp``, ``diffrax.DirectAdjoint()`` both modes.
            ``diffrax.ImplicitAdjoint()`` differentiates threshold units at the steady state they reached.

    Returns:
        The last state, the trajectory if asked for, and how it went.

    Raises:
        ValueError: If the state does not fit the memory; ``t1`` or ``first_step`` is not positive;
            ``times`` do not rise or leave ``[0, t1]``; ``max_steps`` is no whole number of at least 1; solver,
            controller and adjoint do not fit each other or the memory; or a rotating frame is asked for where
            oscillators have different Ω_i or the energy feels rotations.

    Source: "Binding threshold units with artificial oscillatory neurons", Appendix F.1 (solver) and B.1 (frame).
    """
    memory.check_state(state)
    values = _Values(
        t1=_time("t1", t1),
        first_step=_time("first_step", first_step),
        steady_speed=_number("steady_speed", steady_speed),
        times=None if times is None else _stations(times, t1),
    )
    if max_steps is not None:
        max_steps = count("max_steps", max_steps, least=1)
    adjoint = diffrax.RecursiveCheckpointAdjoint() if adjoint is None else adjoint
    _check_method(solver, controller, adjoint, state, times is not None)
    frame, moving = None, memory
    if rotating_frame and memory.rotation is not None:
        frame, moving = memory.rotation, memory.without_rotation()
    method = (solver, controller, adjoint)
    # Arrays of NumPy have no hash, without which no program is found again.
    memory, moving, state, method = jax.tree.map(
        lambda leaf: jnp.asarray(leaf) if isinstance(leaf, np.ndarray) else leaf,
        (memory, moving, state, method),
    )
    solve = _compiled_solve if _is_hashable((memory, moving, state, method)) else _solve
    return solve(memory, moving, frame, state, values, method, max_steps, bool(stop_when_steady))


class _Values(NamedTuple):
    """The numbers of a recall, all arrays: another value needs no other program."""

    t1: Float[Array, ""]
    first_step: Float[Array, ""]
    steady_speed: Float[Array, ""]
    times: Float[Array, "T"] | None


class _Dynamics(NamedTuple):
    """What the solver's functions are given to work with: adjoints see no values that come another way."""

    moving: AbstractMemory[Any]
    memory: AbstractMemory[Any]
    steady_speed: Float[Array, ""]


def _field(t: Any, state: Any, dynamics: _Dynamics) -> Any:
    return dynamics.moving.vector_field(t, state)


def _is_steady(t: Any, state: Any, dynamics: _Dynamics, **_: Any) -> Bool[Array, ""]:  # noqa: ARG001
    return _speed(dynamics.memory, state) < dynamics.steady_speed


def _solve(
    memory: AbstractMemory[Any],
    moving: AbstractMemory[Any],
    frame: Float[Array, "D1 D1"] | None,
    state: Any,
    values: _Values,
    method: tuple[diffrax.AbstractSolver, diffrax.AbstractStepSizeController, diffrax.AbstractAdjoint],
    max_steps: int | None,
    stop_when_steady: bool,
) -> Recall:
    solver, controller, adjoint = method
    of_phases = isinstance(state, PhaseState)
    if of_phases:
        frame, moving = _mean_frequency(memory)
        controller = _on_the_circle(controller)
    # A memory of higher precision than its cue decides the precision; steps of half precision would be lost in time.
    field = jax.eval_shape(lambda y: moving.vector_field(0.0, y), state)
    state = jax.tree.map(
        lambda leaf, slope: leaf.astype(jnp.promote_types(slope.dtype, jnp.float32)), state, field
    )
    dtype = jnp.result_type(*jax.tree.leaves(state))
    end, times = values.t1.astype(dtype), values.times
    saveat = diffrax.SaveAt(t1=True)
    if times is not None:
        stations = times.astype(dtype)
        stations = jnp.where(stations <= end * (1 + _ROUNDING), jnp.minimum(stations, end), stations)
        saveat = diffrax.SaveAt(subs=[diffrax.SubSaveAt(t1=True), diffrax.SubSaveAt(ts=stations)])
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(_field),
        _OnSphere(solver, moving.retract),
        jnp.zeros((), dtype),
        end,
        values.first_step.astype(dtype),
        state,
        _Dynamics(moving, memory, values.steady_speed.astype(dtype)),
        stepsize_controller=controller,
        saveat=saveat,
        event=diffrax.Event(_is_steady) if stop_when_steady else None,
        max_steps=max_steps,
        adjoint=adjoint,
        throw=False,
    )
    arrived, final = _kept(solution, 0 if times is not None else None)
    time, final = arrived[0], jax.tree.map(lambda leaf: leaf[0], final)
    trajectory = None
    if times is not None:
        arrivals, path = _kept(solution, 1)
        reached = (arrivals <= end) & jnp.isfinite(arrivals)
        trajectory = jax.tree.map(
            lambda path, stop: jnp.where(reached.reshape(-1, *[1] * stop.ndim), path, stop), path, final
        )
        # Between steps the solver interpolates, and an interpolant leaves the sphere.
        trajectory = jax.vmap(moving.retract)(trajectory)
        if frame is not None:
            moments = jnp.where(reached, times.astype(dtype), time)
            trajectory = jax.vmap(_turn, in_axes=(0, None, 0))(trajectory, frame, moments)
    if frame is not None:
        final = _turn(final, frame, time)
    speed = _speed(memory, final)
    return Recall(
        state=final,
        trajectory=trajectory,
        times=times,
        time=time,
        status=_status(solution.result, state, final, speed < values.steady_speed),
        speed=speed,
        steps=solution.stats["num_steps"],
        rejected=solution.stats["num_rejected_steps"],
    )


def _kept(solution: diffrax.Solution, place: int | None) -> tuple[Any, Any]:
    """Return the times and states that one part of a solution kept, or the only part."""
    # All that is asked of the solver here saves times and states; its own types leave that open.
    times, states = cast("tuple[Any, Any]", (solution.ts, solution.ys))
    return (times, states) if place is None else (times[place], states[place])


def _status(result: Any, first: Any, last: Any, is_steady: Bool[Array, ""]) -> Int[Array, ""]:
    gave_up = result == diffrax.RESULTS.max_steps_reached
    went_on = (result == diffrax.RESULTS.successful) | diffrax.is_event(result)
    status = jnp.where(went_on, MOVING, jnp.where(gave_up, STEP_LIMIT, BROKE_OFF))
    status = jnp.where(is_steady, STEADY, status)
    status = jnp.where(_is_finite(last), status, NOT_FINITE)
    return jnp.where(_is_sound(first), status, BAD_CUE)


_compiled_solve = eqx.filter_jit(_solve)


def _is_hashable(inputs: Any) -> bool:
    """Tell whether a compiled program can be found again for these inputs; a memory may hold what has no hash."""
    leaves, structure = jax.tree.flatten(inputs)
    try:
        hash(structure)
        for leaf in leaves:
            if not eqx.is_array(leaf):
                hash(leaf)
    except TypeError:
        return False
    return True


def _number(name: str, value: Any) -> Float[Array, ""]:
    """Return one number in the default precision, whatever it came as, so that all share one program."""
    number = real_array(name, value)
    if number.ndim:
        raise ValueError(f"{name} must be one number, but has shape {number.shape}")
    if not isinstance(number, Tracer) and np.isnan(np.asarray(number, dtype=float)):
        raise ValueError(f"{name} must be a number, but is NaN")
    return number.astype(jnp.result_type(float))


def _time(name: str, value: Any) -> Float[Array, ""]:
    time = _number(name, value)
    if not isinstance(time, Tracer) and not float(time) > 0:
        raise ValueError(f"{name} must be positive, but is {float(time)}")
    return time


def _stations(times: Any, t1: Any) -> Float[Array, "T"]:
    stations = real_array("times", times)
    if stations.ndim != 1:
        raise ValueError(f"times must be a row of numbers, but has shape {stations.shape}")
    if not isinstance(stations, Tracer) and not isinstance(t1, Tracer):
        # A time that was rounded to single precision may lie beyond the end it stands for.
        values, end = np.asarray(stations), np.asarray(float(t1)).astype(stations.dtype)
        if np.any(np.diff(values) < 0) or not np.all((values >= 0) & (values <= end)):
            raise ValueError(f"times must rise and lie between 0 and t1 = {float(t1)}, but are {values}")
    return stations


def _check_method(solver: Any, controller: Any, adjoint: Any, state: Any, keeps_times: bool) -> None:
    """Refuse by name what diffrax would refuse from inside, or would answer wrongly."""
    for name, value, kind in (
        ("solver", solver, diffrax.AbstractSolver),
        ("controller", controller, diffrax.AbstractStepSizeController),
        ("adjoint", adjoint, diffrax.AbstractAdjoint),
    ):
        if not isinstance(value, kind):
            wanted = f"one of diffrax, such as diffrax.{_EXAMPLES[name]}"
            raise ValueError(f"{name} must be {wanted}, but is {value!r}")
    _check_solver(solver, controller)
    _check_adjoint(adjoint, state, keeps_times)


_EXAMPLES = {"solver": "Tsit5()", "controller": "ConstantStepSize()", "adjoint": "DirectAdjoint()"}


def _check_solver(solver: Any, controller: Any) -> None:
    name, adaptive = type(solver).__name__, isinstance(controller, diffrax.AbstractAdaptiveStepSizeController)
    whole = solver.term_structure
    if not (isinstance(whole, type) and issubclass(diffrax.ODETerm, whole)):
        raise ValueError(f"solver must take the equation as a whole, but {name} wants it split in parts")
    if isinstance(controller, diffrax.StepTo):
        raise ValueError(
            "controller must choose steps from first_step on, as ConstantStepSize does, but is StepTo"
        )
    if adaptive and not isinstance(solver, diffrax.AbstractAdaptiveSolver):
        raise ValueError(
            f"solver {name} estimates no error, so controller must be diffrax.ConstantStepSize(), "
            f"but is {type(controller).__name__}"
        )
    if not isinstance(solver, diffrax.AbstractImplicitSolver):
        return
    if isinstance(solver, diffrax.HalfSolver):
        raise ValueError(
            f"solver must not halve the steps of an implicit one, but is HalfSolver of {type(solver.solver).__name__}"
        )
    finder = solver.root_finder
    unset = not (callable(getattr(finder, "norm", None)) and all(map(_is_number, _tolerances(finder))))
    if unset and not adaptive:
        raise ValueError(
            f"solver {name} is implicit and takes its tolerance from an adaptive controller such as "
            f"diffrax.PIDController(rtol=1e-3, atol=1e-6), but controller is {type(controller).__name__}"
        )


def _tolerances(finder: Any) -> tuple[Any, Any]:
    return getattr(finder, "rtol", None), getattr(finder, "atol", None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) or eqx.is_array(value)


def _check_adjoint(adjoint: Any, state: Any, keeps_times: bool) -> None:
    if isinstance(adjoint, diffrax.BacksolveAdjoint):
        raise ValueError(
            "adjoint must not be BacksolveAdjoint: a descent followed backwards runs away, and its derivatives with it"
        )
    if not isinstance(adjoint, diffrax.ImplicitAdjoint):
        return
    if keeps_times:
        raise ValueError(
            "adjoint ImplicitAdjoint differentiates the last state only, so times must be None, but are given"
        )
    if isinstance(state, PhaseState) or hasattr(state, "mu"):
        raise ValueError(
            "adjoint ImplicitAdjoint needs a steady state that stands alone, but oscillators that rest can be rotated "
            "together: use RecursiveCheckpointAdjoint"
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

    @property
    def root_finder(self) -> Any:
        return self.solver.root_finder  # pyright: ignore[reportAttributeAccessIssue]

    @property
    def root_find_max_steps(self) -> int:
        return self.solver.root_find_max_steps  # pyright: ignore[reportAttributeAccessIssue]

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


def _speed(memory: AbstractMemory[Any], state: Any) -> Float[Array, ""]:
    """Return how fast the fastest unit moves, seen from the frame that turns with the oscillators."""
    velocity = jax.tree.leaves(_magnitudes(_seen_velocity(memory, state)))
    return jnp.max(jnp.stack([jnp.max(leaf, initial=0.0) for leaf in velocity]))


def _seen_velocity(memory: AbstractMemory[Any], state: Any) -> Any:
    """Return the state's time derivative from the frame that turns with the oscillators."""
    if isinstance(memory, BatchedMemory):
        return jax.vmap(functools.partial(_seen_velocity, memory.memory))(state)
    if isinstance(memory, AbstractPhaseMemory):
        return memory.centred().vector_field(0.0, state)
    kuramoto = memory.kuramoto if isinstance(memory, HopfieldKuramotoMemory) else memory
    if isinstance(kuramoto, KuramotoMemory):
        velocity = memory.vector_field(0.0, state)
        still = velocity.mu - kuramoto.common_motion(unit_rows(state.mu), velocity.mu)
        return eqx.tree_at(lambda tree: tree.mu, velocity, still)
    return _seen_at_rest(memory).vector_field(0.0, state)


def _seen_at_rest(memory: AbstractMemory[Any]) -> AbstractMemory[Any]:
    """Return a memory of someone's own from its rotating frame where it has one."""
    try:
        rotates = memory.rotation is not None
    except ValueError:
        return memory
    # Phases have no matrix Ω; that their frequencies are equal shows in the theorem's conditions.
    return memory.without_rotation() if rotates or not memory.broken_conditions else memory


def _mean_frequency(memory: AbstractMemory[Any]) -> tuple[Float[Array, ""] | None, AbstractMemory[Any]]:
    """Return the frequency of the frame phases are solved in, and the memory seen from there."""
    if isinstance(memory, BatchedMemory):
        frequency, still = _mean_frequency(memory.memory)
        return frequency, BatchedMemory(still)
    if isinstance(memory, AbstractPhaseMemory):
        return memory.mean_frequency, memory.centred()
    return None, memory


def _on_the_circle(controller: diffrax.AbstractStepSizeController) -> diffrax.AbstractStepSizeController:
    """Let a controller's tolerances stand for angles: ``rtol`` of one radian instead of a phase of any size."""

    def of_one_radian(part: Any) -> Any:
        if not isinstance(part, diffrax.PIDController):
            return part
        tolerances = (0.0, part.rtol + part.atol)
        return eqx.tree_at(lambda pid: (pid.rtol, pid.atol), part, tolerances)

    return jax.tree.map(
        of_one_radian, controller, is_leaf=lambda part: isinstance(part, diffrax.PIDController)
    )


def _magnitudes(velocity: Any) -> Any:
    """Return how fast each unit moves: for an oscillator the length of its velocity, which no rotation changes."""
    entries = jax.tree.map(jnp.abs, velocity)
    if not hasattr(velocity, "mu"):
        return entries
    return eqx.tree_at(lambda tree: tree.mu, entries, row_lengths(velocity.mu))


def _turn(state: Any, rotation: Float[Array, ""] | Float[Array, "D1 D1"], time: Float[Array, ""]) -> Any:
    """Turn oscillators by a rotation that went on for some time."""
    if rotation.ndim == 0:
        angle = rotation * time
        whole_turns = jax.lax.stop_gradient(2 * jnp.pi * jnp.round(angle / (2 * jnp.pi)))
        return PhaseState(state.phi + (angle - whole_turns).astype(state.phi.dtype))
    turned = jnp.matmul(state.mu, _exponential(rotation * time).T, precision=jax.lax.Precision.HIGHEST)
    return eqx.tree_at(lambda tree: tree.mu, state, turned)


def _exponential(skew: Float[Array, "D1 D1"]) -> Float[Array, "D1 D1"]:
    """Return the rotation ``exp(skew)``, orthogonal whatever the angle, where a plain series overflows."""
    product = functools.partial(jnp.matmul, precision=jax.lax.Precision.HIGHEST)
    size = jax.lax.stop_gradient(jnp.max(jnp.abs(skew), initial=0.0)) * skew.shape[0]
    halvings = jnp.clip(jnp.ceil(jnp.log2(jnp.maximum(size, 1.0))), 0, _MOST_SQUARINGS)
    small = jax.scipy.linalg.expm(skew * jnp.exp2(-halvings).astype(skew.dtype))

    def square(rotation: Array, number: Array) -> tuple[Array, None]:
        squared = product(rotation, rotation)
        # One Newton step towards the nearest orthogonal matrix: rounding would double with every square.
        squared = 1.5 * squared - 0.5 * product(product(squared, squared.T), squared)
        return jnp.where(number < halvings, squared, rotation), None

    return jax.lax.scan(square, small, jnp.arange(_MOST_SQUARINGS))[0]


def _is_finite(state: Any) -> Bool[Array, ""]:
    return jnp.all(jnp.stack([jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(state)]))


def _is_sound(state: Any) -> Bool[Array, ""]:
    mu = getattr(state, "mu", None)
    return _is_finite(state) if mu is None else _is_finite(state) & has_unit_rows(mu)
