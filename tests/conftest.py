from pathlib import Path

import pytest
from checkouts import copy_repository


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the repository of one's own."""
    return copy_repository(tmp_path / "checkout")
