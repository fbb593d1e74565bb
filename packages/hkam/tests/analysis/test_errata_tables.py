import pandas as pd
import pytest

from hkam.analysis import Erratum, errata_formulas, errata_measurements


@pytest.fixture(scope="module")
def measured():
    return errata_measurements((seed for seed in (0, 1)), metric="distance")


def test_every_erratum_has_two_numbers_for_each_seed(measured):
    entries, table = measured
    assert len(table) == 2 * 2 * len(entries)
    assert set(table["metric"]) == {"distance"}
    assert set(table.groupby(["dataset", "seed"])["variant"].nunique()) == {2}
    first = table[(table["seed"] == 0) & (table["variant"] == "printed")]
    assert first["value"].tolist() == [entry.printed_error for entry in entries]


def test_seeds_make_different_networks(measured):
    _, table = measured
    printed = table[table["dataset"].eq("bias-sign") & table["variant"].eq("printed")]
    assert printed["value"].nunique() == 2


def test_the_best_of_the_printed_stands_beside_the_worst_of_the_corrected():
    entry = Erratum("key", "eq. 1", r"\| x \|", "x", "a difference", 0.0, 0.0)
    numbers = {"printed": (0.4, 0.2), "corrected": (0.0, 3e-16)}
    table = pd.DataFrame(
        [
            {"variant": which, "dataset": "key", "seed": seed, "value": value}
            for which, values in numbers.items()
            for seed, value in enumerate(values)
        ]
    )
    assert errata_formulas([entry], table).to_dict("records") == [
        {
            "where": "eq. 1",
            "printed": r"$\Vert  x \Vert $",
            "corrected": "$x$",
            "what should be zero": "a difference",
            "is, as printed": 0.2,
            "is, corrected": "$< 10^{-15}$",
        }
    ]


def test_there_is_at_least_one_seed():
    with pytest.raises(ValueError, match="seeds must be at least one, but are none"):
        errata_measurements([], metric="distance")
