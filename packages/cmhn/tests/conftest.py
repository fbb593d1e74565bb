from collections.abc import Iterator
from types import SimpleNamespace

import jaxtyping
import pytest
import torch
from hypothesis import settings

from cmhn import Couplings, JointMemory

# A slow machine is no failure, and a failure must come back when the test is run again.
settings.register_profile("cmhn", deadline=None, derandomize=True, max_examples=20)
settings.load_profile("cmhn")

WIDTHS = {"text": 4, "vision": 6, "audio": 3}


@pytest.fixture
def without_shape_checks() -> Iterator[None]:
    """Turn the tests' shape checks off, so that a user's own errors at the door are reached."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(dtype)


def states(batch, widths=WIDTHS, seed=1, dtype=torch.float64, scale=1.0):
    return {
        name: scale * normal(batch, width, seed=seed + place, dtype=dtype)
        for place, (name, width) in enumerate(widths.items())
    }


def memory(count=7, widths=WIDTHS, seed=0, dtype=torch.float64, scale=1.0, learnable=False):
    patterns = scale * normal(count, sum(widths.values()), seed=seed, dtype=dtype)
    return JointMemory.from_joint(widths, patterns, learnable=learnable)


def couplings(widths=WIDTHS, seed=0, dtype=torch.float64, noise=1.0, learnable=False):
    generator = torch.Generator().manual_seed(seed)
    drawn = Couplings(widths, noise=noise, learnable=learnable, dtype=torch.float64, generator=generator)
    return drawn.to(dtype)


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """Random patterns, states and couplings of three modalities, each the same for the same seed."""
    return SimpleNamespace(normal=normal, states=states, memory=memory, couplings=couplings, widths=WIDTHS)
