"""A few damaged copies of small files for every reader; `tests/fuzz.py` tries thousands in bounded processes."""

import gzip
import io
import json
import random
import struct
import tarfile
import tempfile
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest
from mutations import mutated

from amcore.data import (
    DataError,
    load_coco,
    load_flickr_soundnet,
    load_picture,
    load_sound,
    load_video,
    load_vqa,
)
from amcore.data.formats.arrays import read_array
from amcore.data.formats.tables import read_table
from amcore.data.sets.mnist import read_idx
from amcore.data.transport.archives import decompress, unpack

COPIES = 60


def tar():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in (("a/é" + "x" * 120, b"1" * 700), ("b", b"2")):
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1.5
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/one", b"1" * 700)
        archive.writestr("two", b"2")
    return buffer.getvalue()


def debian():
    parts = [b"!<arch>\n"]
    for name, content in (("debian-binary", b"2.0\n"), ("data.tar", tar())):
        parts.append(f"{name:<16}{0:<12}{0:<6}{0:<6}{644:<8}{len(content):<10}`\n".encode() + content)
    return b"".join(parts)


def saved(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def pixels():
    rows, columns = np.mgrid[:12, :12]
    return np.stack([rows * 20, columns * 20, rows * columns], axis=-1).astype(np.uint8)


def picture(form, **options):
    image = pytest.importorskip("PIL.Image")
    buffer = io.BytesIO()
    image.fromarray(pixels()).save(buffer, form, **options)
    return buffer.getvalue()


def sound():
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.arange(400, dtype=np.int16).tobytes())
    return buffer.getvalue()


SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><g><rect width="4" height="4"/></g></svg>'
)
COCO = json.dumps(
    {
        "images": [
            {
                "filepath": "val2014",
                "filename": "a.jpg",
                "cocoid": 1,
                "split": "val",
                "sentences": [{"raw": "A."}],
            }
        ]
    }
).encode()
QUESTIONS = json.dumps({"questions": [{"image_id": 42, "question": "What?", "question_id": 1}]}).encode()
ANSWERS = json.dumps(
    {
        "annotations": [
            {
                "image_id": 42,
                "question_id": 1,
                "answer_type": "other",
                "multiple_choice_answer": "cat",
                "answers": [{"answer": "cat"}] * 10,
            }
        ]
    }
).encode()

_QUESTIONS = "v2_OpenEnded_mscoco_val2014_questions.json"
_ANSWERS = "v2_mscoco_val2014_annotations.json"


def unpacked(folder):
    return unpack(folder / "file", Path(tempfile.mkdtemp(dir=folder)), ["*"])


def digits(folder):
    return read_idx(folder / "file")


READERS = {
    "tar": ("file", tar, unpacked),
    "tgz": ("file", lambda: gzip.compress(tar(), mtime=0), unpacked),
    "zip": ("file", zipped, unpacked),
    "deb": ("file", debian, unpacked),
    "gzip": ("a.gz", lambda: gzip.compress(b"text" * 50, mtime=0), lambda f: decompress(f / "a.gz", f / "a")),
    "array": ("a.npy", lambda: saved(np.arange(12.0).reshape(3, 4)), lambda f: read_array(f, "", "a.npy")),
    "idx": ("file", lambda: bytes([0, 0, 8, 2]) + struct.pack(">2I", 3, 4) + bytes(12), digits),
    "table": ("a.csv", lambda: b'a,b\n1,"x, y"\n2,z\n', lambda f: read_table(f, "", "a.csv")),
    "png": ("a.png", lambda: picture("PNG"), lambda f: load_picture(f / "a.png", 8)),
    "jpg": ("a.jpg", lambda: picture("JPEG"), lambda f: load_picture(f / "a.jpg", 8)),
    "film of pictures": ("a.gif", lambda: picture("GIF"), lambda f: load_video(f / "a.gif", size=8)),
    "sound": ("a.wav", sound, lambda f: load_sound(f / "a.wav")),
    "captions": ("dataset_coco.json", lambda: COCO, lambda f: load_coco(f, check=False)),
    "questions": (_QUESTIONS, lambda: QUESTIONS, lambda f: load_vqa(f, "val", check=False)),
    "answers": (_ANSWERS, lambda: ANSWERS, lambda f: load_vqa(f, "val", check=False)),
    "pairs": ("list.csv", lambda: b"1,2\r\n2\n", lambda f: load_flickr_soundnet(f, {"test": f / "list.csv"})),
}
# A picture that is none is a wrong value, and so is a video in two lists.
OTHERS = {"png": ValueError, "jpg": ValueError, "pairs": ValueError}


def put_company(folder):
    """The files that a reader looks for beside the one that is damaged."""
    for other, held in ((_QUESTIONS, QUESTIONS), (_ANSWERS, ANSWERS)):
        (folder / other).write_bytes(held)
    for place in (1, 2):
        for other in (f"frames/{place}.jpg", f"audio/{place}.wav"):
            (folder / other).parent.mkdir(exist_ok=True)
            (folder / other).touch()


@pytest.mark.parametrize("kind", READERS)
def test_a_good_file_is_read(tmp_path, kind):
    name, make, read = READERS[kind]
    put_company(tmp_path)
    (tmp_path / name).write_bytes(make())
    read(tmp_path)


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.filterwarnings("ignore")
def test_damage_ends_in_the_reader_s_own_error(tmp_path, kind):
    name, make, read = READERS[kind]
    content, others, draw = make(), [tar(), zipped(), SVG], random.Random(kind)
    put_company(tmp_path)
    for _ in range(COPIES):
        (tmp_path / name).write_bytes(mutated(content, draw, others, longest=20_000))
        try:
            read(tmp_path)
        except Exception as error:
            # What derives from the reader's error is a stranger's.
            if type(error) not in {DataError, OTHERS.get(kind)}:
                raise


@pytest.mark.filterwarnings("ignore")
def test_a_damaged_drawing_ends_in_an_error_of_its_own(tmp_path):
    pytest.importorskip("resvg_py")
    draw = random.Random(0)
    for _ in range(3):
        (tmp_path / "a.svg").write_bytes(mutated(SVG, draw))
        try:
            load_picture(tmp_path / "a.svg", 8)
        except Exception as error:
            if type(error) is not ValueError:
                raise
