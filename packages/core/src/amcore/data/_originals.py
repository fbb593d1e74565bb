"""Reading the annotation files of data sets that a user keeps in a folder of their own."""

import json
from pathlib import Path
from typing import Any

from amcore.data.errors import DataError


def read_json(path: Path, what: str) -> Any:
    """The content of a JSON file.

    Args:
        path: of the file.
        what: the data set, as errors name it.

    Raises:
        DataError: it is missing or no JSON.
    """
    if not path.is_file():
        raise DataError(f"{what}: {path} is missing; name the folder that holds the original files")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{what}: {path} is no JSON ({error}); fetch it again from its publisher") from error


def require_files(paths: list[str], what: str) -> None:
    """See that files are there, at the door and not in the middle of a training.

    Raises:
        DataError: some are missing; says how many, and names the first.
    """
    missing = [path for path in paths if not Path(path).is_file()]
    if missing:
        raise DataError(
            f"{what}: {len(missing)} of {len(paths)} files are missing, the first is {missing[0]}"
        )
