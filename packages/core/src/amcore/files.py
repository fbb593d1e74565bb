"""Files that appear when they are whole, and files that must be the ones that were tested."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["checked_file", "sha256", "written_whole"]


@contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a place to write a file to, which takes the file's place when the block ends without an error.

    Whoever looks meanwhile, or after a process that was killed, sees the old file or none.

    Args:
        path: The file; its folder is made.

    Yields:
        A hidden path beside it, with the same ending.

    Example:
        >>> with written_whole("weights/best.npy") as partial:  # doctest: +SKIP
        ...     np.save(partial, weights)
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix}")
    try:
        yield partial
        # Some writers leave files that only their owner may read; whoever may read the folder is to read this one.
        partial.chmod(partial.stat().st_mode | target.parent.stat().st_mode & 0o444)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def sha256(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checked_file(path: str | os.PathLike[str], wanted: str) -> Path:
    """Hold a file that another package brought against the checksum of the one that results were made with.

    Args:
        path: The file.
        wanted: Its SHA-256, in hexadecimal.

    Returns:
        The path.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is another file.
    """
    found = sha256(path)
    if found != wanted:
        raise ValueError(
            f"{Path(path).name} must be the file with the SHA-256 {wanted}, but the installed one has {found}"
        )
    return Path(path)
