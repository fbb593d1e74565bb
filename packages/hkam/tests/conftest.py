"""One device, double precision, and a compiler that does not spend its time on optimising tiny problems."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ["XLA_FLAGS"] = " ".join(
    [
        os.environ.get("XLA_FLAGS", ""),
        "--xla_backend_optimization_level=0",
        "--xla_llvm_disable_expensive_passes=true",
        "--xla_cpu_multi_thread_eigen=false",
    ]
).strip()

from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from hypothesis import settings

jax.config.update("jax_enable_x64", True)

# A slow machine is no failure, and a failure must come back when the test is run again.
settings.register_profile("hkam", deadline=None, derandomize=True, max_examples=20)
settings.load_profile("hkam")


@pytest.fixture
def without_shape_checks() -> Iterator[None]:
    """Turn the tests' shape checks off, so that a user's own errors at the door are reached."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


class Draw:
    """Random arrays made by numpy: JAX would compile a program for every shape."""

    def __init__(self, seed=0):
        self.random = np.random.default_rng(seed)

    def normal(self, *shape, dtype=np.float64):
        return jnp.asarray(self.random.normal(size=shape).astype(dtype))

    def rows(self, *shape, dtype=np.float64):
        values = self.random.normal(size=shape)
        return jnp.asarray((values / np.linalg.norm(values, axis=-1, keepdims=True)).astype(dtype))

    def symmetric(self, n):
        square = self.random.normal(size=(n, n))
        return jnp.asarray((square + square.T) / 2)

    def skew(self, *shape):
        square = self.random.normal(size=shape)
        return jnp.asarray((square - square.swapaxes(-1, -2)) / 2)


@pytest.fixture
def draw() -> Draw:
    return Draw()


@pytest.fixture
def measured_rate() -> Callable[[Any, Any], jax.Array]:
    """Measure dE/dt from energies before and after a state on its trajectory."""
    moment = 1e-3

    def measure(memory, state):
        def after(h):
            def step(y, k, share):
                return jax.tree.map(lambda a, b: a + share * h * b, y, k)

            k1 = memory.vector_field(0.0, state)
            k2 = memory.vector_field(0.0, step(state, k1, 0.5))
            k3 = memory.vector_field(0.0, step(state, k2, 0.5))
            k4 = memory.vector_field(0.0, step(state, k3, 1.0))
            mean = jax.tree.map(lambda a, b, c, d: (a + 2 * b + 2 * c + d) / 6, k1, k2, k3, k4)
            return memory.energy(memory.retract(step(state, mean, 1.0)))

        energies = jax.vmap(after)(moment * jnp.array([-2.0, -1.0, 1.0, 2.0]))
        return energies @ jnp.array([1.0, -8.0, 8.0, -1.0]) / (12 * moment)

    return eqx.filter_jit(measure)
