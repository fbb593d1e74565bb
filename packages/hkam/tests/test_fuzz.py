"""A few damaged copies of weight files and checkpoints; `tests/fuzz.py` tries thousands in bounded processes."""

import io
import random
import struct
import zipfile

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from mutations import mutated

import hkam
from hkam.checkpoints import Checkpoint, CheckpointError, Progress
from hkam.digits.classifier import classifier_memory
from hkam.digits.finetuning import EditedClassifier
from hkam.digits.starts import LearnedStart
from hkam.digits.weights import (
    WeightFileError,
    load_classifier,
    load_edited,
    read_card,
    save_classifier,
    save_edited,
)

COPIES = 60


def damaged(path, seed):
    """Copies of a file, damaged anywhere, or in the header whose length is put right."""
    content, draw = path.read_bytes(), random.Random(seed)
    length = int.from_bytes(content[:8], "little")
    head, numbers = content[8 : 8 + length], content[8 + length :]
    for _ in range(COPIES // 2):
        yield mutated(content, draw, longest=20_000)
        other = mutated(head, draw, longest=20_000)
        yield struct.pack("<Q", len(other)) + other + numbers


def tried(read, given, own):
    """What a reader gives, or the words of its own error; others pass."""
    try:
        return read(given), None
    except own as error:
        return None, str(error)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["classifier", "edited"])
def test_damage_ends_in_the_one_error_of_weight_files(tmp_path, draw, kind):
    classifier = classifier_memory(4, hidden=3, classes=2, key=jax.random.key(0))
    graph = hkam.watts_strogatz_graph(9, 4, seed=0)
    if kind == "classifier":
        save_classifier(tmp_path / "good", classifier, card="# Card")
    else:
        network = EditedClassifier.around(
            classifier, graph, LearnedStart(draw.normal(9, 3)), omega=draw.skew(3, 3)
        )
        save_edited(tmp_path / "good", network, card="# Card")
    for content in damaged(tmp_path / "good", kind):
        (tmp_path / "file").write_bytes(content)
        for read in (
            read_card,
            load_classifier if kind == "classifier" else lambda path: load_edited(path, classifier),
        ):
            found, words = tried(read, tmp_path / "file", WeightFileError)
            assert len(words or "") < 2000
            numbers = [leaf for leaf in jax.tree.leaves(found) if not isinstance(leaf, str)]
            assert all(np.isfinite(np.asarray(leaf)).all() for leaf in numbers)


@pytest.mark.filterwarnings("ignore")
def test_damage_ends_in_the_one_error_of_checkpoints(tmp_path):
    values = {"weight": jnp.asarray([1.0, 2.0]), "count": jnp.asarray(3)}
    checkpoint, draw = Checkpoint(tmp_path / "file", "run"), random.Random(0)
    checkpoint.save(Progress(values, [0.5], [{"update": 0}]))
    content = checkpoint.path.read_bytes()
    with zipfile.ZipFile(checkpoint.path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for copy in range(2 * COPIES):
        damage = mutated(content, draw, longest=20_000)
        if copy % 2:
            # The zip is whole, and one of its arrays is not.
            name, buffer = draw.choice(list(parts)), io.BytesIO()
            with zipfile.ZipFile(buffer, "w") as archive:
                for part, held in {**parts, name: mutated(parts[name], draw, longest=20_000)}.items():
                    archive.writestr(part, held)
            damage = buffer.getvalue()
        checkpoint.path.write_bytes(damage)
        _, words = tried(checkpoint.load, values, CheckpointError)
        assert len(words or "") < 2000
