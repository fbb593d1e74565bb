import numpy as np
import pandas as pd
import pytest

from amcore.data.errors import DataError
from amcore.data.sets import captions
from amcore.data.sets.captions import load_captions, plain_name
from amcore.data.sets.emoji import Emoji
from amcore.data.sets.openclipart import OpenClipart
from amcore.data.sets.stamps import Stamps
from amcore.data.splits import leaks

NOTHING = pd.DataFrame()


def images(count, level):
    return np.full((count, 4, 4, 3), level, np.uint8)


@pytest.fixture
def three(monkeypatch):
    names = [f"animal {letter}" for letter in "abcdefghijklmnopqrst"]
    stamps = Stamps(
        images(21, 1),
        np.zeros(0, np.int16),
        16_000,
        pd.DataFrame({"core": [True] * 20 + [False], "group": [0, 0, *range(1, 19), 19], "split": "train"}),
        pd.DataFrame(
            [(row, "en", f"An {name}.") for row, name in enumerate([*names, "letter"])]
            + [(0, "fr", "Un animal.")],
            columns=["stamp", "language", "caption"],
        ),
        NOTHING,
        NOTHING,
    )
    clipart = OpenClipart(images(2, 2), pd.DataFrame({"file": ["a", "b"], "caption": ["animal a", "moon"]}))
    drawings = pd.DataFrame({"concept": [0, 0, 1], "style": ["x", "y", "x"]})
    emoji = Emoji(
        images(3, 3), drawings, pd.DataFrame({"code": ["1", "2"], "name": ["Moon!", "sun"]}), NOTHING
    )
    for name, loaded in (("stamps", stamps), ("openclipart", clipart), ("emoji", emoji)):
        monkeypatch.setattr(captions, f"load_{name}", lambda folder, loaded=loaded: loaded)


@pytest.mark.usefixtures("three")
def test_every_picture_has_its_caption():
    loaded = load_captions("data")
    assert loaded.items["source"].value_counts().to_dict() == {"stamps": 20, "openclipart": 2, "emoji": 3}
    assert loaded.items["caption"].tolist()[-5:] == ["animal a", "moon", "Moon!", "Moon!", "sun"]
    for row in loaded.items.itertuples():
        level = {"stamps": 1, "openclipart": 2, "emoji": 3}[row.source]
        assert loaded.images[row.source][row.image][0, 0, 0] == level
    assert "letter" not in set(loaded.items["name"])


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("seed", range(5))
def test_nothing_leaks(seed):
    items = load_captions("data", test=0.4, validation=0.2, seed=seed).items
    for column in ("name", "concept", "group"):
        assert leaks(items[column].tolist(), items["split"].tolist()) == []


@pytest.mark.usefixtures("three")
def test_equal_names_are_one_concept_and_like_stamps_one_group():
    items = load_captions("data").items
    named = items.groupby("name")["concept"].first()
    assert len(set(named)) == len(named)
    assert items.loc[items["name"] == "animal a", "source"].tolist() == ["stamps", "openclipart"]
    group = items.groupby("name")["group"].first()
    assert group["animal a"] == group["animal b"] != group["animal c"]


@pytest.mark.usefixtures("three")
def test_bad_shares_are_refused():
    with pytest.raises(ValueError, match=r"test must be .* but is 2"):
        load_captions("data", test=2.0)


def test_what_is_not_prepared_is_named(tmp_path):
    with pytest.raises(DataError, match="fetch stamps"):
        load_captions(tmp_path)


@pytest.mark.parametrize(
    ("caption", "name"),
    [
        ("A koala.", "koala"),
        ("the  Sun!", "sun"),
        ("An", "an"),
        ("Another one", "another one"),
        ("a b&c", "b&c"),
    ],
)
def test_names_are_compared_without_article_and_stop(caption, name):
    assert plain_name(caption) == name
