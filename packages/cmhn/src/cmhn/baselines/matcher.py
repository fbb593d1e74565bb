"""What every baseline can do: say how well items of two modalities go together."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor, nn

__all__ = ["Matcher", "StoringMatcher", "complete_from", "count_parameters"]


@runtime_checkable
class Matcher(Protocol):
    """Anything that scores pairs."""

    def scores(
        self, source: str, queries: Float[Tensor, "Q _"], target: str, candidates: Float[Tensor, "C _"]
    ) -> Float[Tensor, "Q C"]:
        """How well every query of one modality goes with every candidate of another; larger is better."""
        ...


@runtime_checkable
class StoringMatcher(Matcher, Protocol):
    """A matcher that stores items after training, and is calibrated on others."""

    def store(self, states: Mapping[str, Tensor]) -> None:
        """Store items, one per row in each modality."""
        ...

    def calibrate(self, galleries: list[dict[str, Tensor]]) -> Any:
        """Set what is not trained on galleries of other items."""
        ...


def complete_from(
    matcher: Matcher,
    source: str,
    queries: Float[Tensor, "Q _"],
    target: str,
    stored: Float[Tensor, "N _"],
) -> Float[Tensor, "Q _"]:
    """Completion by a matcher that only scores: the stored item that goes with the query best.

    Args:
        matcher: The matcher.
        source: Modality of the queries.
        queries: The queries.
        target: The modality that is missing.
        stored: What it may be completed with, at least one item.

    Raises:
        ValueError: If nothing is stored.
    """
    if len(stored) == 0:
        raise ValueError("stored must hold at least one item, but is empty")
    return stored[matcher.scores(source, queries, target, stored).argmax(dim=1)]


def count_parameters(module: nn.Module) -> int:
    """Number of parameters that are trained, each counted once."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)
