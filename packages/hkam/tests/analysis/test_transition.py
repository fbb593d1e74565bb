import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from hkam import analysis

RUN = {"t1": 10.0, "step": 0.1}


def test_sweeps_have_a_row_for_each_size_seed_and_ratio():
    ratios = np.array([0.5, 4.0])
    coupled = analysis.coupling_sweep([5, 20], ratios, [0, 1], width=0.5, **RUN)
    spread = analysis.spread_sweep(20, ratios, [0, 1], **RUN)
    assert len(coupled) == 8
    assert len(spread) == 4
    assert coupled["value"].between(0, 1).all()
    for sweep in (coupled, spread):
        mean = sweep.groupby("ratio")["value"].mean()
        assert mean[4.0] > mean[0.5]


def test_a_population_is_drawn_by_its_seed():
    ratios = np.linspace(0.6, 1.6, 6)
    turns = analysis.drawn_turns([10], ratios, [0, 1], width=0.5, **RUN)
    again = analysis.drawn_turns([10], ratios, [1], width=0.5, **RUN)
    assert turns["seed"].tolist() == [0, 1]
    assert turns["value"].between(0.6, 1.6).all()
    assert turns["value"].iloc[1] == pytest.approx(again["value"].iloc[0])


def test_the_table_holds_theory_and_chance_against_the_sweeps():
    by_coupling = pd.DataFrame({"N": [4, 4], "ratio": [0.25, 2.0], "value": [0.5, np.sqrt(0.5) + 0.1]})
    turns = pd.DataFrame({"N": [4, 4], "value": [1.0, 1.2]})
    row = analysis.critical_table(by_coupling, turns).iloc[0].tolist()
    assert row[0] == "4"
    np.testing.assert_allclose(row[1:], [1.1, np.sqrt(0.02), 0.1, 0.5, 1.0])


def test_phases_are_those_of_their_seed():
    assert jnp.array_equal(analysis.random_phases(3, 1), analysis.random_phases(3, 1))
    assert not jnp.array_equal(analysis.random_phases(3, 1), analysis.random_phases(3, 2))
