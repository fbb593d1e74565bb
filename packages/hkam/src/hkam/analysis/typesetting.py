"""Numbers and formulas as the cells of a Markdown table show them."""

import math

__all__ = ["below", "formula", "scientific"]

_PLAIN_FROM = 0.01


def scientific(value: float) -> str:
    r"""Write a number with two digits, and one that is small as a digit and a power of ten.

    Args:
        value: Not negative.

    Returns:
        Markdown, such as ``0.25`` or ``$3 \cdot 10^{-7}$``.
    """
    if value == 0 or value >= _PLAIN_FROM:
        return f"{value:.2g}"
    digit, power = f"{value:.0e}".split("e")
    return rf"${digit} \cdot 10^{{{int(power)}}}$"


def below(value: float) -> str:
    """Name the power of ten that a tiny number stays below.

    Args:
        value: Not negative.

    Returns:
        Markdown, such as ``$< 10^{-15}$``, or ``0``.
    """
    return "0" if value == 0 else rf"$< 10^{{{math.floor(math.log10(value)) + 1}}}$"


def formula(tex: str) -> str:
    r"""Set a formula in a cell of a table, where a bar would end the cell.

    Args:
        tex: The formula; double bars as ``\|``.

    Returns:
        Markdown.
    """
    bars = tex.replace(r"\|", r"\Vert ")
    return f"${bars}$"
