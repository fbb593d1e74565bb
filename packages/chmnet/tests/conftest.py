from collections.abc import Iterator

import jaxtyping
import pytest
from hypothesis import settings

# A slow machine is no failure, and a failure must come back when the test is run again.
settings.register_profile("chmnet", deadline=None, derandomize=True)
settings.load_profile("chmnet")


@pytest.fixture
def without_shape_checks() -> Iterator[None]:
    """Turn the tests' shape checks off, so that a user's own errors at the door are reached."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
