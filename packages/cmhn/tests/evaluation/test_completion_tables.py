"""What is stored is counted, and the damage that is borne is the largest at which all cosines are high."""

import pandas as pd
import pytest

from cmhn.evaluation.completion_tables import completion_table, largest_damage, store_table


@pytest.fixture
def summary():
    means = {
        ("joint memory", "cosine, vision"): [0.99, 0.95, 0.90],
        ("joint memory", "cosine, audio"): [0.98, 0.88, 0.80],
        ("joint memory", "right group"): [0.5, 0.4, 0.3],
        ("ridge", "cosine, vision"): [0.7, 0.6, 0.5],
        ("ridge", "cosine, audio"): [0.6, 0.5, 0.4],
    }
    return pd.DataFrame(
        [
            (variant, metric, damage, mean)
            for (variant, metric), row in means.items()
            for damage, mean in zip((0.0, 0.1, 0.25), row, strict=True)
        ],
        columns=["variant", "metric", "damage", "mean"],
    )


def test_things_are_counted_once(toy):
    table = store_table(toy(5, ("en", "fr", "de")), {"text": 7, "audio": 3})
    assert list(table) == ["toy", "count"]
    assert table.set_index("toy")["count"].to_dict() == {
        "triples": 15,
        "pictures": 5,
        "sounds": 15,
        "languages": 3,
        "numbers in a text pattern": 7,
        "numbers in a audio pattern": 3,
    }


def test_a_row_has_a_column_per_damage(summary):
    table = completion_table(summary)
    assert list(table) == ["metric", "variant", "0 % lost", "10 % lost", "25 % lost"]
    row = table[(table["metric"] == "cosine, audio") & (table["variant"] == "joint memory")]
    assert row.iloc[0, 2:].tolist() == [0.98, 0.88, 0.80]
    assert len(table) == 5


@pytest.mark.parametrize(
    ("level", "largest"), [(0.85, 0.1), (0.75, 0.25), (0.9, 0.0), (0.88, 0.0), (0.999, 0.0)]
)
def test_damage_is_borne_while_both_cosines_are_above_the_level(summary, level, largest):
    assert largest_damage(summary, level=level) == largest


def test_another_variant_bears_its_own_damage(summary):
    assert largest_damage(summary, level=0.45, variant="ridge") == 0.1
