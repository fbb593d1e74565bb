from collections.abc import Iterator

import jaxtyping
import pytest
from hypothesis import settings

# Tests never depend on the clock, and draw the same examples in every run.
settings.register_profile("core", deadline=None, derandomize=True, max_examples=30)
settings.load_profile("core")


@pytest.fixture
def without_shape_checks() -> Iterator[None]:
    """Turn the tests' shape checks off, so that a user's own errors at the door are reached."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
