"""Sound files decoded block by block: all that is there, what is wrong with it, and no more than memory allows."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Float64

from amcore.data.errors import DataError

FASTEST = 768_000
"""Samples a second: more than any converter makes."""

# What a small file may unfold to, over all channels, and a large one for each byte above that. Speech in Opus makes
# 64 samples of a byte.
MOST = 1 << 26
_PER_BYTE = 100
_SMALL = 1_000_000
_BLOCK = 1 << 16
# libsndfile's count of frames where the header names none.
_UNKNOWN = 1 << 62
# Written where the length was not known when the file was begun.
_OPEN_ENDED = 0x7FFF0000
# Some writers count the head of a chunk, or leave out what fills it up.
_SLACK = 16
_OF_FFMPEG = {"MP3": "mp3", "FLAC": "flac"}
_MP3_TABLE = 256
_HAS_FRAMES, _HAS_BYTES = 1, 2
_OGG_PAGE = b"OggS"
_OGG_END = 4
_OGG_TAIL = 1 << 17


def read_mono(path: Path, *, accept_damage: bool) -> tuple[Float64[np.ndarray, " samples"], int]:
    """The mean of a file's channels, −1 … 1 for whole numbers, and its samples a second.

    Args:
        path: of a file that libsndfile decodes; FFmpeg reads those it would not read whole, MP3 and FLAC.
        accept_damage: take what can be decoded of a file that is cut or corrupt, with a warning.

    Raises:
        ImportError: soundfile, or for MP3 and FLAC PyAV, is not installed.
        DataError: it is missing, no sound, without samples, cut or corrupt, holds NaN or infinity, or its header
            is absurd.
    """
    library = _soundfile()
    if not path.is_file():
        raise DataError(f"{path} cannot be decoded as a sound (it is no file); give another file")
    damage: list[str] = []
    try:
        # Absolute, because libsndfile takes "-" for the standard input.
        with library.SoundFile(str(path.absolute())) as file:
            rate = int(file.samplerate)
            if not 1 <= rate <= FASTEST:
                raise DataError(
                    f"{path} must have 1 to {FASTEST} samples a second, but has {rate}; give another file"
                )
            # libsndfile guesses the length of an MP3 file without a table, fails at the end of a FLAC file that is
            # shorter or longer than it says, and then gives nothing.
            if file.format in _OF_FFMPEG:
                blocks = _streamed(path, file, damage)
            else:
                blocks = _blocks(path, file, library, damage)
            mono = _mean(path, blocks)
    except DataError:
        raise
    # Files named `.raw` have no header, a TypeError.
    except (OSError, RuntimeError, TypeError, ValueError, MemoryError) as error:
        raise DataError(f"{path} cannot be decoded as a sound ({error}); give another file") from error
    if damage:
        _report(
            f"{path} is cut or corrupt: {'; '.join(damage)}; {len(mono)} samples were read",
            len(mono),
            accept_damage,
        )
    if len(mono) == 0:
        raise DataError(f"{path} holds a sound without samples; give another file")
    return mono, rate


def _report(what: str, read: int, accept_damage: bool) -> None:
    if read and accept_damage:
        warnings.warn(what, stacklevel=4)
        return
    remedy = ", or take what there is with accept_damage=True" if read else ""
    raise DataError(f"{what}; give another file{remedy}")


def _mean(path: Path, blocks: Iterator[np.ndarray]) -> Float64[np.ndarray, " samples"]:
    """The mean of the channels of all blocks, gathered without a second copy."""
    size = path.stat().st_size
    left = most = MOST + _PER_BYTE * max(0, size - _SMALL)
    gathered = bytearray()
    for block in blocks:
        left -= block.size
        if left < 0:
            raise DataError(f"{path} unfolds {size} bytes to more than {most} samples; give a shorter file")
        if not np.isfinite(block).all():
            raise DataError(f"{path} holds NaN or infinity; give another file")
        gathered += np.ascontiguousarray(block.mean(axis=1, dtype=np.float64)).data
    return np.frombuffer(gathered, np.float64)


def _blocks(
    path: Path, file: Any, library: ModuleType, damage: list[str]
) -> Iterator[Float64[np.ndarray, "block channels"]]:
    read, announced = 0, int(file.frames)
    try:
        while len(block := file.read(max(1, _BLOCK // file.channels), dtype="float64", always_2d=True)):
            read += len(block)
            yield block
    except library.LibsndfileError as error:
        damage.append(str(error))
        return
    if read < announced < _UNKNOWN:
        damage.append(f"it announces {announced} samples")
    elif missing := _missing(path):
        damage.append(missing)


def _streamed(path: Path, file: Any, damage: list[str]) -> Iterator[Float64[np.ndarray, "block channels"]]:
    """What FFmpeg decodes, which asks no header how long a sound is."""
    av = _av()
    is_flac = file.format == "FLAC"
    # A name with a colon would be taken for a protocol.
    name, options = f"file:{path.absolute()}", {"protocol_whitelist": "file"}
    with av.open(
        name, format=_OF_FFMPEG[file.format], options=options, metadata_errors="replace"
    ) as container:
        stream = container.streams.audio[0]
        stream.codec_context.options = {"err_detect": "crccheck+explode"}
        read = 0
        try:
            for packet in container.demux(stream):
                for frame in packet.decode():
                    block = _channels(frame)
                    if (frame.sample_rate, block.shape[1]) != (file.samplerate, file.channels):
                        raise DataError(f"{path} changes its rate or channels on the way; give another file")
                    # A frame of FLAC knows its place; one of MP3 does not.
                    if is_flac and not damage and frame.pts not in (None, read):
                        damage.append(f"a part after sample {read} is missing")
                    read += len(block)
                    yield block
        except av.FFmpegError as error:
            damage.append(error.strerror or str(error))
            return
    if is_flac and read < file.frames < _UNKNOWN:
        damage.append(f"it announces {file.frames} samples")
    elif not is_flac and (missing := _missing_of_mp3(path)):
        damage.append(missing)


def _channels(frame: Any) -> Float64[np.ndarray, "block channels"]:
    """The levels of a frame whose channels lie one after the other or side by side."""
    levels = frame.to_ndarray()
    count = frame.layout.nb_channels
    block = levels.T if frame.format.is_planar else levels.reshape(-1, count)
    if block.dtype.kind == "f":
        return block.astype(np.float64)
    return block / -float(np.iinfo(block.dtype).min)


def _missing(path: Path) -> str | None:
    """What a file says that it has and has not, where libsndfile says nothing; None where all is there."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == _OGG_PAGE:
            file.seek(max(0, size - _OGG_TAIL))
            # The sixth byte of a page says whether it is the last.
            flags = file.read().rpartition(_OGG_PAGE)[2][1:2]
            return None if flags and flags[0] & _OGG_END else "its last page is missing"
    if head[:4] in (b"RIFF", b"FORM"):
        announced = int.from_bytes(head[4:8], "little" if head[:4] == b"RIFF" else "big") + 8
    elif head[:4] == b".snd":
        announced = int.from_bytes(head[4:8], "big") + int.from_bytes(head[8:12], "big")
    else:
        return None
    if announced >= _OPEN_ENDED or announced <= size + _SLACK:
        return None
    return f"it announces {announced} bytes and has {size}"


def _missing_of_mp3(path: Path) -> str | None:
    """What the table before an MP3 stream, if there is one, says that the stream has and has not."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(10)
        start = 0
        if head[:3] == b"ID3":
            # The size of the notes before the stream, seven bits a byte.
            start = 10 + sum(byte << 7 * (3 - place) for place, byte in enumerate(head[6:10]))
        file.seek(start)
        frame = file.read(_MP3_TABLE)
    for mark in (b"Xing", b"Info"):
        _, found, table = frame.partition(mark)
        flags = int.from_bytes(table[:4], "big")
        if found and flags & _HAS_BYTES:
            at = 8 if flags & _HAS_FRAMES else 4
            announced = start + int.from_bytes(table[at : at + 4], "big")
            if announced > size + _SLACK:
                return f"it announces {announced} bytes and has {size}"
    return None


def _soundfile() -> ModuleType:
    try:
        import soundfile
    except ImportError as error:
        raise ImportError("sound needs soundfile: install it with `pip install 'amcore[audio]'`") from error
    return soundfile


def _av() -> ModuleType:
    try:
        import av
    except ImportError as error:
        raise ImportError("MP3 and FLAC need PyAV: install it with `pip install 'amcore[audio]'`") from error
    return av
