"""Reading the annotation files of data sets that a user keeps in a folder of their own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from amcore.data.errors import DataError

_LARGEST = (1 << 63) - 1
_DIGITS = 20


def read_json(path: Path, what: str) -> Any:
    """The content of a JSON file in UTF-8, UTF-16 or UTF-32, with or without a byte-order mark.

    Args:
        path: of the file.
        what: the data set, as errors name it.

    Raises:
        DataError: it is missing, unreadable, no JSON, or nested without end.
    """
    if not path.is_file():
        raise DataError(f"{what}: {path} is missing; name the folder that holds the original files")
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{what}: {path} is no JSON ({error}); fetch it again from its publisher") from error


def read_lines(path: Path, what: str) -> list[str]:
    """The lines of a text file in UTF-8, or in UTF-16 with a byte-order mark.

    Raises:
        DataError: it is unreadable or in another encoding.
    """
    try:
        content = path.read_bytes()
        marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        return content.decode("utf-16" if marked else "utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise DataError(f"{what}: {path} is no text in UTF-8 or UTF-16 ({error}); save it as one") from error


@contextmanager
def understood(problem: str) -> Iterator[None]:
    """Turn what is found wrong with a file's content within the block into a `DataError`.

    Args:
        problem: what is wrong, before the detail.
    """
    try:
        yield
    except KeyError as error:
        raise DataError(f"{problem} ({error} is missing)") from error
    except (TypeError, ValueError) as error:
        raise DataError(f"{problem} ({error})") from error


def records(content: Any, key: str) -> list[dict[str, Any]]:
    """The list of records under a key of a record.

    Raises:
        KeyError: the key is missing.
        TypeError: what is there is no list of records.
    """
    found = _record(content, "the content")[key]
    if not isinstance(found, list):
        raise TypeError(f"{key} must be a list, but is {_short(found)}")
    return [_record(one, f"one of {key}") for one in found]


def identifier(record: dict[str, Any], key: str) -> int:
    """The number under a key of a record, which some programs write as a float, 9.0, or as text, "9".

    Raises:
        KeyError: the key is missing.
        ValueError: it is no whole number from 0 on.
    """
    value = record[key]
    digits = isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < _DIGITS
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    number = int(value) if digits or whole else None
    if number is None or not 0 <= number <= _LARGEST:
        raise ValueError(f"{key} must be a whole number from 0 on, but is {_short(value)}")
    return number


def text(record: dict[str, Any], key: str) -> str:
    """The text under a key of a record.

    Raises:
        KeyError: the key is missing.
        TypeError: it is no text.
    """
    value = record[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} must be text, but is {_short(value)}")
    return value


def require_files(paths: list[str], what: str) -> None:
    """See that files are there, at the door and not in the middle of a training.

    Raises:
        DataError: some are missing; says how many, and names the first.
    """
    missing = [path for path in paths if not _is_file(Path(path))]
    if missing:
        raise DataError(
            f"{what}: {len(missing)} of {len(paths)} files are missing, the first is {missing[0]}"
        )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    # Too long a name, or one with a null byte.
    except (OSError, ValueError):
        return False


def _record(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{name} must be a record of names and values, but is {_short(value)}")
    return value


def _short(value: Any) -> str:
    if isinstance(value, list | dict):
        return f"a {type(value).__name__} of {len(value)}"
    written = str(value)[:40] if isinstance(value, int) and value > _LARGEST else repr(value)
    return written if len(written) <= 40 else f"{written[:37]}…"
