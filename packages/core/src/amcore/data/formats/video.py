"""Frames of films and of pictures, decoded by PyAV and Pillow, upright, on white, and resized to a square."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8
from tqdm import tqdm

from amcore.data.errors import DataError
from amcore.data.formats._order import is_hidden, natural_order
from amcore.data.formats._reels import Reel, is_still, load_av, opened_reel, squared
from amcore.sampling import evenly_spaced

SIZE = 224
_CHANNELS = 3
_HALF_RANGE = 127.5

_PICTURES = {".jpg", ".jpeg", ".jfif", ".png", ".apng", ".gif", ".webp", ".tif", ".tiff", ".avif"}
_PICTURES |= {".bmp", ".ppm", ".pgm", ".jp2"}
_FILMS = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".asf", ".flv", ".ogv"}
_FILMS |= {".3gp", ".mjpeg", ".mjpg", ".m2ts", ".vob", ".y4m", ".nut", ".h264", ".ts"}
_COVERS = {"cover", "folder", "poster", "front", "thumb", "thumbnail", "fanart", "albumart"}


@dataclass(frozen=True)
class VideoFile:
    """What a video file holds.

    Attributes:
        path: of the file.
        frames: how many can be decoded.
        width: of the upright frames, in pixels.
        height: of the upright frames, in pixels.
        fps: average frames a second; zero for a still image.
    """

    path: Path
    frames: int
    width: int
    height: int
    fps: float


def load_video(
    path: Path | str, *, frames: int | None = None, size: int = SIZE, accept_damage: bool = False
) -> UInt8[np.ndarray, "frames size size 3"]:
    """Evenly spaced frames of a video, resized bilinearly to a square without keeping the aspect.

    Frame i of T out of n is number round(i (n − 1) / (T − 1)), so the first and the last are kept. Frames are turned
    as the film's display matrix or the picture's EXIF orientation says, and what is transparent is white.

    Args:
        path: a film or a picture, or a folder of them, strung together in natural order of their names (2 before
            10). Every frame of an animation and every page of a TIFF file is one. Hidden files, text, sounds and
            other strangers in a folder are left out, and so are pictures beside films, which are their covers.
        frames: how many, at most as many as there are; all of them by default.
        size: side of the square, in pixels.
        accept_damage: take what can be decoded of a file that is cut or corrupt, with a warning.

    Returns:
        RGB levels 0 … 255.

    Raises:
        ImportError: PyAV, or for pictures Pillow, is not installed.
        ValueError: `frames` is below one or above what the video has, or `size` is below one.
        DataError: the path is missing, no video, without frames, cut or corrupt, or unfolds to more pixels than a
            file of its size may.

    Source: Santos, Farinhas, McNamee & Martins (2025), section 5.2 (224 × 224 pixels).
    """
    if size < 1:
        raise ValueError(f"size must be at least 1, but is {size}")
    videos = [inspect_video(file, accept_damage=accept_damage) for file in _video_files(Path(path))]
    chosen = choose_frames(sum(video.frames for video in videos), frames, str(path))
    result = np.empty((len(chosen), size, size, _CHANNELS), dtype=np.uint8)
    for index, frame in enumerate(
        tqdm(_string(videos, chosen, size), total=len(chosen), disable=None, leave=False)
    ):
        result[index] = frame
    return result


def normalise_frames(frames: UInt8[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape"]:
    """Levels 0 … 255 as numbers in [−1, 1]: x / 127.5 − 1.

    Raises:
        TypeError: the levels are not unsigned bytes.

    Source: Santos, Farinhas, McNamee & Martins (2025), section 5.2.
    """
    if frames.dtype != np.uint8:
        raise TypeError(f"frames must hold uint8, but hold {frames.dtype}")
    levels = frames.astype(np.float32)
    levels /= _HALF_RANGE
    levels -= 1.0
    return levels


def choose_frames(available: int, frames: int | None, name: str) -> list[int]:
    """Return the numbers of evenly spaced frames, the first and the last among them, or of one the middle one.

    Raises:
        ValueError: `frames` is below one or above `available`; a frame is never repeated.
    """
    if frames is None:
        return list(range(available))
    if not 1 <= frames <= available:
        raise ValueError(f"frames must be 1 to {available}, all that {name} has, but is {frames}")
    return evenly_spaced(available, frames).tolist()


def inspect_video(path: Path, *, accept_damage: bool = False) -> VideoFile:
    """Decode a file once to count its frames: what containers claim is often wrong.

    Args:
        path: of a film or a picture.
        accept_damage: count what can be decoded of a file that is cut or corrupt, with a warning.

    Raises:
        ImportError: PyAV, or for a picture Pillow, is not installed.
        DataError: it is missing, no video, without frames, cut or corrupt.
    """
    with opened_reel(path) as reel:
        first = None
        count = 0
        for shot in reel.shots:
            first = first or reel.size(shot)
            count += 1
        if reel.damage and (count == 0 or not accept_damage):
            remedy = ", or take what there is with accept_damage=True" if count else ""
            raise DataError(f"{path} {_damaged(reel, count)}; give another file{remedy}")
        if first is None:
            raise DataError(f"{path} holds a video without frames; give another file")
        if reel.damage:
            warnings.warn(f"{path} {_damaged(reel, count)}", stacklevel=2)
        return VideoFile(path, count, *first, reel.fps)


def read_frames(
    video: VideoFile, chosen: list[int], size: int = SIZE
) -> Iterator[UInt8[np.ndarray, "size size 3"]]:
    """The frames of ascending numbers, one at a time, resized to a square.

    Raises:
        ImportError: PyAV, or for a picture Pillow, is not installed.
        DataError: the file has gone or changed since it was inspected.
    """
    wanted = iter(chosen)
    following = next(wanted, None)
    with opened_reel(video.path) as reel:
        for number, shot in enumerate(reel.shots):
            if following is None:
                return
            if number == following:
                yield reel.square(shot, size)
                following = next(wanted, None)
    if following is not None:
        raise DataError(f"{video.path} ended before frame {following}; it changed while being read")


def film_files(folder: Path) -> list[Path]:
    """The films of a folder, told by their endings, in natural order; pictures and hidden files are left out.

    Raises:
        OSError: it is no folder that can be read.
    """
    return [file for file in _present(folder) if file.suffix.lower() in _FILMS]


def resize_frame(frame: UInt8[np.ndarray, "height width 3"], size: int) -> UInt8[np.ndarray, "size size 3"]:
    """A picture that is in memory already, resized to a square as the frames of files are.

    Raises:
        ImportError: PyAV is not installed.
    """
    return squared(load_av().VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24"), size)


def _damaged(reel: Reel, count: int) -> str:
    of = f" of {reel.expected}" if reel.expected >= count else ""
    return f"is cut or corrupt: {count}{of} frames could be read ({reel.damage[0]})"


def _string(videos: list[VideoFile], chosen: list[int], size: int) -> Iterator[np.ndarray]:
    """Frames of several videos numbered one after another."""
    start = 0
    for video in videos:
        here = [number - start for number in chosen if start <= number < start + video.frames]
        if here:
            yield from read_frames(video, here, size)
        start += video.frames


def _video_files(path: Path) -> list[Path]:
    if not path.exists():
        raise DataError(f"{path} does not exist; give a video file or a folder of them")
    if path.is_file():
        return [path]
    present = _present(path)
    files = [file for file in present if _is_data(file)]
    if not files:
        what = f"holds no film among {len(present)} files" if present else "is an empty folder"
        raise DataError(f"{path} {what}; give a video file or a folder of them")
    films = [file for file in files if not _is_plain_picture(file)]
    if films:
        return films
    return [file for file in files if file.stem.lower() not in _COVERS] or files


def _present(folder: Path) -> list[Path]:
    files = [file for file in folder.iterdir() if file.is_file() and not is_hidden(file)]
    return sorted(files, key=natural_order)


def _is_data(file: Path) -> bool:
    """Tell whether a file of a folder is a film or a picture: by its ending, else by what it holds."""
    ending = file.suffix.lower()
    if ending in _PICTURES or ending in _FILMS:
        return True
    try:
        with opened_reel(file):
            return True
    except DataError:
        return False


def _is_plain_picture(file: Path) -> bool:
    """Tell whether a file is a picture without motion."""
    ending = file.suffix.lower()
    return ending not in _FILMS and is_still(file, ending in _PICTURES)
