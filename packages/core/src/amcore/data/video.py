"""Frames of video files, decoded by PyAV and resized to a square."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8
from tqdm import tqdm

from amcore.data.errors import DataError

SIZE = 224
_CHANNELS = 3
_HALF_RANGE = 127.5


@dataclass(frozen=True)
class VideoFile:
    """What a video file holds.

    Attributes:
        path: of the file.
        frames: how many can be decoded.
        width: of the original frames, in pixels.
        height: of the original frames, in pixels.
        fps: average frames a second; zero for a still image.
    """

    path: Path
    frames: int
    width: int
    height: int
    fps: float


def load_video(
    path: Path | str, *, frames: int | None = None, size: int = SIZE
) -> UInt8[np.ndarray, "frames size size 3"]:
    """Evenly spaced frames of a video, resized bilinearly to a square without keeping the aspect.

    Frame i of T out of n is number round(i (n − 1) / (T − 1)), so the first and the last are kept.

    Args:
        path: a file that PyAV decodes, or a folder of such files, strung together in order of their names.
        frames: how many, at most as many as there are; all of them by default.
        size: side of the square, in pixels.

    Returns:
        RGB levels 0 … 255.

    Raises:
        ImportError: PyAV is not installed.
        ValueError: `frames` is below one or above what the video has, or `size` is below one.
        DataError: the path is missing, no video, or without frames.

    Source: Santos, Farinhas, McNamee & Martins (2025), section 5.2 (224 × 224 pixels).
    """
    videos = [inspect_video(file) for file in _video_files(Path(path))]
    chosen = choose_frames(sum(video.frames for video in videos), frames, str(path))
    if size < 1:
        raise ValueError(f"size is {size}, wanted at least 1")
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
        raise TypeError(f"frames hold {frames.dtype}, wanted uint8")
    levels = frames.astype(np.float32)
    levels /= _HALF_RANGE
    levels -= 1.0
    return levels


def choose_frames(available: int, frames: int | None, name: str) -> list[int]:
    """Numbers of evenly spaced frames, the first and the last among them.

    Raises:
        ValueError: `frames` is below one or above `available`; a frame is never repeated.
    """
    if frames is None:
        return list(range(available))
    if not 1 <= frames <= available:
        raise ValueError(f"frames is {frames}, wanted 1 to {available}, all that {name} has")
    return [round(number) for number in np.linspace(0, available - 1, frames).tolist()]


def inspect_video(path: Path) -> VideoFile:
    """Decode a file once to count its frames: what containers claim is often wrong.

    Raises:
        ImportError: PyAV is not installed.
        DataError: it is missing, no video, or without frames.
    """
    with _decoded(path) as (stream, frames):
        count = sum(1 for _ in frames)
        if count == 0:
            raise DataError(f"{path} holds a video without frames; give another file")
        rate = stream.average_rate
        return VideoFile(path, count, stream.width, stream.height, float(rate) if rate else 0.0)


def read_frames(
    video: VideoFile, chosen: list[int], size: int = SIZE
) -> Iterator[UInt8[np.ndarray, "size size 3"]]:
    """The frames of ascending numbers, one at a time, resized to a square.

    Raises:
        ImportError: PyAV is not installed.
        DataError: the file has gone or changed since it was inspected.
    """
    wanted = iter(chosen)
    following = next(wanted, None)
    with _decoded(video.path) as (_, frames):
        for number, frame in enumerate(frames):
            if following is None:
                return
            if number == following:
                yield _squared(frame, size)
                following = next(wanted, None)
    if following is not None:
        raise DataError(f"{video.path} ended before frame {following}; it changed while being read")


def resize_frame(frame: UInt8[np.ndarray, "height width 3"], size: int) -> UInt8[np.ndarray, "size size 3"]:
    """A picture that is in memory already, resized to a square as the frames of files are.

    Raises:
        ImportError: PyAV is not installed.
    """
    return _squared(_av().VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24"), size)


def _squared(frame: Any, size: int) -> np.ndarray:
    flags = _av().video.reformatter.Interpolation
    # Without the two flags the scaler takes shortcuts that depend on the processor.
    scaling = flags.BILINEAR | flags.ACCURATE_RND | flags.BITEXACT
    return frame.reformat(size, size, format="rgb24", interpolation=scaling, threads=1).to_ndarray()


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
    files = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
    if not files:
        raise DataError(f"{path} is an empty folder; give a video file or a folder of them")
    return files


@contextmanager
def _decoded(path: Path) -> Iterator[tuple[Any, Iterator[Any]]]:
    """The first video stream of a file, and its decoded frames."""
    av = _av()
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise DataError(f"{path} has no video stream; give another file")
            stream = container.streams.video[0]
            yield stream, container.decode(stream)
    except av.FFmpegError as error:
        raise DataError(f"{path} cannot be decoded as a video ({error}); give another file") from error


def _av() -> ModuleType:
    try:
        import av
    except ImportError as error:
        raise ImportError("video needs PyAV: install it with `pip install 'amcore[video]'`") from error
    return av
