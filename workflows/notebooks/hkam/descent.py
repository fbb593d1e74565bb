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
import jax
import matplotlib.pyplot as plt
import numpy as np

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder
from hkam.analysis import BROKEN_MODELS, MODELS, RandomParameters, deviations, follow_models
from hkam.analysis.drawing import broken_panels, energy_panels, rate_panels
from hkam.analysis.typesetting import scientific

jax.config.update("jax_enable_x64", True)  # the deviations looked for are smaller than float32's rounding
use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## The models
#
# Small, so that all can be followed closely: three layers of 6, 8 and 6 units, or images of 4 × 4. Weights are
# Gaussian, scaled so that states neither explode nor come to rest at once. All oscillators rotate, with one Ω;
# energies do not notice.
#
# Two models break a condition: oscillators that rotate each in its own way, and synapses that are not symmetric.

# %%
builders = {**MODELS, **BROKEN_MODELS}
broken = {name: build(RandomParameters(seeds[0])).broken_conditions for name, build in builders.items()}
broken

# %% [markdown]
# ## Following them
#
# Each is followed with the adaptive solver at a tight tolerance. Energies are taken at evenly spaced times; their
# differences are the measured rate.

# %%
followed = follow_models(builders, seeds, duration, samples=samples, tolerance=tolerance)
shown = {name: followed[name, seeds[0]] for name in builders}

# %% [markdown]
# ## The energy falls

# %%
families = {
    "threshold units": "Hopfield",
    "oscillators": "Kuramoto",
    "bound together": "joint",
    "deep networks": "deep",
}
figure = plt.figure(figsize=(11, 3.1))
energy_panels(
    figure,
    {
        title: {name.split(", ")[1]: shown[name] for name in MODELS if name.startswith(family)}
        for title, family in families.items()
    },
)
results.figure(figure, "energies")

# %% [markdown]
# ## As fast as promised
#
# Line: the closed form. Points: difference quotients of the energy. Shown up to the time at which most of the way
# is done.

# %%
figure = plt.figure(figsize=(11, 8.8))
rate_panels(figure, {name: shown[name] for name in MODELS})
results.figure(figure, "rates")

# %% [markdown]
# ## Where a condition is broken
#
# The same two curves for the models that break one. The formula still promises descent; the energy does as it
# likes.

# %%
figure = plt.figure(figsize=(8.5, 4.8))
broken_panels(figure, {name.removeprefix("broken: "): shown[name] for name in BROKEN_MODELS})
results.figure(figure, "broken")

# %% [markdown]
# ## The largest deviation of each model
#
# Over all seeds and times. *Rate*: the closed form against the chain rule at the same states, relative to the
# largest rate; what is left is rounding. *Energy*: the integral of the closed form against the energy itself,
# relative to the energy's range; what is left are the solver's tolerance and the trapezoid. *Rise*: how far the
# energy ever lies above an earlier value, relative to the range.

# %%
measurements = results.metrics(deviations(followed), dataset="random networks")
worst = measurements.pivot_table(index="variant", columns="metric", values="value", aggfunc="max")
worst = worst.loc[list(builders), ["rate", "energy", "rise"]]

table = worst.map(scientific).reset_index(names="model")
table.insert(1, "theorem", [(*broken[name], "holds")[0] for name in table["model"]])
table["model"] = table["model"].str.removeprefix("broken: ")
table = table.rename(
    columns={"rate": "rate, deviation", "energy": "energy, deviation", "rise": "largest rise"}
)
results.table(table, "deviations")
table

# %%
held = worst.loc[list(MODELS)].max()
rotations = 100 * worst.loc["broken: different Ω_i"]
results.headline(
    Headline("models", "models that keep the conditions", len(MODELS), precision=0),
    Headline("networks", "networks a model", len(seeds), precision=0),
    Headline(
        "rate_digits",
        "digits to which formula and chain rule agree, worst model",
        -np.log10(held["rate"]),
        precision=0,
    ),
    Headline(
        "energy_percent", "energy against integrated formula, worst model", 100 * held["energy"], unit="%"
    ),
    Headline(
        "rise_percent",
        "largest rise of an energy, worst model",
        100 * held["rise"],
        unit="%",
        precision=3,
    ),
    Headline("broken_rise", "largest rise with different Ω_i", rotations["rise"], unit="%", precision=1),
    Headline(
        "broken_energy",
        "energy against integrated formula with different Ω_i",
        rotations["energy"],
        unit="%",
        precision=0,
    ),
)
