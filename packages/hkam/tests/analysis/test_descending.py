import numpy as np
import pytest

from hkam.analysis import BROKEN_MODELS, MODELS, Descent, deviations, follow_models


@pytest.fixture(scope="module")
def followed():
    models = {"kept": MODELS["Kuramoto, linear"], "broken": BROKEN_MODELS["broken: different Ω_i"]}
    return follow_models(models, (seed for seed in (0, 1)), 2.0, samples=41)


def test_every_model_is_followed_from_every_seed(followed):
    assert list(followed) == [("kept", 0), ("kept", 1), ("broken", 0), ("broken", 1)]
    assert all(len(one.times) == 41 and one.times[-1] == 2 for one in followed.values())
    assert not np.isclose(followed["kept", 0].energies[0], followed["kept", 1].energies[0])


def test_deviations_tell_kept_conditions_from_broken_ones(followed):
    table = deviations(followed)
    largest = table.pivot_table(index="variant", columns="metric", values="value", aggfunc="max")
    assert largest.loc["kept", "rate"] < 1e-9
    assert largest.loc["kept", "rise"] < 1e-6
    assert (largest.loc["broken"] > 0.01).all()


def test_deviations_are_those_of_a_parabola():
    times = np.linspace(0, 2, 5)
    one = Descent(times, (times - 1) ** 2, 2 * (times - 1), 4 * (times - 1))
    table = deviations({("parabola", 3): one})
    assert table.to_dict("records") == [
        {"variant": "parabola", "seed": 3, "metric": "rate", "value": 0.5},
        {"variant": "parabola", "seed": 3, "metric": "energy", "value": 0},
        {"variant": "parabola", "seed": 3, "metric": "rise", "value": 1},
    ]


def test_nothing_followed_is_an_empty_table():
    assert list(deviations({})) == ["variant", "seed", "metric", "value"]
