"""The one error of the data layer, and the words for what a file system refuses."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EISDIR}


class DataError(RuntimeError):
    """Data that cannot be fetched, trusted, prepared or read: says of what, what happened and what to do."""


@contextmanager
def explained(what: str, folder: Path, elsewhere: str) -> Iterator[None]:
    """Turn a refusal of the file system within the block into a `DataError`.

    Args:
        what: the source or data set being worked on.
        folder: where the block writes.
        elsewhere: how another folder is chosen, as words that finish "or ...".

    Raises:
        DataError: the disk is full, the folder cannot be written to, or another `OSError` came.
    """
    try:
        yield
    except OSError as error:
        raise DataError(f"{what}: {_what_happened(error, folder)}, or {elsewhere}") from error


def _what_happened(error: OSError, folder: Path) -> str:
    if error.errno in _FULL:
        left = f"without the unfinished files, {_free(folder)}"
        return f"the disk that holds {folder} is full ({left}); free some space there"
    if error.errno in _REFUSED:
        refused = f"{error.filename or folder} cannot be written ({error.strerror})"
        return f"{refused}; make {folder} a writable folder"
    return f"{error} while writing to {folder}; see that the folder and its disk are in order"


def _free(folder: Path) -> str:
    there = next((path for path in (folder, *folder.parents) if path.exists()), Path())
    return f"{shutil.disk_usage(there).free / 1e6:.0f} MB free"
