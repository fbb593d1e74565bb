"""Settings that travel with weights: what answers depend on and no tensor shows."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["EXTRA", "Settled"]

EXTRA = "_extra_state"
"""The last part of the name that PyTorch gives settings in a ``state_dict``."""


class Settled(nn.Module, ABC):
    """A module whose ``state_dict`` carries its settings, and which takes no weights that were made with others.

    They are bytes of JSON in a tensor: every format that holds tensors can hold them. A ``state_dict`` without them,
    as it was before, is taken.
    """

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What JSON can hold, in a fixed order."""

    def get_extra_state(self) -> Tensor:
        """The settings as bytes."""
        return torch.tensor(list(json.dumps(self.settings()).encode()), dtype=torch.uint8, device="cpu")

    def set_extra_state(self, state: Tensor) -> None:
        """Nothing: settings are compared before anything is loaded."""

    def _load_from_state_dict(
        self,
        state_dict: Mapping[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        key = prefix + EXTRA
        difference = self._difference(state_dict[key]) if key in state_dict else None
        if difference is not None:
            error_msgs.append(f"{prefix.rstrip('.') or type(self).__name__} {difference}")
            return
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )
        if key in missing_keys:
            missing_keys.remove(key)

    def _difference(self, state: Any) -> str | None:
        try:
            found = json.loads(bytes(state.tolist()))
        except (AttributeError, TypeError, ValueError, RecursionError):
            return "must come with settings in JSON, but they cannot be read"
        # As text, so that the order counts too: it is the layout of a memory.
        mine, theirs = json.dumps(self.settings()), json.dumps(found)
        return None if mine == theirs else f"must come with the settings {mine}, but came with {theirs}"
