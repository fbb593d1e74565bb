# %% [markdown]
# # A spiking neuron and its two reductions
#
# **Asked.** A neuron spikes. A threshold unit keeps how often, an oscillator keeps when. What does each of the two
# see of three neurons, of which two fire alike but shifted, and a third faster? (Fig. 1 of the paper.)

# %% tags=["parameters"]
output = "results/smoke/hkam/neurons"
slow_current = 10.0
fast_current = 16.0
delayed_start = -45.0
duration = 3000.0
transient = 500.0
currents = 121

# %%
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from hkam import phases_to_vectors
from hkam.analysis.plotting import phase_circle, spike_raster
from hkam.izhikevich import IzhikevichNeuron, rate_curve, spike_phases

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## Three neurons
#
# Izhikevich's neuron under a constant current. The first two get the same current; the second starts from another
# potential and stays shifted in time. The third gets more.

# %%
names = ("first", "second", "third")
colours = (PALETTE["discrete"], PALETTE["truth"], PALETTE["continuous"])
neuron = IzhikevichNeuron()
injected = jnp.array([slow_current, slow_current, fast_current])
recording = neuron.simulate(injected, duration, start=jnp.array([neuron.c, delayed_start, neuron.c]))

# %% [markdown]
# ## What a threshold unit sees: the rate
#
# The rate against the current is the neuron's activation function.

# %%
swept = jnp.linspace(0.0, 30.0, currents)
curve = np.asarray(rate_curve(neuron, swept, duration=duration, after=transient))
onset = float(swept[np.flatnonzero(curve > 0)[0]])

# %% [markdown]
# ## What an oscillator sees: the phase
#
# The phase turns once from each spike to the next. The interaction of two oscillators is the sine of their phase
# difference. Between neurons of one frequency it is a constant; between neurons of different frequencies it
# averages out.

# %%
phases = spike_phases(recording)
seen = (np.asarray(recording.times) > transient) & np.isfinite(phases).all(axis=1)
times, phases = np.asarray(recording.times)[seen], phases[seen]
# Whole turns over the time they take: a count of spikes in a window would depend on where the window begins.
rates = 1000 * (phases[-1] - phases[0]) / (2 * np.pi * (times[-1] - times[0]))
interaction = np.sin(phases - phases[:, :1])
mean_interaction = interaction.mean(axis=0)
differences = np.angle(np.exp(1j * (phases - phases[:, :1])))
drift = np.abs(np.unwrap(differences[:, 1:], axis=0)[-1] - differences[0, 1:])

# %%
figure = plt.figure(figsize=(10, 5.2))
grid = figure.add_gridspec(3, 3, width_ratios=[1.05, 1.7, 1.05])
window = (np.asarray(recording.times) > transient) & (np.asarray(recording.times) < transient + 300)
traces = None
for row, (name, colour) in enumerate(zip(names, colours, strict=True)):
    traces = figure.add_subplot(grid[row, 1], sharex=traces)
    traces.plot(recording.times[window], recording.potential[window, row], color=colour, linewidth=1)
    traces.set(title=f"{name} neuron", ylim=(-85, 38), yticks=[-65, 30], ylabel="mV")
    traces.tick_params(labelbottom=row == 2)
traces.set_xlabel("time, ms")

left = figure.add_subplot(grid[:2, 0])
left.plot(swept, curve, color=PALETTE["reference"], zorder=1)
for number, (current, rate, colour) in enumerate(zip(injected, rates, colours, strict=True)):
    left.scatter(current, rate, s=(150, 45, 70)[number], color=colour, edgecolors="white", zorder=3)
left.set(title="threshold unit: how often", xlabel="current, the model's unit", ylabel="spikes a second")

right = figure.add_subplot(grid[:2, 2])
moment = np.searchsorted(times, transient + 150)
drawn = phase_circle(right, phases_to_vectors(jnp.asarray(phases[moment])), colours=list(colours), size=110)
drawn.mean.set_visible(False)  # three neurons are no population
right.set_title("oscillator: when")

raster = figure.add_subplot(grid[2, 0])
spike_raster(raster, recording.times[window], recording.spikes[window], colours=colours)
raster.set_title("spikes")
between = figure.add_subplot(grid[2, 2])
inside = times < transient + 300
for column in (1, 2):
    between.plot(times[inside], interaction[inside, column], color=colours[column])
    between.axhline(mean_interaction[column], color=colours[column], linewidth=0.9, linestyle=":")
between.set(title="sine of phase to first", xlabel="time, ms", ylim=(-1.1, 1.1))
results.figure(figure, "neurons")

# %% [markdown]
# ## What each reduction keeps

# %%
shift = float(-differences[moment, 1] / (2 * np.pi)) % 1
table = pd.DataFrame(
    {
        "neuron": names,
        "current, the model's unit": np.asarray(injected, dtype=float),
        "spikes a second": rates.astype(float),
        "phase behind the first, turns": ["–", f"{shift:.2f}", "drifts"],
        "mean interaction with the first": ["–", *(f"{value:.2f}" for value in mean_interaction[1:])],
    }
)
results.table(table, "reductions")
table

# %%
measured = {
    "firing rate": (rates, "Hz"),
    "mean interaction with the first": (mean_interaction, ""),
}
results.metrics(
    pd.DataFrame(
        [
            {"variant": name, "metric": metric, "value": float(value), "unit": unit}
            for metric, (values, unit) in measured.items()
            for name, value in zip(names, values, strict=True)
        ]
    ),
    dataset="Izhikevich neurons",
)
results.headline(
    *(
        Headline(f"rate_{name}", f"firing rate of the {name} neuron", float(rate), unit="Hz", precision=1)
        for name, rate in zip(names, rates, strict=True)
    ),
    Headline("onset", "smallest current tried at which the neuron fires", onset, precision=2),
    Headline("shift", "turns by which the second neuron lags", shift, precision=2),
    Headline(
        "interaction_same", "mean interaction at the same frequency", float(mean_interaction[1]), precision=2
    ),
    Headline(
        "interaction_other", "mean interaction at another frequency", float(mean_interaction[2]), precision=2
    ),
    Headline(
        "drift_same",
        "drift of the phase difference at the same frequency, turns",
        float(drift[0] / 2 / np.pi),
    ),
    Headline("drift_other", "drift at another frequency, turns", float(drift[1] / 2 / np.pi), precision=1),
)
