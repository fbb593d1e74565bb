"""Modules that take the settings and sizes that were saved in the place of their own."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor, nn

from amcore.torch.settings import Described
from chmnet._exact import to_bits
from chmnet._validation import require_wide

__all__ = ["Restored", "require_kind"]


class Restored(Described):
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
