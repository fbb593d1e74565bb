"""How numbers are written."""

from typing import Any

import numpy as np

SIGNIFICANT = "%.7g"
"""What float32 results can carry."""


def without_negative_zero(value: Any, precision: int) -> Any:
    """Round as shown; what rounds to nothing is 0 and not −0."""
    return np.round(value, precision) + 0.0
