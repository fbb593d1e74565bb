import jax.numpy as jnp
import numpy as np
import pytest

from hkam.analysis import SwitchedMemory, right_answers, switching_angles, turned_overlaps

KEYS = np.kron([[1.0, 1.0], [1.0, -1.0]], np.ones(6))  # orthogonal, so that none is heard in another
ANSWERS = np.kron([[1.0, 1.0], [1.0, -1.0]], np.ones(4))
DURATION = 15.0


@pytest.fixture(scope="module")
def network():
    answers = {"same": jnp.asarray(ANSWERS), "other": jnp.asarray(ANSWERS[::-1].copy())}
    return SwitchedMemory(jnp.asarray(KEYS), answers)


def test_the_groups_are_keys_and_answers(network):
    assert network.groups == (12, 8)
    assert network.memory.broken_conditions == ()


def test_a_cue_shows_its_key_and_nothing_else(network):
    whole, damaged = (network.cue(1, "same", seed=0, flipped=share) for share in (0.0, 0.25))
    assert np.array_equal(whole.x, [*KEYS[1], *np.zeros(8)])
    assert (np.asarray(damaged.x)[:12] != KEYS[1]).sum() == 3
    assert not np.asarray(damaged.x)[12:].any()


def test_the_second_computation_is_asked_for_by_aligned_groups(network):
    def between(computation):
        mu = np.asarray(network.cue(0, computation, seed=0).mu)
        return mu[:12].mean(axis=0) @ mu[12:].mean(axis=0)

    assert between("other") > 0.7
    assert abs(between("same")) < 0.3


@pytest.mark.parametrize("angle", [0.0, 0.7, np.pi / 2])
def test_a_turned_cue_has_the_angle_that_was_asked_for(network, angle):
    mu = np.asarray(network.turned_cue(0, angle, seed=0).mu)
    first, second = mu[:12].mean(axis=0), mu[12:].mean(axis=0)
    cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
    assert np.isclose(np.arccos(min(cosine, 1.0)), angle, atol=0.1)


def test_both_computations_are_right_for_every_key_and_seed(network):
    table = right_answers(network, [0.0], (seed for seed in (0, 1)), DURATION)
    assert table["value"].tolist() == [1.0] * 8
    assert set(table["variant"]) == {"computation same", "computation other"}
    assert table.groupby(["dataset", "seed"]).size().tolist() == [2] * 4


def test_a_key_turned_into_its_negative_is_answered_wrong(network):
    assert right_answers(network, [1.0], [0], DURATION)["value"].tolist() == [0.0] * 4


def test_the_angle_chooses_the_answer(network):
    angles = np.array([0.0, np.pi / 2])
    overlaps = turned_overlaps(network, angles, DURATION, seed=0)
    assert overlaps["same"].shape == (2, 2)
    assert (overlaps["other"][:, 0] > 0.9).all()
    assert (overlaps["same"][:, 1] > 0.9).all()
    assert (np.abs(overlaps["same"][:, 0]) < 0.2).all()
    assert switching_angles(angles, overlaps) == (0.0, np.pi / 2)


def test_a_trajectory_begins_at_its_cue_and_settles_in_a_well(network):
    cue = network.cue(0, "other", seed=0)
    path, products, pixels = network.follow(cue, jnp.linspace(0.0, DURATION, 6))
    np.testing.assert_allclose(path.x[0], cue.x)
    assert products.shape == (6,)
    assert products[-1] > 0.99
    assert not pixels[0].any()
    assert np.array_equal(np.sign(pixels[-1]), ANSWERS[1])


def test_the_answer_changes_between_two_angles():
    angles = np.array([0.0, 30.0, 60.0, 90.0])
    a = np.array([[0.0, 0.0, 0.9, 0.9], [0.0, 0.9, 0.9, 0.9]])
    assert switching_angles(angles, {"A": a, "B": 0.9 - a}) == (0.0, 60.0)


def test_overlaps_that_never_change_have_no_angle():
    with pytest.raises(
        ValueError, match="overlaps must be all of either computation at its end of the angles"
    ):
        switching_angles(np.array([0.0, 1.0]), {"A": np.ones((2, 2)), "B": np.zeros((2, 2))})


def test_there_are_two_computations_and_each_has_a_name(network):
    with pytest.raises(
        ValueError, match=r"answers must be those of two computations, but are those of \['A'\]"
    ):
        SwitchedMemory(jnp.asarray(KEYS), {"A": jnp.asarray(ANSWERS)})
    with pytest.raises(ValueError, match=r"computation must be one of \['same', 'other'\], but is 'third'"):
        network.cue(0, "third", seed=0)
