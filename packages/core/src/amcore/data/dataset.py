"""A data set: which sources it needs, which files it prepares from them, and how."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from amcore.data.transport.source import Source


@dataclass(frozen=True)
class Dataset:
    """One data set of the registry. The three functions take the same options as keywords.

    Attributes:
        name: of the data set and of its folder.
        summary: a few words for tables.
        sources: the sources it needs.
        files: names of the files it prepares, known without fetching anything.
        write: prepares them in a folder given first. Its keywords and their defaults are the data set's
            options; the values must be what JSON can hold.
    """

    name: str
    summary: str
    sources: Callable[..., tuple[Source, ...]]
    files: Callable[..., tuple[str, ...]]
    write: Callable[..., None]

    def options(self, given: dict[str, Any]) -> dict[str, Any]:
        """All options: the given ones, and the defaults of the others.

        Raises:
            ValueError: an option that the data set does not have.
        """
        defaults = {
            name: parameter.default
            for name, parameter in inspect.signature(self.write).parameters.items()
            if parameter.default is not parameter.empty
        }
        for name in given:
            if name not in defaults:
                raise ValueError(
                    f"option of {self.name} must be one of: {', '.join(defaults) or 'none'}, but is {name!r}"
                )
        return defaults | given
