"""Directions and their cosines, right in every type and at zero."""

import torch
from jaxtyping import Float
from torch import Tensor

from amcore.torch.autocast import wide, without_autocast

__all__ = ["cosines", "products", "unit"]

_SHORTEST = 1e-12


def unit(x: Float[Tensor, "*B D"]) -> Float[Tensor, "*B D"]:
    r"""X / ‖x‖ along the last axis, in float32 where x came in half precision.

    A vector of zeros stays so and gets no gradient: it has no direction to be turned in, and 1/‖x‖ would make the
    gradient of everything before it as good as infinite.

    Args:
        x: Vectors.
    """
    x = wide(x)
    lengths = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    moving = torch.where(lengths > 0, x, x.detach())
    return moving / lengths.clamp_min(_SHORTEST)


def cosines(x: Float[Tensor, "I D"], y: Float[Tensor, "J D"]) -> Float[Tensor, "I J"]:
    """The cosine of every pair; see `products`."""
    return products(unit(x), unit(y))


def products(x: Float[Tensor, "I D"], y: Float[Tensor, "J D"]) -> Float[Tensor, "I J"]:
    """The inner product of every pair, in float32 or float64, inside an autocast region too."""
    x, y = wide(x), wide(y)
    with without_autocast(x):
        return x @ y.mT
