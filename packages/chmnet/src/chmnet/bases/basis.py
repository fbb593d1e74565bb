"""Basis functions ψ(t): what a continuous-time memory is a combination of."""

from abc import abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from jaxtyping import Float
from torch import Tensor

from chmnet._exact import from_bits
from chmnet._settings import Restored, require_kind
from chmnet._validation import (
    has_values,
    require_at_least,
    require_finite,
    require_interval,
)

__all__ = ["Basis"]


class Basis(Restored):
    """N functions of time, ψ(t) ∈ ℝᴺ, on a bounded support.

    ``load_state_dict`` takes the number of functions and the support that were saved. Casting a network to half
    precision leaves the basis as exact as it was.

    Attributes:
        count: Number N of basis functions.
        support: Start and end of the stretch of time the basis covers.
    """

    count: int
    support: tuple[float, float]

    @abstractmethod
    def evaluate(self, t: Float[Tensor, " T"]) -> Float[Tensor, "N T"]:
        """The design matrix F = [ψ(t_1), …, ψ(t_T)]; zero outside the support.

        Args:
            t: Times.

        Returns:
            One row a basis function, one column per time, in the type of ``t``, where the basis is.
        """

    _kind: str | None = None
    """What is saved as the basis' name, where it is not the class's alone."""

    _excess: Mapping[str, int] = MappingProxyType({})
    """How many numbers more than functions each of its tensors holds."""

    def settings(self) -> dict[str, Any]:
        """What basis it is, the number of functions and the support."""
        kind = self._kind or type(self).__name__
        return {"kind": kind, "count": self.count, "support": list(self.support)}

    def _restore(self, settings: dict[str, Any] | None, found: dict[str, Tensor]) -> None:
        count, support, mine = self.count, self.support, self.settings()["kind"]
        if settings is not None:
            require_kind(settings, mine)
            count = require_at_least("count", settings["count"], 1)
            support = require_interval("support", settings["support"])
        for name, more in self._excess.items():
            if name not in found:
                continue
            count = len(found[name]) - more if settings is None and found[name].ndim == 1 else count
            if found[name].shape != (count + more,):
                raise ValueError(
                    f"must hold {name} of shape {(count + more,)}, but has {tuple(found[name].shape)}"
                )
            if name.endswith("_bits") and has_values(found[name]):
                times = from_bits(found[name])
                require_finite(name, times)
                if not bool((times.diff() >= 0).all()):
                    raise ValueError(f"must hold times that increase, but {name} do not")
                support = (float(times[0]), float(times[-1]))
        self.count, self.support = count, support
