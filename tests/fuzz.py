"""Damaged files against every reader of the packages, each in a process of its own with bounded time and memory.

    .venv/bin/python tests/fuzz.py --seed 0 --rounds 200            # each reader 200 times
    .venv/bin/python tests/fuzz.py --only picture --first 17 --rounds 1 --keep found

A reader passes if it ends by itself, in a result or in its documented error, after at most 5 s of processor time and
with at most 1 GB of memory more than before. The small valid inputs that are damaged are made here.
"""

import argparse
import hashlib
import io
import json
import os
import pickle
import random
import resource
import select
import shutil
import signal
import struct
import sys
import tarfile
import tempfile
import traceback
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from mutations import mutated

SECONDS = 5
BYTES = 1 << 30
LONGEST = 1_000_000
LONGEST_ERROR = 5000
PATIENCE = 120  # seconds of the clock after which a process that uses no processor counts as hanging

Pack = Callable[[bytes], bytes]
Damage = Callable[[bytes, random.Random, list[bytes]], bytes]


def anything(content: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    return mutated(content, draw, others, longest=LONGEST)


@dataclass(frozen=True)
class Sample:
    """One small valid input.

    `files` are written under their names; the one named `damaged` is damaged, then packed: compressed, or given the
    checksum without which a reader looks no further.
    """

    files: dict[str, bytes]
    damaged: str
    pack: Pack = bytes
    damage: Damage = anything


@dataclass(frozen=True)
class Reader:
    """What is tried: its samples, how it is called on the folder that holds the files, and its own errors."""

    samples: Callable[[], list[Sample]]
    read: Callable[[Path, str], object]
    errors: Callable[[], tuple[type[Exception], ...]]
    forks: bool = True
    """Whether what it warms up survives a fork; JAX does not."""


def one(name: str, content: bytes, pack: Pack = bytes) -> Sample:
    return Sample({name: content}, name, pack)


def data_error() -> tuple[type[Exception], ...]:
    from amcore.data import DataError

    return (DataError,)


# Pictures, films and sounds


def shades(side: int = 24, depth: type = np.uint8) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side]
    grey = (rows * 7 + columns * 3) % 256
    return np.stack([grey, grey.T, 255 - grey], axis=-1).astype(depth)


def png_checksums(content: bytes) -> bytes:
    """The same PNG with every checksum right, as far as its chunks can be followed."""
    fixed, place = bytearray(content), 8
    while place + 12 <= len(fixed):
        length = int.from_bytes(fixed[place : place + 4])
        end = place + 8 + length
        if end + 4 > len(fixed):
            break
        fixed[end : end + 4] = zlib.crc32(fixed[place + 4 : end]).to_bytes(4)
        place = end + 4
    return bytes(fixed)


SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="24" height="24"
viewBox="0 0 24 24"><defs><linearGradient id="g"><stop offset="0" stop-color="red"/><stop offset="1"/></linearGradient>
<filter id="f"><feGaussianBlur stdDeviation="2"/></filter><pattern id="p" width="4" height="4"><path d="M0 0L4 4"/>
</pattern></defs><g transform="scale(1.5) rotate(3)"><rect id="r" x="1" y="1" width="9" height="9" fill="url(#g)"/>
<circle cx="12" cy="12" r="5" filter="url(#f)"/><use xlink:href="#r" x="5"/><path d="M1 2C3 4 5 6 7 8z" fill="url(#p)"/>
<text x="2" y="20" font-size="8">ab</text></g></svg>"""


def pictures() -> list[Sample]:
    from PIL import Image

    plain = Image.fromarray(shades())
    deep = Image.fromarray(shades()[..., 0].astype(np.uint16) * 257)
    turned = Image.Exif()
    turned[0x0112] = 6
    wanted: list[tuple[str, Image.Image, dict[str, object]]] = [
        ("a.png", plain, {"exif": turned}),
        ("b.png", plain.convert("RGBA"), {}),
        ("c.png", deep, {}),
        ("d.png", plain.quantize(8), {}),
        ("a.jpg", plain, {"exif": turned}),
        ("b.jpg", plain.convert("CMYK"), {}),
        ("a.gif", plain, {"save_all": True, "append_images": [plain.rotate(90)]}),
        ("a.webp", plain, {"save_all": True, "append_images": [plain.rotate(90)]}),
        ("a.tif", plain, {"compression": "tiff_lzw"}),
        ("b.tif", Image.fromarray(shades()[..., 0].astype(np.float32) / 255), {}),
        ("a.bmp", plain, {}),
        ("a.ppm", plain, {}),
        ("a.ico", plain, {}),
        ("a.avif", plain, {"save_all": True, "append_images": [plain.rotate(90)]}),
        ("a.jp2", plain, {}),
        ("a.tga", plain, {}),
        ("a.icns", plain.resize((32, 32)), {}),
        ("a.dds", plain, {}),
        ("a.pcx", plain, {}),
        ("a.sgi", plain, {}),
    ]
    made = [one("a.svg", SVG)]
    for name, picture, options in wanted:
        buffer = io.BytesIO()
        try:
            picture.save(buffer, Image.registered_extensions()[Path(name).suffix], **options)
        except (KeyError, OSError, ValueError):
            continue
        made.append(one(name, buffer.getvalue(), png_checksums if name.endswith(".png") else bytes))
    return made


def film(name: str, codec: str, *, sound: str = "", pixels: str = "yuv420p") -> bytes | None:
    import av

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        try:
            with av.open(str(path), "w") as container:
                stream = container.add_stream(codec, rate=10)
                stream.width = stream.height = 32
                stream.pix_fmt = pixels
                track = container.add_stream(sound, rate=48000) if sound else None
                for level in range(6):
                    frame = av.VideoFrame.from_ndarray(
                        np.full((32, 32, 3), 40 * level, np.uint8), format="rgb24"
                    )
                    container.mux(stream.encode(frame))
                container.mux(stream.encode(None))
                if track is not None:
                    samples = np.zeros((1, 4800), np.float32)
                    tone = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
                    tone.sample_rate, tone.time_base = 48000, Fraction(1, 48000)
                    container.mux(track.encode(tone))
                    container.mux(track.encode(None))
        except (av.FFmpegError, ValueError):
            return None
        return path.read_bytes()


def films() -> list[Sample]:
    made = [
        ("a.mp4", film("a.mp4", "libx264", sound="aac")),
        ("b.mp4", film("b.mp4", "mpeg4")),
        ("a.mov", film("a.mov", "mjpeg", pixels="yuvj420p")),
        ("a.avi", film("a.avi", "mpeg4")),
        ("b.avi", film("b.avi", "rawvideo", pixels="bgr24")),
        ("a.mkv", film("a.mkv", "ffv1")),
        ("a.webm", film("a.webm", "libvpx-vp9")),
        ("a.ts", film("a.ts", "mpeg2video")),
        ("a.mpg", film("a.mpg", "mpeg1video")),
        ("a.flv", film("a.flv", "flv")),
        ("a.ogv", film("a.ogv", "libtheora")),
        ("a.y4m", film("a.y4m", "rawvideo")),
    ]
    shown = {".gif", ".webp", ".avif", ".tif", ".png", ".jpg"}
    return [one(name, content) for name, content in made if content] + [
        sample for sample in pictures() if Path(sample.damaged).suffix in shown
    ]


def sounds() -> list[Sample]:
    import soundfile

    tone = (np.sin(np.arange(4000) / 9) * 9000).astype(np.int16)
    made = []
    for name, form, kind in (
        ("a.wav", "WAV", "PCM_16"),
        ("b.wav", "WAV", "FLOAT"),
        ("c.wav", "WAV", "IMA_ADPCM"),
        ("d.wav", "WAVEX", "PCM_24"),
        ("e.wav", "RF64", "PCM_16"),
        ("a.flac", "FLAC", "PCM_16"),
        ("a.ogg", "OGG", "VORBIS"),
        ("b.ogg", "OGG", "OPUS"),
        ("a.mp3", "MP3", "MPEG_LAYER_III"),
        ("a.aiff", "AIFF", "PCM_16"),
        ("a.au", "AU", "PCM_16"),
        ("a.caf", "CAF", "ALAC_16"),
        ("a.w64", "W64", "PCM_16"),
    ):
        buffer = io.BytesIO()
        try:
            soundfile.write(buffer, tone, 16000, format=form, subtype=kind)
        except (soundfile.LibsndfileError, ValueError):
            continue
        made.append(one(name, buffer.getvalue()))
    return made


# Annotations

_QUESTIONS = "v2_OpenEnded_mscoco_val2014_questions.json"
_ANNOTATIONS = "v2_mscoco_val2014_annotations.json"


def questions() -> list[Sample]:
    asked = [{"image_id": 42, "question": "What?", "question_id": number} for number in (1, 2)]
    said = [
        {
            "image_id": 42,
            "question_id": number,
            "answer_type": "other",
            "question_type": "what",
            "multiple_choice_answer": "cat",
            "answers": [
                {"answer": "cat", "answer_confidence": "yes", "answer_id": place} for place in range(10)
            ],
        }
        for number in (1, 2)
    ]
    files = {
        _QUESTIONS: json.dumps({"questions": asked, "data_type": "mscoco"}).encode(),
        _ANNOTATIONS: json.dumps({"annotations": said, "info": {}}).encode(),
        "val2014/COCO_val2014_000000000042.jpg": b"",
    }
    return [
        Sample(files, name, damage=damage)
        for name in (_QUESTIONS, _ANNOTATIONS)
        for damage in (odd_values, odd_values, anything)
    ]


def captions() -> list[Sample]:
    images = [
        {
            "filepath": "val2014",
            "filename": f"{number}.jpg",
            "cocoid": number,
            "split": split,
            "sentences": [{"raw": "A cat.", "tokens": ["a", "cat"], "sentid": number}],
        }
        for number, split in enumerate(("train", "val", "test"))
    ]
    content = json.dumps({"images": images, "dataset": "coco"}).encode()
    files = {"dataset_coco.json": content, **{f"val2014/{number}.jpg": b"" for number in range(3)}}
    return [
        Sample(files, "dataset_coco.json", damage=damage) for damage in (odd_values, odd_values, anything)
    ]


_ODD_VALUES = (
    None,
    True,
    -1,
    0,
    1.5,
    1e308,
    float("nan"),
    2**70,
    "",
    "42",
    "\ud800",
    "\0",
    [],
    {},
    [[]],
    {"": None},
)


def odd_values(content: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    """JSON of which some values are replaced by something odd."""
    whole = json.loads(content)
    for _ in range(draw.choice((1, 1, 1, 3))):
        if places := list(_values(whole)):
            holder, key = draw.choice(places)
            holder[key] = draw.choice(_ODD_VALUES)
    return json.dumps(whole).encode()


def _values(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _values(value[key])


def pairs() -> list[Sample]:
    files = {
        "frames/1.jpg": b"",
        "audio/1.wav": b"",
        "frames/clip-2.jpg": b"",
        "audio/clip-2.wav": b"",
        "list.csv": b"1,0.5,0.5,a\r\nclip-2,0.1,0.2,b\n",
    }
    return [
        Sample(files, "list.csv"),
        Sample({**files, "list.csv": "1\nclip-2\n".encode("utf-16")}, "list.csv"),
    ]


# Archives and arrays


def tar(form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, content in (("a/é" + "x" * 120, b"1" * 700), ("a/two", b"2"), ("three", b"")):
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1.5 if form == tarfile.PAX_FORMAT else 1
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "a/two"
        archive.addfile(link)
    return buffer.getvalue()


def zipped(method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("a/one", b"1" * 700)
        archive.writestr("a/two", b"2")
    return buffer.getvalue()


def debian(data: bytes, name: str = "data.tar") -> bytes:
    parts = [b"!<arch>\n"]
    for entry, content in (("debian-binary", b"2.0\n"), ("control.tar", tar()), (name, data)):
        parts.append(f"{entry:<16}{0:<12}{0:<6}{0:<6}{644:<8}{len(content):<10}`\n".encode())
        parts.append(content + b"\n" * (len(content) % 2))
    return b"".join(parts)


def tar_checksums(content: bytes) -> bytes:
    """The same tar with the checksum of every block right that once was a header, or may be one."""
    fixed = bytearray(content)
    for start in range(0, len(fixed) - 511, 512):
        block = fixed[start : start + 512]
        if block[257:262] == b"ustar" or any(block[148:156]):
            block[148:156] = b" " * 8
            fixed[start + 148 : start + 156] = b"%06o\0 " % sum(block)
    return bytes(fixed)


def archives() -> list[Sample]:
    import bz2
    import gzip
    import lzma

    packs: list[tuple[str, Pack]] = [
        ("a.tar", bytes),
        ("a.tgz", lambda content: gzip.compress(content, mtime=0)),
        ("a.tar.bz2", bz2.compress),
        ("a.tar.xz", lzma.compress),
        ("a.tar.lzma", lambda content: lzma.compress(content, lzma.FORMAT_ALONE)),
        ("a.deb", debian),
    ]
    made = [
        one(name, tar(form), lambda content, pack=pack: pack(tar_checksums(content)))
        for name, pack in packs
        for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)
    ]
    made += [one(name, pack(tar())) for name, pack in packs]
    made += [
        one("a.zip", zipped(method))
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    ]
    return [
        *made,
        *made[-4:],
        one("zst.deb", debian(b"\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00", "data.tar.zst")),
    ]


def read_archive(folder: Path, name: str) -> object:
    from amcore.data import Source, opened
    from amcore.data.transport.fetching import source_folder

    content = (folder / name).read_bytes()
    os.environ["AMCORE_CACHE"] = str(folder / "cache")
    source = Source(
        name="x",
        version="1",
        kind="npm",
        licence="x",
        citation="x",
        archive=name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=max(1, len(content)),
        members=("*",),
    )
    source_folder(source).mkdir(parents=True)
    (source_folder(source) / name).write_bytes(content)
    with opened(source) as members:
        escaped = [path for path in folder.rglob("*") if path.is_symlink()]
        assert not escaped, escaped
        return sum(1 for _ in members.rglob("*"))


def arrays() -> list[Sample]:
    made = []
    for array in (np.arange(12.0).reshape(3, 4), np.arange(5, dtype=np.uint8), np.array(["one", "two"])):
        buffer = io.BytesIO()
        np.save(buffer, array)
        made.append(one("a.npy", buffer.getvalue()))
    return made


def idx() -> list[Sample]:
    return [one("a", bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 3, 4) + bytes(24))]


def tables() -> list[Sample]:
    return [one("a.csv", b'a,b,c\n1,"x, y",0.5\n2,z,\n')]


def read_prepared(folder: Path, name: str) -> object:
    from amcore.data.formats.arrays import read_array
    from amcore.data.formats.tables import read_table

    return np.array(read_array(folder, "", name)) if name.endswith(".npy") else read_table(folder, "", name)


def read_digits(folder: Path, name: str) -> object:
    from amcore.data.sets.mnist import read_idx

    return read_idx(folder / name)


# Weights


_MARK = b"\n---\n"


def joined(content: bytes) -> bytes:
    """A safetensors file of its header and its numbers, with the length that the header has now."""
    head, mark, numbers = content.partition(_MARK)
    return struct.pack("<Q", len(head)) + head + numbers if mark else content


def odd_header(content: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    """The header or the description in it with odd values."""
    head, mark, numbers = content.partition(_MARK)
    whole = json.loads(head)
    if draw.random() < 0.5:
        described = whole["__metadata__"]["description"].encode()
        whole["__metadata__"]["description"] = odd_values(described, draw, others).decode()
        return json.dumps(whole).encode() + mark + numbers
    return odd_values(head, draw, others) + mark + numbers


def odd_numbers(content: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    """A whole header, and other numbers, as many as before."""
    head, mark, numbers = content.partition(_MARK)
    return head + mark + anything(numbers, draw, []).ljust(len(numbers), b"\0")[: len(numbers)]


def apart(content: bytes) -> bytes:
    length = int.from_bytes(content[:8], "little")
    return content[8 : 8 + length] + _MARK + content[8 + length :]


def weights(files: dict[str, bytes]) -> list[Sample]:
    return [
        sample
        for name, content in files.items()
        for sample in (
            Sample({name: content}, name),
            *(
                Sample({name: apart(content)}, name, joined, damage)
                for damage in (anything, odd_header, odd_header, odd_numbers)
            ),
        )
    ]


def _network() -> object:
    import torch

    from cmhn import Couplings, HarmonicNetwork, JointEnergy, JointMemory

    widths = {"text": 3, "vision": 2}
    memory = JointMemory(widths)
    generator = torch.Generator().manual_seed(0)
    memory.store(**{name: torch.randn(4, width, generator=generator) for name, width in widths.items()})
    return HarmonicNetwork(JointEnergy(memory, Couplings(widths)))


def torch_weights() -> list[Sample]:
    network = _network()
    with tempfile.TemporaryDirectory() as folder:
        network.save(Path(folder) / "network")
        network.memory.save(Path(folder) / "memory")
        files = {name: (Path(folder) / name).read_bytes() for name in ("network", "memory")}
    return weights(files)


def read_torch_weights(folder: Path, name: str) -> object:
    import torch

    network = _network()
    (network if name == "network" else network.memory).load(folder / name)
    wrong = [
        key
        for key, value in network.state_dict().items()
        if torch.is_tensor(value) and not value.isfinite().all()
    ]
    assert not wrong, f"{wrong} hold NaN or Inf"
    return network


def _classifiers() -> tuple[object, list[object]]:
    import jax

    import hkam
    from hkam.digits.classifier import classifier_memory
    from hkam.digits.finetuning import EditedClassifier
    from hkam.digits.starts import LearnedStart, ShownStart

    classifier = classifier_memory(4, hidden=3, classes=2, key=jax.random.key(0))
    graph = hkam.watts_strogatz_graph(9, 4, seed=0)
    starts = [LearnedStart(np.ones((9, 3), np.float32)), ShownStart.coherent(4, 9, 3)]
    omega = np.zeros((3, 3), np.float32)
    return classifier, [EditedClassifier.around(classifier, graph, start, omega=omega) for start in starts]


def jax_weights() -> list[Sample]:
    from hkam.digits.weights import save_classifier, save_edited

    classifier, edited = _classifiers()
    with tempfile.TemporaryDirectory() as folder:
        save_classifier(Path(folder) / "classifier", classifier, card="# Card")
        for place, network in enumerate(edited):
            save_edited(Path(folder) / f"edited{place}", network, card="# Card")
        files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    return weights(files)


def read_jax_weights(folder: Path, name: str) -> object:
    import jax

    from hkam.digits.weights import load_classifier, load_edited, read_card

    read_card(folder / name)
    wanted = load_classifier if name == "classifier" else partial(load_edited, classifier=_classifiers()[0])
    network = wanted(folder / name)
    assert all(np.isfinite(np.asarray(leaf)).all() for leaf in jax.tree.leaves(network)), "NaN or Inf"
    return network


def checkpoints() -> list[Sample]:
    from hkam.checkpoints import Checkpoint, Progress

    with tempfile.TemporaryDirectory() as folder:
        Checkpoint(Path(folder) / "a", "run").save(Progress(_values_of_run(), [0.5], [{"update": 0}]))
        whole = (Path(folder) / "a").read_bytes()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return [
        one("a", whole),
        *(one("a", part, partial(with_part, parts, name)) for name, part in parts.items()),
    ]


def with_part(parts: dict[str, bytes], name: str, content: bytes) -> bytes:
    """A zip of parts of which one is another."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part, held in {**parts, name: content}.items():
            archive.writestr(part, held)
    return buffer.getvalue()


def _values_of_run() -> object:
    return {"weight": np.ones((3, 2), np.float32), "count": np.asarray(3, np.int32)}


def read_checkpoint(folder: Path, name: str) -> object:
    from hkam.checkpoints import Checkpoint

    return Checkpoint(folder / name, "run").load(_values_of_run())


def cmhn_errors() -> tuple[type[Exception], ...]:
    from cmhn import WeightFileError

    return (WeightFileError,)


def hkam_errors() -> tuple[type[Exception], ...]:
    from hkam.checkpoints import CheckpointError
    from hkam.digits.weights import WeightFileError

    return (WeightFileError, CheckpointError)


def read_video(folder: Path, name: str) -> object:
    from amcore.data import load_video

    return load_video(folder / name, size=16)


def read_picture(folder: Path, name: str) -> object:
    from amcore.data import load_picture

    return load_picture(folder / name, 16)


def read_sound(folder: Path, name: str) -> object:
    from amcore.data import load_sound

    return load_sound(folder / name)


def read_questions(folder: Path, name: str) -> object:
    from amcore.data import load_vqa

    return load_vqa(folder, "val")


def read_captions(folder: Path, name: str) -> object:
    from amcore.data import load_coco

    return load_coco(folder)


def read_pairs(folder: Path, name: str) -> object:
    from amcore.data import load_flickr_soundnet

    return load_flickr_soundnet(folder, {"test": folder / name})


READERS = {
    "video": Reader(films, read_video, data_error),
    "picture": Reader(pictures, read_picture, lambda: (ValueError,)),
    "sound": Reader(sounds, read_sound, data_error),
    "vqa": Reader(questions, read_questions, data_error),
    "coco": Reader(captions, read_captions, data_error),
    "soundnet": Reader(pairs, read_pairs, lambda: (*data_error(), ValueError)),
    "archive": Reader(archives, read_archive, data_error),
    "array": Reader(arrays, read_prepared, data_error),
    "idx": Reader(idx, read_digits, data_error),
    "table": Reader(tables, read_prepared, data_error),
    "cmhn": Reader(torch_weights, read_torch_weights, cmhn_errors),
    "hkam": Reader(jax_weights, read_jax_weights, hkam_errors, forks=False),
    "checkpoint": Reader(checkpoints, read_checkpoint, hkam_errors, forks=False),
}


# Trying


def write(sample: Sample, folder: Path, content: bytes | None = None) -> None:
    for name, held in sample.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == sample.damaged:
            held = sample.pack(held if content is None else content)[:LONGEST]
        path.write_bytes(held)


def attempt(reader: Reader, folder: Path, sample: Sample) -> str:
    """Read in this process, which is not used afterwards, and say how it ended."""
    if not reader.forks:
        warm(reader, [sample])
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    resource.setrlimit(resource.RLIMIT_AS, (size + BYTES, size + BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + SECONDS + 1, int(used) + SECONDS + 3))
    own = reader.errors()
    try:
        reader.read(folder, sample.damaged)
        ended = "read"
    except Exception as error:
        # An error of the package is of its own class; a stranger's class may derive from that.
        if type(error) not in own:
            ended = f"FOREIGN {traceback.format_exc()}"
        elif len(str(error)) > LONGEST_ERROR:
            ended = f"FOREIGN message of {len(str(error))} letters"
        else:
            ended = f"refused {type(error).__name__}"
    used = (
        sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        - used
    )
    return f"SLOW {used:.1f} s, {ended}" if used > SECONDS else ended


def warm(reader: Reader, samples: list[Sample]) -> None:
    """Read good inputs, so that what is imported and kept counts for no damaged one."""
    good = 0
    for sample in samples:
        with tempfile.TemporaryDirectory() as folder:
            write(sample, Path(folder))
            with suppress(*reader.errors()):
                reader.read(Path(folder), sample.damaged)
                good += 1
    assert good, "none of the samples can be read"


def forked(task: Callable[[], bytes], patience: float) -> bytes | str:
    """What a task gives in a process of its own, or how that was killed."""
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(here)
        os.setpgid(0, 0)
        try:
            with open(there, "wb", closefd=False) as pipe:
                pipe.write(task())
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(there)
    said = b""
    try:
        while True:
            if not select.select([here], [], [], patience)[0]:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return f"HANGS for {patience} s"
            if not (piece := os.read(here, 1 << 16)):
                break
            said += piece
    finally:
        os.close(here)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"KILLED by {signal.Signals(os.WTERMSIG(status)).name}"
    return said


def quiet() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    warnings.simplefilter("ignore")


def fault(ended: str) -> str:
    """What tells one fault from another: the line of code, or how the process ended."""
    lines = [line for line in ended.splitlines() if line.startswith('  File "')]
    return lines[-1] if lines else ended.splitlines()[0]


def try_reader(name: str, seed: int, first: int, rounds: int, keep: Path | None) -> int:
    reader = READERS[name]
    if reader.forks:
        samples = reader.samples()
        warm(reader, samples)
    else:
        # Importing JAX survives a fork, computing with it does not.
        reader.errors()
        samples = pickle.loads(forked(lambda: pickle.dumps(reader.samples()), 600))
    contents = [sample.files[sample.damaged] for sample in samples]
    ends, seen, bad = Counter(), Counter(), 0
    for number in range(first, first + rounds):
        with tempfile.TemporaryDirectory(prefix="fuzz-") as space:
            folder, sample = Path(space), samples[number % len(samples)]

            def task(folder: Path = folder, sample: Sample = sample, number: int = number) -> bytes:
                quiet()
                draw = random.Random(f"{seed}/{name}/{number}")
                write(sample, folder, sample.damage(sample.files[sample.damaged], draw, contents))
                return attempt(reader, folder, sample).encode()

            said = forked(task, PATIENCE)
            ended = (said.decode() or "LOST") if isinstance(said, bytes) else said
            ends[ended.split()[0]] += 1
            if ended.startswith(("read", "refused")):
                continue
            bad += 1
            # The same fault is told in full once.
            seen[fault(ended)] += 1
            told = ended if seen[fault(ended)] == 1 else f"as before, {seen[fault(ended)]} times"
            sys.stdout.write(f"--only {name} --seed {seed} --first {number} ({sample.damaged}): {told}\n")
            sys.stdout.flush()
            if keep is not None:
                shutil.copytree(folder, keep / f"{name}-{seed}-{number}", dirs_exist_ok=True)
    told = ", ".join(f"{count} {end}" for end, count in ends.most_common())
    sys.stdout.write(f"{name}: {told}\n")
    sys.stdout.flush()
    return bad


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=100, help="damaged inputs for each reader")
    parser.add_argument("--first", type=int, default=0, help="number of the first of them")
    parser.add_argument("--only", nargs="*", choices=list(READERS), default=list(READERS))
    parser.add_argument("--keep", type=Path, help="folder for the inputs that were read wrongly")
    chosen = parser.parse_args()
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    # Each reader in a process of its own, so that JAX's threads and others' memory stay away from the rest.
    bad = 0
    for name in chosen.only:
        said = forked(
            lambda name=name: b"%d" % try_reader(name, chosen.seed, chosen.first, chosen.rounds, chosen.keep),
            10**7,
        )
        if not isinstance(said, bytes) or not said:
            sys.stdout.write(f"{name}: {said or 'no answer'}\n")
            bad += 1
        else:
            bad += int(said)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
