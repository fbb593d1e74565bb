"""Cholesky factors of matrices that are positive definite, but perhaps only just so in float32."""

import torch
from jaxtyping import Float
from torch import Tensor

from amcore.torch.autocast import without_autocast
from cmhn._validation import has_values

__all__ = ["factorise", "solve_factorised"]


def factorise(cause: str, matrix: Float[Tensor, "D D"]) -> Float[Tensor, "D D"]:
    """The lower Cholesky factor, in float64 where rounding in the matrix's own type has cost it its definiteness.

    Args:
        cause: The argument that makes the matrix badly conditioned, for the error.
        matrix: Symmetric and positive definite.

    Raises:
        ValueError: If it cannot be factorised in float64 either.
    """
    with without_autocast(matrix):
        if not has_values(matrix):
            return torch.linalg.cholesky(matrix)
        factor, info = torch.linalg.cholesky_ex(matrix)
        if int(info) and matrix.dtype != torch.float64 and matrix.device.type != "mps":
            factor, info = torch.linalg.cholesky_ex(matrix.double())
        if int(info):
            raise ValueError(
                f"{cause} must leave a matrix that can be factorised, "
                "but the one it makes is not positive definite once rounded: choose another value"
            )
        return factor


def solve_factorised(right: Float[Tensor, "D B"], factor: Float[Tensor, "D D"]) -> Float[Tensor, "D B"]:
    """The solution for right-hand sides, in their own type.

    Args:
        right: One right-hand side a column.
        factor: As `factorise` gives it.
    """
    with without_autocast(right):
        return torch.cholesky_solve(right.to(factor.dtype), factor).to(right.dtype)
