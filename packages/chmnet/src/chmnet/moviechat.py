"""The paper's data set, MovieChat-1K, from a folder the user has downloaded. Needs ``chmnet[video]``."""

from collections.abc import Iterator
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from amcore.data import DataError, load_video, normalise_frames
from chmnet._validation import require_at_least

__all__ = ["load_moviechat", "moviechat_videos"]

_SUFFIXES = {".mp4", ".mkv", ".webm", ".avi"}
_SIDE = 224


def moviechat_videos(folder: Path | str) -> list[Path]:
    """The videos of a MovieChat-1K folder, in the order of their numbers.

    Args:
        folder: The data set as it is published, with its folder ``videos``, or a folder of videos itself.

    Raises:
        DataError: If the folder is missing or holds no video.

    Source: Song et al., MovieChat, 2023 (the published folder holds ``videos`` and ``annotations``).
    """
    root = Path(folder)
    inner = root / "videos" if (root / "videos").is_dir() else root
    if not inner.is_dir():
        raise DataError(f"{root} is no folder; give the folder of MovieChat-1K that holds `videos`")
    videos = [file for file in inner.iterdir() if file.suffix.lower() in _SUFFIXES]
    if not videos:
        wanted = ", ".join(sorted(_SUFFIXES))
        raise DataError(
            f"{inner} holds no video ({wanted}); give the folder of MovieChat-1K that holds `videos`"
        )
    return sorted(videos, key=_number)


def _number(video: Path) -> tuple[float, str]:
    """Names are numbers, 2 before 10; what is not a number comes after."""
    return (float(video.stem) if video.stem.isdecimal() else float("inf"), video.stem)


def load_moviechat(
    folder: Path | str, frames: int, *, videos: int | None = None, size: int = _SIDE
) -> Iterator[tuple[str, Float[Tensor, "L D"]]]:
    """Evenly spaced frames of one video after another, as memories.

    Args:
        folder: As `moviechat_videos` takes it.
        frames: Number L of frames taken from each; a video with fewer is an error.
        videos: How many videos, the first ones; all if None.
        size: Side of the square frames, in pixels.

    Returns:
        For each video, as it is asked for, its name and its frames, flattened [H, W, C], pixels in [-1, 1].

    Raises:
        DataError: If the folder is missing or holds no video, or a video cannot be decoded.
        ImportError: If PyAV is not installed.
        ValueError: If a number is below 1, or a video has fewer frames.

    Source: Santos et al. (2025), section 5.2.
    """
    require_at_least("frames", frames, 1)
    paths = moviechat_videos(folder)
    if videos is not None:
        require_at_least("videos", videos, 1)
        paths = paths[:videos]
    return _load(paths, frames, size)


def _load(paths: list[Path], frames: int, size: int) -> Iterator[tuple[str, Tensor]]:
    for path in paths:
        levels = load_video(path, frames=frames, size=size)
        yield path.stem, torch.from_numpy(normalise_frames(levels)).flatten(1)
