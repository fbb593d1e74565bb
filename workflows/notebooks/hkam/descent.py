# %% [markdown]
# # Does the energy fall, and as fast as promised?
#
# **Asked.** Theorems 3.1, 3.2 and 4.1 say that the energy of each model falls along its trajectories, and at which
# rate. Every model of the paper is built at random and followed. The rate that the theorem gives in closed form
# (eq. 8, 10, 14) is laid over the rate measured from the energies. Two models break a condition, to see what it is
# there for.

# %% tags=["parameters"]
output = "results/smoke/hkam/descent"
seeds = [0]
duration = 6.0
samples = 201
tolerance = 1.0e-6

# %%
import diffrax
import jax
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from hkam.analysis import BROKEN_MODELS, MODELS, RandomParameters, follow_energy, random_cue
from hkam.analysis.plotting import energy_curve, rate_curves

jax.config.update("jax_enable_x64", True)  # the deviations looked for are smaller than float32's rounding
use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## The models, and following them
#
# Small, so that all can be followed closely: three layers of 6, 8 and 6 units, or images of 4 × 4. Two break a
# condition: oscillators that rotate each in its own way, and synapses that are not symmetric. Each is followed with
# the adaptive solver at a tight tolerance. Energies are taken at evenly spaced times; their differences are the
# measured rate.

# %%
controller = diffrax.PIDController(rtol=tolerance, atol=tolerance / 100)
followed, conditions = {}, {}
for name, build in {**MODELS, **BROKEN_MODELS}.items():
    for seed in seeds:
        draw = RandomParameters(seed)
        memory = build(draw)
        conditions[name] = memory.broken_conditions
        followed[name, seed] = follow_energy(
            memory,
            random_cue(memory, draw),
            duration,
            samples=samples,
            controller=controller,
            max_steps=50_000,
        )

# %% [markdown]
# ## The energy falls

# %%
families = {
    "threshold units": "Hopfield",
    "oscillators": "Kuramoto",
    "bound together": "joint",
    "deep networks": "deep",
}
lines = list(PALETTE.values())
figure, axes = plt.subplots(1, 4, figsize=(11, 3.1), sharey=True)
for ax, (title, family) in zip(axes, families.items(), strict=True):
    for name, colour in zip([name for name in MODELS if name.startswith(family)], lines, strict=False):
        energy_curve(ax, followed[name, seeds[0]], colour=colour).set_label(name.split(", ")[1])
    ax.set(title=title, xlabel="time t", xlim=(0, duration))
    ax.legend(fontsize="small")
axes[0].set_ylabel("energy, share of its range")
results.figure(figure, "energies")

# %% [markdown]
# ## As fast as promised
#
# Line: the closed form. Points: difference quotients of the energy. Shown up to the time at which most of the way
# is done.

# %%
figure, axes = plt.subplots(4, 4, figsize=(11, 8.8))
for ax, name in zip(axes.flat, MODELS, strict=False):
    one = followed[name, seeds[0]]
    rate_curves(ax, one, marks=60)
    heights = (one.energies - one.energies[-1]) / one.range
    ax.set(title=name, xlim=(0, max(one.times[np.argmax(heights < 0.02)], duration / 20)))
for ax in axes.flat[len(MODELS) - 4 : len(MODELS)]:
    ax.set_xlabel("time t")
for ax in axes[:, 0]:
    ax.set_ylabel("dE/dt")
for ax in axes.flat[len(MODELS) :]:
    ax.axis("off")
axes.flat[len(MODELS)].legend(*axes.flat[0].get_legend_handles_labels(), loc="center left")
results.figure(figure, "rates")

# %% [markdown]
# ## Where a condition is broken
#
# The same two curves for the models that break one. The formula still promises descent; the energy does as it
# likes.

# %%
figure, axes = plt.subplots(2, 2, figsize=(8.5, 4.8), sharex=True)
for (upper, lower), name in zip(axes.T, BROKEN_MODELS, strict=True):
    one = followed[name, seeds[0]]
    upper.plot(one.times, one.energies, color=PALETTE["discrete"])
    rate_curves(lower, one, marks=60)
    lower.axhline(0, color=PALETTE["reference"], linewidth=0.8)
    upper.set(title=name.removeprefix("broken: "))
    lower.set(xlabel="time t", xlim=(0, duration))
axes[0, 0].set_ylabel("energy E")
axes[1, 0].set_ylabel("dE/dt")
axes[1, 1].legend()
results.figure(figure, "broken")

# %% [markdown]
# ## The largest deviation of each model
#
# Over all seeds and times. *Rate*: the closed form against the chain rule at the same states, relative to the
# largest rate; what is left is rounding. *Energy*: the integral of the closed form against the energy itself,
# relative to the energy's range; what is left are the solver's tolerance and the trapezoid. *Rise*: how far the
# energy ever lies above an earlier value, relative to the range.

# %%
quantities = {
    "rate": lambda one: one.rate_deviation,
    "energy": lambda one: one.energy_deviation,
    "rise": lambda one: one.largest_rise,
}
measurements = results.metrics(
    pd.DataFrame(
        [
            {"variant": name, "seed": seed, "metric": metric, "value": of(one)}
            for (name, seed), one in followed.items()
            for metric, of in quantities.items()
        ]
    ),
    dataset="random networks",
)


def written(value: float) -> str:
    if value == 0 or value >= 0.01:
        return f"{value:.2g}"
    digit, power = f"{value:.0e}".split("e")
    return rf"${digit} \cdot 10^{{{int(power)}}}$"


worst = measurements.pivot_table(index="variant", columns="metric", values="value", aggfunc="max")
worst = worst.loc[[*MODELS, *BROKEN_MODELS], list(quantities)]
table = worst.map(written).reset_index(names="model")
table.insert(
    1, "theorem", ["holds" if not conditions[name] else conditions[name][0] for name in table["model"]]
)
table["model"] = table["model"].str.removeprefix("broken: ")
table = table.rename(
    columns={"rate": "rate, deviation", "energy": "energy, deviation", "rise": "largest rise"}
)
results.table(table, "deviations")
table

# %%
held, broken = worst.loc[list(MODELS)].max(), worst.loc["broken: different Ω_i"]
results.headline(
    Headline("models", "models that keep the conditions", len(MODELS), precision=0),
    Headline("networks", "networks a model", len(seeds), precision=0),
    Headline("rate_digits", "digits to which formula and chain rule agree, worst model", -np.log10(held["rate"]),
             precision=0),
    Headline("energy_percent", "energy against integrated formula, worst model", 100 * held["energy"], unit="%"),
    Headline("rise_percent", "largest rise of an energy, worst model", 100 * held["rise"], unit="%", precision=3),
    Headline("broken_rise", "largest rise with different Ω_i", 100 * broken["rise"], unit="%", precision=1),
    Headline("broken_energy", "energy against integrated formula with different Ω_i", 100 * broken["energy"],
             unit="%", precision=0),
)  # fmt: skip
