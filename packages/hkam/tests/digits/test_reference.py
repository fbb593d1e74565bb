from importlib.resources import files

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def reference():
    with (files("hkam.digits") / "data" / "reference.csv").open() as file:
        return pd.read_csv(file)


def test_the_papers_four_tables_are_complete_and_each_number_stands_once(reference):
    assert reference.columns.tolist() == ["table", "row", "column", "value", "unit", "source"]
    assert reference.groupby("table").size().to_dict() == {
        "Table 1": 10,
        "Table 2": 24,
        "Table 3": 16,
        "Table 4": 4,
    }
    assert not reference.duplicated(["table", "row", "column"]).any()
    assert reference.notna().all(axis=None)


def test_the_model_sizes_are_those_of_two_weights_an_edge_and_the_learnable_start(reference):
    sizes = reference[reference["table"] == "Table 4"]
    for k, printed in zip((150, 250, 350, 450), sizes["value"], strict=True):
        assert np.isclose(1094 * k + 1094 * 5, printed, atol=0.5e4)
