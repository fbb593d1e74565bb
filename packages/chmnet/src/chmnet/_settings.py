"""Settings that travel with weights: what answers depend on and no tensor shows."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from chmnet._exact import to_bits
from chmnet._validation import require_wide

__all__ = ["EXTRA", "Restored", "Settled", "require_kind"]

EXTRA = "_extra_state"
"""The last part of the name that PyTorch gives settings in a ``state_dict``."""


class _Described(nn.Module, ABC):
    """A module whose ``state_dict`` carries its settings.

    They are bytes of JSON in a tensor: every format that holds tensors can hold them. A ``state_dict`` without them,
    as it was before, is taken.
    """

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What JSON can hold, in a fixed order."""

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
        """The settings as bytes."""
        return torch.tensor(list(json.dumps(self.settings()).encode()), dtype=torch.uint8, device="cpu")

    def set_extra_state(self, state: Tensor) -> None:
        """Nothing: settings are taken before anything is loaded."""

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


class Settled(_Described):
    """A module that takes no weights that were made with other settings."""

    def _accept(self, settings: dict[str, Any] | None, /, *_: Any) -> None:
        mine = self.settings()
        if settings is not None and json.dumps(settings) != json.dumps(mine):
            raise ValueError(
                f"must come with the settings {json.dumps(mine)}, but came with {json.dumps(settings)}"
            )


class Restored(_Described):
    """A module that takes the settings and sizes that were saved in the place of its own."""

    _former: ClassVar[Mapping[str, str]] = {}
    """Names under which tensors of times were saved as numbers, and those of their bits."""

    @abstractmethod
    def _restore(self, settings: dict[str, Any] | None, found: dict[str, Tensor]) -> None:
        """Check what was saved, and take its settings.

        Args:
            settings: As `settings` gives them; None where none were saved.
            found: The module's own tensors among what was saved, by name.
        """

    def _accept(self, settings: dict[str, Any] | None, state: dict[str, Any], prefix: str, /) -> None:
        for old, new in self._former.items():
            if isinstance(state.get(prefix + old), Tensor):
                require_wide(old, state[prefix + old])
                state[prefix + new] = to_bits(state.pop(prefix + old))
        names = [*self._parameters, *self._buffers]
        found = {name: state[prefix + name] for name in names if isinstance(state.get(prefix + name), Tensor)}
        if not found and settings is None:
            return
        self._restore(settings, found)
        for name in names:
            mine = getattr(self, name)
            there = found.get(name)
            if there is not None and (mine is None or mine.shape != there.shape):
                room = self._like(there).new_empty(there.shape)
                if isinstance(mine, nn.Parameter):
                    # The same parameter as before: an optimiser that was built already goes on with it.
                    mine.grad = None
                    mine.data = room
                else:
                    setattr(self, name, room)

    def _like(self, there: Tensor) -> Tensor:
        """A tensor of mine whose device, and whose type in between, a new one shall have."""
        mine = (*self._parameters.values(), *self._buffers.values())
        kind = there.is_floating_point()
        return next(t.detach() for t in mine if t is not None and t.is_floating_point() == kind)


def require_kind(settings: Mapping[str, Any], mine: str) -> None:
    """Refuse settings of something else."""
    if settings["kind"] != mine:
        raise ValueError(f"must be saved as a {mine}, but was as {settings['kind']!r:.80}")


def _read(state: Any) -> dict[str, Any]:
    try:
        found = json.loads(bytes(state.tolist()))
    except (AttributeError, TypeError, ValueError, RecursionError):
        found = None
    if not isinstance(found, Mapping):
        raise ValueError("must come with settings in JSON, but they cannot be read")
    return dict(found)
