import numpy as np
import pandas as pd
import pytest

from amcore.data import DataError, prepare
from amcore.data.splits import leaks
from cmhn.evaluation.triples import load_triples


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """AVSynth, prepared small; and stamps, written as they are prepared."""
    folder = tmp_path_factory.mktemp("data")
    prepare("avsynth", folder, count=240)
    stamps = folder / "stamps"
    stamps.mkdir()
    np.save(
        stamps / "images.npy",
        np.arange(4, dtype=np.uint8)[:, None, None, None].repeat(32, 1).repeat(32, 2).repeat(3, 3),
    )
    np.save(stamps / "samples.npy", np.arange(1000, dtype=np.int16))
    np.save(stamps / "rate.npy", np.array(100))
    pd.DataFrame(
        {
            "name": list("abcd"),
            "core": [True, True, True, False],
            "group": [0, 0, 1, 2],
            "split": ["train", "train", "test", ""],
        }
    ).to_csv(stamps / "stamps.csv", index=False)
    words = [(i, language, f"{language} {i}") for i in range(4) for language in ("en", "fr")]
    pd.DataFrame(words, columns=["stamp", "language", "caption"]).to_csv(stamps / "captions.csv", index=False)
    sounds = [
        (0, "fr", "description", 0, 100),
        (1, "", "effect", 100, 50),
        (2, "fr", "description", 150, 200),
        (3, "en", "description", 350, 300),
    ]
    pd.DataFrame(sounds, columns=["stamp", "language", "kind", "start", "length"]).to_csv(
        stamps / "sounds.csv", index=False
    )
    return folder


def test_scenes_are_triples_of_their_own_rows(folder):
    triples = load_triples("avsynth", folder)
    assert len(triples) == 240
    assert triples.picture(3).shape == (64, 64, 3)
    assert triples.sound(3).shape == (2, 16_000)
    assert set(triples.table["seconds"]) == {1.0}
    same = triples.table.groupby("group")[["shape", "colour", "size", "column", "row", "count"]].nunique()
    assert (same == 1).all(axis=None)


def test_a_split_of_scenes_keeps_combinations_apart(folder):
    triples = load_triples("avsynth", folder)
    for seed in (0, 1):
        split = triples.split(seed)
        assert set(split) == {"train", "validation", "test"}
        combinations = (triples.table["shape"] + triples.table["colour"]).tolist()
        assert leaks(combinations, split) == []
    assert triples.split(0) != triples.split(1)


def test_stamps_come_in_the_language_that_is_spoken(folder):
    triples = load_triples("stamps", folder)
    table = triples.table
    assert table["caption"].tolist() == ["fr 0", "fr 2", "en 3"]
    assert table["english"].tolist() == ["en 0", "en 2", "en 3"]
    assert table["seconds"].tolist() == [1.0, 2.0, 3.0]
    assert [int(triples.picture(row)[0, 0, 0]) for row in range(3)] == [0, 2, 3]
    assert triples.sound(1)[0] == 150


def test_what_is_not_in_the_core_is_in_no_split(folder):
    split = load_triples("stamps", folder).split(0)
    assert split[2] == ""
    assert set(split[:2]) <= {"train", "validation", "test"}


def test_an_unknown_or_unprepared_set_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"name must be one of \['avsynth', 'stamps'\], but is 'coco'"):
        load_triples("coco", tmp_path)
    with pytest.raises(DataError, match="is missing; prepare it with"):
        load_triples("stamps", tmp_path)
