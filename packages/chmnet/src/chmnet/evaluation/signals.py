"""Signals with a known amount of smoothness, for measuring what a memory can hold."""

import torch
from jaxtyping import Float
from torch import Tensor

from chmnet._validation import require_at_least, require_positive
from chmnet.ridge import frame_times

__all__ = ["smooth_signal", "white_signal"]

_FREQUENCIES = 128


def white_signal(
    length: int, width: int, *, generator: torch.Generator | None = None
) -> Float[Tensor, "L D"]:
    """Frames of unit length in independent directions: nothing that time could compress.

    Args:
        length: Number L of frames.
        width: Their width D.
        generator: Where randomness comes from; torch's own if None.

    Raises:
        TypeError: If a number is not whole.
        ValueError: If a number is below 1.
    """
    require_at_least("length", length, 1)
    require_at_least("width", width, 1)
    return torch.nn.functional.normalize(torch.randn(length, width, generator=generator), dim=-1)


def smooth_signal(
    length: int, width: int, length_scale: float, *, generator: torch.Generator | None = None
) -> Float[Tensor, "L D"]:
    r"""Frames of unit length sampled from a random smooth function on [0, 1].

    .. math:: \mathrm{cov}\, x_d(t), x_d(t') \approx \exp\!\left(-\frac{(t - t')^2}{2 \ell^2}\right)

    The same generator state gives the same function for every number of frames: more frames are a
    finer sample of it.

    Args:
        length: Number L of frames.
        width: Their width D.
        length_scale: ℓ, as a part of the whole time.
        generator: Where randomness comes from; torch's own if None.

    Raises:
        TypeError: If a number is not whole.
        ValueError: If a number is below 1 or the length scale is not above 0.

    Source: Rahimi and Recht, Random features for large-scale kernel machines, 2007 (random frequencies).
    """
    require_at_least("length", length, 1)
    require_at_least("width", width, 1)
    require_positive("length_scale", length_scale)
    frequencies = torch.randn(_FREQUENCIES, generator=generator, dtype=torch.float64) / length_scale
    amplitudes = torch.randn(2 * _FREQUENCIES, width, generator=generator, dtype=torch.float64)
    phases = frame_times(length)[:, None] * frequencies
    waves = torch.cat([phases.cos(), phases.sin()], dim=1)
    return torch.nn.functional.normalize(waves @ amplitudes, dim=-1).float()
