import jax.numpy as jnp
import numpy as np
import pytest

from hkam import izhikevich


@pytest.fixture(scope="module")
def recording():
    """Two neurons of one frequency and different phases, one faster, one silent."""
    current, start = jnp.asarray([10.0, 10.0, 20.0, 0.0]), jnp.asarray([-65.0, -50.0, -65.0, -65.0])
    return izhikevich.IzhikevichNeuron().simulate(current, 600.0, start=start, step=0.05)


def test_equal_currents_fire_at_one_rate_whatever_the_phase(recording):
    rates = np.asarray(izhikevich.firing_rates(recording, after=200.0))
    assert rates[0] == rates[1]
    assert rates[2] > rates[0] > 0
    assert rates[3] == 0


def test_a_phase_difference_stays_once_the_transient_is_over(recording):
    phases = izhikevich.spike_phases(recording)
    late = (np.asarray(recording.times) > 300) & np.isfinite(phases[:, :2]).all(axis=1)
    difference = phases[late, 1] - phases[late, 0]
    assert late.any()
    assert np.abs(difference).min() > 0.1
    assert np.ptp(difference) < 0.1


def test_phases_grow_by_one_turn_a_spike_and_are_undefined_without_spikes(recording):
    phases = izhikevich.spike_phases(recording)
    at_spikes = phases[np.asarray(recording.spikes[:, 2]), 2]
    assert np.allclose(np.diff(at_spikes), 2 * np.pi)
    assert np.isnan(phases[:, 3]).all()


def test_spikes_are_drawn_at_their_peak_and_reset(recording):
    potential, spikes = np.asarray(recording.potential), np.asarray(recording.spikes)
    assert (potential[spikes] == 30).all()
    assert potential.max() == 30
    after = potential[1:][spikes[:-1]]
    assert (after < -55).all()


def test_a_halved_step_gives_the_same_rates():
    current = jnp.asarray([10.0, 20.0])
    rates = [
        np.asarray(
            izhikevich.firing_rates(
                izhikevich.IzhikevichNeuron().simulate(current, 600.0, step=step), after=200.0
            )
        )
        for step in (0.05, 0.025)
    ]
    assert np.allclose(*rates, atol=3)


def test_the_rate_curve_is_silent_and_then_rises():
    curve = np.asarray(
        izhikevich.rate_curve(
            izhikevich.IzhikevichNeuron(), jnp.asarray([0.0, 2.0, 10.0, 20.0]), duration=500.0
        )
    )
    assert curve[0] == curve[1] == 0
    assert 0 < curve[2] < curve[3]


def test_durations_and_steps_must_be_positive():
    with pytest.raises(ValueError, match="duration must be positive and finite, but is 0"):
        izhikevich.IzhikevichNeuron().simulate(jnp.asarray([1.0]), 0.0)
    with pytest.raises(ValueError, match="step must be positive"):
        izhikevich.IzhikevichNeuron().simulate(jnp.asarray([1.0]), 1.0, step=-1.0)


def test_currents_may_be_whole_numbers_lists_or_none(without_shape_checks):
    neuron = izhikevich.IzhikevichNeuron()
    wanted = neuron.simulate(jnp.asarray([0.0, 10.0]), 20.0)
    for current in ([0, 10], np.array([0, 10]), jnp.asarray([0, 10])):
        assert np.allclose(neuron.simulate(current, 20.0).potential, wanted.potential)
    assert neuron.simulate([], 1.0).potential.shape == (50, 0)
    half = neuron.simulate(jnp.asarray([0.0, 10.0], jnp.float16), 20.0)
    assert np.allclose(half.potential, wanted.potential, atol=0.1)


def test_what_cannot_be_simulated_or_counted_is_named(without_shape_checks):
    neuron = izhikevich.IzhikevichNeuron()
    recording = neuron.simulate([1.0], 1.0)
    refused = [
        (lambda: neuron.simulate(1.0, 1.0), r"current must have one entry a neuron"),
        (lambda: neuron.simulate([jnp.nan], 1.0), "current must be finite"),
        (lambda: neuron.simulate([1j], 1.0), "current must be an array of real numbers"),
        (lambda: neuron.simulate([1.0], 1.0, start=[1.0, 2.0]), r"start must have shape \(1,\)"),
        (lambda: neuron.simulate([1.0], float("inf")), "duration must be positive and finite"),
        (lambda: neuron.simulate([1.0], 0.001), "duration must be at least one step, 0.02, but is 0.001"),
        (lambda: izhikevich.firing_rates(recording, after=-1.0), "after must be between 0 and 1, but is -1"),
        (lambda: izhikevich.firing_rates(recording, after=2.0), "after must be between 0 and 1, but is 2"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()


def test_a_step_that_lets_potentials_grow_without_bound_is_refused():
    with pytest.raises(ValueError, match="step must be shorter for such currents, but is 1"):
        izhikevich.IzhikevichNeuron().simulate(jnp.asarray([-1e38], jnp.float32), 10.0, step=1.0)
