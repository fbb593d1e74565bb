"""Settings that travel with weights: what answers depend on and no tensor shows."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["EXTRA", "Described", "Settled"]

EXTRA = "_extra_state"
"""The last part of the name that PyTorch gives settings in a ``state_dict``."""


class Described(nn.Module, ABC):
    """A module whose ``state_dict`` carries its settings.

    They are bytes of JSON in a tensor: every format that holds tensors can hold them. A ``state_dict`` without them,
    as it was before, is taken.
    """

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """Return what JSON can hold, in a fixed order."""

    @abstractmethod
    def _accept(self, settings: dict[str, Any] | None, state: dict[str, Any], prefix: str, /) -> None:
        """Take or refuse what was saved, before tensors are loaded.

        Args:
            settings: The saved settings, or None where there are none.
            state: The ``state_dict``, which may be brought up to date here.
            prefix: What the module's own names begin with there.

        Raises:
            TypeError, ValueError, KeyError: Where it cannot be taken; nothing has changed then.
        """

    def get_extra_state(self) -> Tensor:
        """Return the settings as bytes."""
        return torch.tensor(list(json.dumps(self.settings()).encode()), dtype=torch.uint8, device="cpu")

    def set_extra_state(self, state: Tensor) -> None:
        """Do nothing: settings are taken before anything is loaded."""

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        key = prefix + EXTRA
        try:
            self._accept(_read(state_dict[key]) if key in state_dict else None, state_dict, prefix)
        except KeyError as error:
            error_msgs.append(
                f"{prefix or type(self).__name__} must come with the setting {error}, but lacks it"
            )
            return
        except (TypeError, ValueError) as error:
            error_msgs.append(f"{prefix or type(self).__name__} {error}")
            return
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )
        if key in missing_keys:
            missing_keys.remove(key)


class Settled(Described):
    """A module that takes no weights that were made with other settings."""

    def _accept(self, settings: dict[str, Any] | None, /, *_: Any) -> None:
        mine = self.settings()
        if settings is not None and json.dumps(settings) != json.dumps(mine):
            raise ValueError(
                f"must come with the settings {json.dumps(mine)}, but has {json.dumps(settings)}"
            )


def _read(state: Any) -> dict[str, Any]:
    try:
        found = json.loads(bytes(state.tolist()))
    except (AttributeError, TypeError, ValueError, RecursionError):
        found = None
    if not isinstance(found, Mapping):
        raise ValueError("must come with settings in JSON, but they cannot be read")
    return dict(found)
