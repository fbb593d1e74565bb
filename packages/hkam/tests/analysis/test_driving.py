import numpy as np
import pytest

from hkam.analysis import DRIVES, driven_groups, driven_out


@pytest.mark.parametrize("strength", [0.0, 3.0])
def test_one_rotation_for_all_never_raises_the_energy(strength):
    times, energies, mu = driven_groups(3, strength, DRIVES[1], seed=0)
    assert times.shape == energies.shape
    assert np.diff(np.asarray(energies)).max() < 1e-5
    products = np.asarray(mu @ mu.T)
    assert np.allclose(products, np.kron(np.eye(2), np.ones((6, 6))), atol=0.02)


def test_strong_rotations_that_differ_raise_the_energy_and_lead_elsewhere():
    measured = driven_out([3], [0.0, 3.0], [0, 1])
    own = measured[measured["variant"] == DRIVES[0]].groupby("strength")[["value", "rise"]].min()
    assert own.loc[3.0, "value"] == 1
    assert own.loc[3.0, "rise"] > 0.1
    assert own.loc[0.0, "value"] == 0
    assert measured[measured["variant"] == DRIVES[1]]["value"].max() == 0


def test_after_a_drive_the_energy_comes_to_rest_in_a_minimum():
    _, energies, mu = driven_groups(3, 3.0, DRIVES[0], seed=1)
    assert float(energies[-1]) < 1e-3
    products = np.asarray(mu @ mu.T)
    assert np.abs(products - np.round(products)).max() < 0.05


def test_a_drive_that_there_is_not_is_named():
    with pytest.raises(ValueError, match=r"kind must be one of \[.*\], but is 'none'"):
        driven_groups(3, 1.0, "none", seed=0)
