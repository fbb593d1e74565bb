"""A gallery holds the tested triples of one language, and a language of too few groups has none."""

import numpy as np
import pytest

from cmhn.evaluation.galleries import RetrievalTask, gallery_table, language_galleries


def test_a_gallery_is_of_one_language_and_one_part(toy):
    triples = toy(4)
    split = ["train", "test", "test", "test", "test", "train", "validation", "test"]
    galleries = language_galleries(triples, split, "test")
    assert list(galleries) == ["en", "fr"]
    assert galleries["en"].rows.tolist() == [2, 4]
    assert galleries["en"].groups == [1, 2]
    assert galleries["fr"].rows.tolist() == [1, 3, 7]
    assert list(language_galleries(triples, split, "test", groups=3)) == ["fr"]
    assert language_galleries(triples, split, "validation") == {}


def test_groups_are_counted_and_not_triples(toy):
    triples = toy(3, ("en",))
    triples.table["group"] = 7
    assert language_galleries(triples, ["test"] * 3, "test") == {}


def test_a_task_keeps_groups_apart_and_leaves_out_what_is_not_in_the_core(toy):
    triples = toy(24, core=np.arange(48) >= 4)
    task = RetrievalTask.drawn(triples, 3)
    parts = [
        task.stored,
        *(gallery.rows for part in (task.validation, task.tests) for gallery in part.values()),
    ]
    rows = np.concatenate(parts)
    assert sorted(rows) == list(range(4, 48))
    groups = triples.table["group"].to_numpy()
    tested = np.concatenate([gallery.rows for gallery in task.tests.values()])
    assert not set(groups[tested]) & set(groups[task.stored])
    assert task.seed == 3
    again = RetrievalTask.drawn(triples, 3)
    np.testing.assert_array_equal(task.stored, again.stored)


def test_the_table_has_a_row_per_tested_language(toy):
    task = RetrievalTask.drawn(toy(24), 0)
    table = gallery_table(task)
    assert table["data set"].tolist() == ["toy", "toy"]
    assert table["gallery"].tolist() == ["en", "fr"]
    for column, expected in {
        "stored triples": len(task.stored),
        "tested triples": len(task.tests["en"].rows),
        "groups": len(task.tests["en"].rows),
    }.items():
        assert set(table[column]) == {expected}
    np.testing.assert_allclose(table["recall@1 by chance"], 1 / len(task.tests["en"].rows))


def test_bad_arguments_are_refused(toy):
    triples = toy(24)
    with pytest.raises(ValueError, match="groups must be few enough for galleries of toy, but is 20"):
        RetrievalTask.drawn(triples, 0, groups=20)
    with pytest.raises(ValueError, match="groups must be at least 2, but is 1"):
        language_galleries(triples, triples.split(0), "test", groups=1)
    with pytest.raises(ValueError, match="split must name 48 parts, one per triple, but names 3"):
        language_galleries(triples, ["test"] * 3, "test")
