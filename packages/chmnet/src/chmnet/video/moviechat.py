"""The paper's data set, MovieChat-1K, from a folder the user has downloaded. Needs ``chmnet[video]``."""

from collections.abc import Iterator
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from amcore.data import DataError, load_video, normalise_frames
from amcore.data.formats.video import film_files
from chmnet._validation import require_at_least

__all__ = ["load_moviechat", "moviechat_videos"]

_SIDE = 224


def moviechat_videos(folder: Path | str) -> list[Path]:
    """The videos of a MovieChat-1K folder, in natural order: `2` before `10`, `AWA-2` before `AWA-10`.

    Hidden files, pictures, subtitles and other strangers are left out.

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
    videos = film_files(inner)
    if not videos:
        raise DataError(f"{inner} holds no video; give the folder of MovieChat-1K that holds `videos`")
    return videos


def load_moviechat(
    folder: Path | str,
    frames: int,
    *,
    videos: int | None = None,
    size: int = _SIDE,
    accept_damage: bool = False,
) -> Iterator[tuple[str, Float[Tensor, "L D"]]]:
    """Evenly spaced frames of one video after another, as memories.

    Args:
        folder: As `moviechat_videos` takes it.
        frames: Number L of frames taken from each; a video with fewer is an error.
        videos: How many videos, the first ones; all if None.
        size: Side of the square frames, in pixels.
        accept_damage: Take what can be decoded of a video that is cut or corrupt, with a warning.

    Returns:
        For each video, as it is asked for, its name and its frames, flattened [H, W, C], pixels in [-1, 1].

    Raises:
        DataError: If the folder is missing or holds no video, or a video cannot be decoded, is cut or corrupt.
        ImportError: If PyAV is not installed.
        ValueError: If a number is below 1, or a video has fewer frames.

    Source: Santos et al. (2025), section 5.2.
    """
    require_at_least("frames", frames, 1)
    paths = moviechat_videos(folder)
    if videos is not None:
        require_at_least("videos", videos, 1)
        paths = paths[:videos]
    return _load(paths, frames, size, accept_damage)


def _load(paths: list[Path], frames: int, size: int, accept_damage: bool) -> Iterator[tuple[str, Tensor]]:
    for path in paths:
        levels = load_video(path, frames=frames, size=size, accept_damage=accept_damage)
        yield path.stem, torch.from_numpy(normalise_frames(levels)).flatten(1)
