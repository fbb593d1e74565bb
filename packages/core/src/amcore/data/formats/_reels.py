"""Films by PyAV and pictures by Pillow, opened as one thing: shots that come one after another."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import UInt8

from amcore.data.errors import DataError
from amcore.data.formats._containers import absurd_table, declared_size, is_text
from amcore.data.formats._stills import (
    PIXELS,
    PictureError,
    check_size,
    count_frames,
    duration,
    explained,
    is_reduced,
    opened_picture,
    upright,
    upright_size,
)

_WHITE = 255
_STILLS = ("JPEG", "MPO", "PNG", "GIF", "WEBP", "TIFF", "AVIF")
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_SIGNATURES = (_JPEG, _PNG, b"GIF8", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_JPEG_AFTER_JPEG = b"\xff\xd9\xff\xd8\xff"
# A phone's JPEG may have a second picture, of depth or of light, which this marker announces.
_SEVERAL = b"MPF\0"
# Frames that lie one after another in a file without a container.
_STREAMS = {".mjpeg", ".mjpg"}
# Demuxers that draw text, or open other files that it names.
_SCRIPTS = {"tty", "hls", "concat", "dash", "imf", "sdp", "webm_dash_manifest", "lavfi"}
# Their duration is written in the head, not reckoned from what is there.
_TIMED = {"flv", "matroska,webm"}
_SHORT_SECONDS = 1.0
_SHORT_SHARE = 0.05
# What a small film, or picture that moves, may unfold to in pixels, and a large one for each byte above that.
_WORK = 1_000_000_000
_STILL_WORK = 250_000_000
_WORK_A_BYTE = 20_000
_SMALL = 1_000_000
# A frame of few pixels costs as much as one of these.
_LEAST_WORK = 128 * 128
# The eight ways to lay a square: its turn and mirror as numpy's operations on the frame as it is stored.
_QUARTER = 4


class Reel(ABC):
    """A file being decoded.

    Attributes:
        shots: decoded frames, each valid until the next is asked for.
        expected: how many the file announces; zero if it does not.
        damage: what was found wrong so far; known when the shots have run out.
        fps: average frames a second, zero for a still image; known when the shots have run out.
    """

    shots: Iterator[Any]
    expected: int
    damage: list[str]
    fps: float

    @abstractmethod
    def size(self, shot: Any) -> tuple[int, int]:
        """Width and height of the upright frame."""

    @abstractmethod
    def square(self, shot: Any, size: int) -> UInt8[np.ndarray, "size size 3"]:
        """The upright frame on white, resized."""


@contextmanager
def opened_reel(path: Path) -> Iterator[Reel]:
    """A film or a picture, ready to be decoded.

    Raises:
        ImportError: PyAV, or for a picture Pillow, is not installed.
        DataError: it is neither, has no moving picture, or is absurd.
    """
    av = load_av()
    try:
        opened: AbstractContextManager[Reel] = _still(path) if _is_picture(path) else _film(path)
        with opened as reel:
            yield reel
    except PictureError as error:
        raise DataError(f"{path} cannot be decoded as a picture ({error}); give another file") from error
    except (av.FFmpegError, OSError, OverflowError, MemoryError) as error:
        raise DataError(f"{path} cannot be decoded as a video ({error}); give another file") from error


def is_still(path: Path, otherwise: bool) -> bool:
    """Tell whether a file is a picture without motion; `otherwise` where Pillow does not know it."""
    try:
        with opened_picture(path, _STILLS) as picture:
            return picture.format == "TIFF" or count_frames(picture) == 1
    except (PictureError, OSError):
        return otherwise


def squared(frame: Any, size: int) -> UInt8[np.ndarray, "size size 3"]:
    """A decoded frame of PyAV, resized to a square."""
    flags = load_av().video.reformatter.Interpolation
    # Without the two flags the scaler takes shortcuts that depend on the processor.
    scaling = flags.BILINEAR | flags.ACCURATE_RND | flags.BITEXACT
    return frame.reformat(size, size, format="rgb24", interpolation=scaling, threads=1).to_ndarray()


def load_av() -> ModuleType:
    """PyAV.

    Raises:
        ImportError: it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise ImportError("video needs PyAV: install it with `pip install 'amcore[video]'`") from error
    return av


class _Work:
    """Pixels decoded so far, which a file of few bytes may not unfold to without end."""

    def __init__(self, path: Path, base: int) -> None:
        self.path = path
        self.bytes = path.stat().st_size
        self.limit = base + _WORK_A_BYTE * max(0, self.bytes - _SMALL)
        self.done = 0

    def add(self, width: int, height: int) -> None:
        self.done += max(width * height, _LEAST_WORK)
        if self.done > self.limit:
            raise DataError(
                f"{self.path} unfolds {self.bytes} bytes to more than {self.limit} pixels; "
                "give a file with fewer or smaller frames"
            )


# --- pictures


def _is_picture(path: Path) -> bool:
    """Tell whether Pillow decodes a file: it knows more of pictures than FFmpeg does."""
    with path.open("rb") as file:
        head = file.read(32)
        if head[8:12] == b"WEBP" or (head[4:8] == b"ftyp" and b"avi" in head[8:]):
            return True
        if not head.startswith(_SIGNATURES) or path.suffix.lower() in _STREAMS:
            return False
        if not head.startswith((_JPEG, _PNG)):
            return True
        content = head + file.read()
    # Pictures strung together are a film without a container.
    if head.startswith(_PNG):
        return content.count(_PNG) == 1
    return _JPEG_AFTER_JPEG not in content or _SEVERAL in content


@contextmanager
def _still(path: Path) -> Iterator[Reel]:
    with opened_picture(path, _STILLS) as picture:
        yield _Still(path, picture)


class _Still(Reel):
    """A picture, an animation, or a document of pages."""

    def __init__(self, path: Path, picture: Any) -> None:
        count = count_frames(picture)
        # An animated PNG may have a picture for programs that know no animation.
        self._first = int(count > 1 and bool(picture.info.get("default_image")))
        self._count = count
        self._path = path
        self._picture = picture
        self.expected = count - self._first
        self.damage: list[str] = []
        self.fps = 0.0
        self.shots = self._shots()

    def _shots(self) -> Iterator[Any]:
        work = _Work(self._path, _STILL_WORK)
        durations = []
        for number in range(self._first, self._count):
            try:
                with explained():
                    if self._count > 1:
                        self._picture.seek(number)
                    if number and is_reduced(self._picture):
                        continue
                    check_size(self._picture, self._path)
                if self._count > 1:
                    work.add(*self._picture.size)
                with explained():
                    self._picture.load()
            except PictureError as error:
                self.damage.append(str(error))
                break
            durations.append(duration(self._picture))
            yield self._picture
        if len(durations) > 1 and self._picture.format != "TIFF":
            self.fps = 1000.0 * len(durations) / sum(durations)

    def size(self, shot: Any) -> tuple[int, int]:
        return upright_size(shot)

    def square(self, shot: Any, size: int) -> np.ndarray:
        levels = np.asarray(upright(shot))
        return squared(load_av().VideoFrame.from_ndarray(levels, format="rgb24"), size)


# --- films


@contextmanager
def _film(path: Path) -> Iterator[Reel]:
    if is_text(path):
        raise DataError(f"{path} cannot be decoded as a video (it is text); give another file")
    if table := absurd_table(path):
        raise DataError(f"{path} cannot be decoded as a video ({table}); give another file")
    # A name with a colon would be taken for a protocol; no file may open another.
    name, options = f"file:{path}", {"protocol_whitelist": "file"}
    with load_av().open(name, options=options, metadata_errors="replace") as container:
        # A song's cover is a picture attached to it.
        streams = [stream for stream in container.streams.video if not _is_attached(stream)]
        if not streams or container.format.name in _SCRIPTS:
            raise DataError(f"{path} has no video stream; give another file")
        if streams[0].codec_context is None:
            raise DataError(f"{path} cannot be decoded as a video (its codec is unknown); give another file")
        yield _Film(path, container, streams[0])


def _is_attached(stream: Any) -> bool:
    return bool(stream.disposition & type(stream.disposition).attached_pic)


class _Film(Reel):
    """The first moving picture of a container."""

    def __init__(self, path: Path, container: Any, stream: Any) -> None:
        av = load_av()
        width, height = stream.width, stream.height
        if width * height > PIXELS:
            raise DataError(
                f"{path} has frames of {width} × {height} pixels; give one of at most {PIXELS} a frame"
            )
        context = stream.codec_context
        context.options = {"max_pixels": str(PIXELS)}
        if context.name == "ffv1":
            context.options |= {"err_detect": "crccheck+explode"}
        self._path = path
        self._container = container
        self._stream = stream
        self._decoder = _with_alpha(av, stream)
        rate = stream.average_rate
        self.fps = float(rate) if rate else 0.0
        self.damage = []
        self._seconds = _announced_seconds(container)
        self.expected = stream.frames or (round(self._seconds * self.fps) if self._seconds else 0)
        self.shots = self._shots()

    def _shots(self) -> Iterator[Any]:
        av = load_av()
        work = _Work(self._path, _WORK)
        end = Fraction(0)
        announced = declared_size(self._path)
        if announced is not None and announced > (size := self._path.stat().st_size):
            self.damage.append(f"it announces {announced} bytes and has {size}")
        packets = self._container.demux()
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError as error:
                self.damage.append(str(error))
                break
            if packet is None:
                break
            if packet.pts is not None and packet.time_base is not None:
                end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
            if packet.stream.index == self._stream.index:
                yield from self._decoded(packet, work)
        if self._seconds and self._seconds - float(end) > max(_SHORT_SECONDS, _SHORT_SHARE * self._seconds):
            self.damage.append(f"it announces {self._seconds:.1f} s and ends after {float(end):.1f} s")

    def _decoded(self, packet: Any, work: _Work) -> Iterator[Any]:
        av = load_av()
        if packet.is_corrupt:
            self.damage.append("a packet is marked as corrupt")
        try:
            frames = self._decoder.decode(packet if packet.size else None)
        except av.FFmpegError as error:
            if not isinstance(error, av.error.EOFError):
                self.damage.append(str(error))
            return
        for frame in frames:
            work.add(frame.width, frame.height)
            if frame.is_corrupt:
                self.damage.append("a frame is marked as corrupt")
            yield frame

    def size(self, shot: Any) -> tuple[int, int]:
        turned = _laid(shot)[0] % 2
        return (shot.height, shot.width) if turned else (shot.width, shot.height)

    def square(self, shot: Any, size: int) -> np.ndarray:
        quarters, mirrored = _laid(shot)
        square = squared(_opaque(shot), size)
        if mirrored:
            square = square[:, ::-1]
        return np.ascontiguousarray(np.rot90(square, quarters))


def _announced_seconds(container: Any) -> float:
    if container.format.name not in _TIMED or not container.duration:
        return 0.0
    return container.duration / load_av().time_base


def _with_alpha(av: ModuleType, stream: Any) -> Any:
    """The stream's decoder; for VP8 and VP9 with transparency the one that knows of it."""
    context = stream.codec_context
    library = {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(context.name)
    if library is None or stream.metadata.get("alpha_mode") != "1":
        return context
    try:
        decoder = av.CodecContext.create(library, "r")
    except (av.FFmpegError, ValueError):
        return context
    decoder.extradata = context.extradata
    return decoder


def _laid(frame: Any) -> tuple[int, bool]:
    """How a frame is turned to be upright: mirrored left to right first or not, then quarters counter-clockwise.

    The display matrix takes a pixel (x, y) to (a x + c y, b x + d y), y growing downwards; what is between the
    quarters goes to the nearest.
    """
    matrix = _matrix(frame)
    if matrix is None:
        return round(frame.rotation / 90) % _QUARTER, False
    a, b, c, d = (float(matrix[at]) for at in (0, 1, 3, 4))
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    return round(np.degrees(np.arctan2(-b, a)) / 90) % _QUARTER, mirrored


def _matrix(frame: Any) -> np.ndarray | None:
    kinds = load_av().sidedata.sidedata.Type
    try:
        found = frame.side_data.get(kinds.DISPLAYMATRIX)
    except ValueError:
        # PyAV has no name for some kinds of notes.
        return None
    return None if found is None else np.frombuffer(bytes(found), np.int32)


def _opaque(frame: Any) -> Any:
    """The same frame, on white where it has transparency."""
    form = frame.format
    if not (form.has_palette or any(component.is_alpha for component in form.components)):
        return frame
    levels = frame.to_ndarray(format="rgba")
    alpha = levels[..., 3:].astype(np.uint16)
    if (alpha == _WHITE).all():
        return frame
    shown = levels[..., :3] * alpha + _WHITE * (_WHITE - alpha) + _WHITE // 2
    levels = (shown // _WHITE).astype(np.uint8)
    return load_av().VideoFrame.from_ndarray(levels, format="rgb24")
