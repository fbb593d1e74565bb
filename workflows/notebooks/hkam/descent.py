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
from itertools import pairwise

import diffrax
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import hkam
from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from hkam.analysis.descent import follow_energy
from hkam.analysis.plotting import energy_curve, rate_curves
from hkam.deep import convolutional_network, oscillatory_depth_network, relu_network, softmax_network

jax.config.update("jax_enable_x64", True)  # the deviations looked for are smaller than float32's rounding
use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## The models
#
# Small, so that all can be followed closely: three layers of 6, 8 and 6 units, or images of 4 × 4. Weights are
# Gaussian, scaled so that states neither explode nor come to rest at once. All oscillators rotate, with one Ω;
# energies do not notice.

# %%
SIZES = (6, 8, 6)
N, COLUMNS = sum(SIZES), 3
GRAPH = hkam.watts_strogatz_graph(N, 8, seed=0)
SHAPES = [(4, 4, 1), (4, 4, 2)]
CONV_N = 16 + 32


class Draw:
    """Random parameters of one network, by numpy, which compiles nothing."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def normal(self, *shape: int, scale: float = 1.0) -> jax.Array:
        return jnp.asarray(scale * self.random.normal(size=shape))

    def symmetric(self, n: int, scale: float) -> jax.Array:
        square = self.random.normal(size=(n, n))
        return jnp.asarray(scale * (square + square.T) / 2)

    def skew(self, *shape: int) -> jax.Array:
        square = self.random.normal(size=shape)
        return jnp.asarray(2 * (square - square.swapaxes(-1, -2)))

    def rows(self, n: int) -> jax.Array:
        return hkam.unit_rows(self.normal(n, COLUMNS))

    def layers(self) -> tuple[list, list, list, list]:
        between = [self.normal(a, b, scale=0.25) for a, b in pairwise(SIZES)]
        lateral, gates = ([self.symmetric(n, 0.2) for n in SIZES] for _ in range(2))
        return between, lateral, gates, [self.normal(n) for n in SIZES]


# %%
def hopfield_dense(draw: Draw) -> hkam.HopfieldMemory:
    return hkam.HopfieldMemory(
        hkam.TanhLagrangian(), hkam.DenseSynapses(draw.symmetric(N, 0.6)), draw.normal(N)
    )


def hopfield_hierarchical(draw: Draw) -> hkam.HopfieldMemory:
    between, *_, biases = draw.layers()
    deep = [hkam.DenseConnection(weight, layer + 1, layer) for layer, weight in enumerate(between)]
    synapses = hkam.LayeredSynapses([(n,) for n in SIZES], deep)
    return hkam.HopfieldMemory(hkam.ReLULagrangian(), synapses, jnp.concatenate(biases))


def hopfield_convolutional(draw: Draw) -> hkam.HopfieldMemory:
    kernel = hkam.ConvolutionConnection(draw.normal(3, 3, 1, 2, scale=0.3), source=0, target=1)
    return hkam.HopfieldMemory(
        hkam.SigmoidLagrangian(), hkam.LayeredSynapses(SHAPES, [kernel]), draw.normal(CONV_N)
    )


def edges(draw: Draw) -> jax.Array:
    return draw.normal(GRAPH.edge_count, scale=0.5)


def kuramoto(draw: Draw, interaction: hkam.AbstractInteraction) -> hkam.KuramotoMemory:
    return hkam.KuramotoMemory(interaction, draw.skew(COLUMNS, COLUMNS))


def joint(draw: Draw, coupling: hkam.AbstractCoupling) -> hkam.HopfieldKuramotoMemory:
    oscillators = kuramoto(draw, hkam.ReLUInteraction(edges(draw), edges(draw), GRAPH))
    return hkam.HopfieldKuramotoMemory(hopfield_dense(draw), oscillators, coupling, 0.7, 1.5)


def deep(draw: Draw, build, **options) -> hkam.HopfieldKuramotoMemory:
    between, lateral, _, biases = draw.layers()
    oscillators = hkam.LinearInteraction(edges(draw), GRAPH)
    return build(
        between, lateral, biases, interaction=oscillators, omega=draw.skew(COLUMNS, COLUMNS), **options
    )


def deep_convolutional(draw: Draw) -> hkam.HopfieldKuramotoMemory:
    kernels = [draw.normal(3, 3, 1, 2, scale=0.2)]
    lateral = [draw.normal(3, 3, channels, channels, scale=0.1) for channels in (1, 2)]
    biases = [draw.normal(1), draw.normal(2)]
    return convolutional_network(SHAPES, kernels, lateral, biases, omega=draw.skew(COLUMNS, COLUMNS))


def deep_oscillatory(draw: Draw) -> hkam.HopfieldKuramotoMemory:
    return oscillatory_depth_network(*draw.layers(), omega=draw.skew(COLUMNS, COLUMNS))


MODELS = {
    "Hopfield, dense": hopfield_dense,
    "Hopfield, hierarchical": hopfield_hierarchical,
    "Hopfield, convolutional": hopfield_convolutional,
    "Kuramoto, linear": lambda draw: kuramoto(draw, hkam.LinearInteraction(edges(draw), GRAPH)),
    "Kuramoto, ReLU": lambda draw: kuramoto(draw, hkam.ReLUInteraction(edges(draw), edges(draw), GRAPH)),
    "Kuramoto, attention": lambda draw: kuramoto(
        draw, hkam.AttentionInteraction(4 * edges(draw), edges(draw), GRAPH)
    ),
    "Kuramoto, perceptron": lambda draw: kuramoto(
        draw,
        hkam.MLPInteraction(20 * edges(draw), GRAPH, key=jax.random.key(int(draw.random.integers(2**31)))),
    ),
    "joint, gating": lambda draw: joint(
        draw, hkam.GatingCoupling(hkam.DenseSynapses(draw.symmetric(N, 0.4)))
    ),
    "joint, low rank": lambda draw: joint(draw, hkam.LowRankCoupling(0.3)),
    "deep, ReLU": lambda draw: deep(draw, relu_network),
    "deep, convolutional": deep_convolutional,
    "deep, softmax": lambda draw: deep(draw, softmax_network),
    "deep, oscillatory": deep_oscillatory,
}


# %% [markdown]
# Two models that break a condition: oscillators that rotate each in its own way, and synapses that are not
# symmetric.


# %%
def different_rotations(draw: Draw) -> hkam.KuramotoMemory:
    return hkam.KuramotoMemory(hkam.LinearInteraction(edges(draw), GRAPH), draw.skew(N, COLUMNS, COLUMNS))


def asymmetric_synapses(draw: Draw) -> hkam.HopfieldMemory:
    synapses = hkam.DenseSynapses(draw.normal(N, N, scale=0.6), symmetric=False)
    return hkam.HopfieldMemory(hkam.TanhLagrangian(), synapses, draw.normal(N))


BROKEN = {"broken: different Ω_i": different_rotations, "broken: W not symmetric": asymmetric_synapses}


# %% [markdown]
# ## Following them
#
# Each is followed with the adaptive solver at a tight tolerance. Energies are taken at evenly spaced times; their
# differences are the measured rate.


# %%
def cue(memory: hkam.AbstractMemory, draw: Draw):
    if isinstance(memory, hkam.HopfieldMemory):
        return hkam.HopfieldState(draw.normal(memory.size))
    if isinstance(memory, hkam.KuramotoMemory):
        return hkam.KuramotoState(draw.rows(N))
    size = memory.hopfield.size
    return hkam.HopfieldKuramotoState(draw.normal(size), draw.rows(size))


controller = diffrax.PIDController(rtol=tolerance, atol=tolerance / 100)
followed, conditions = {}, {}
for name, build in {**MODELS, **BROKEN}.items():
    for seed in seeds:
        draw = Draw(seed)
        memory = build(draw)
        conditions[name] = memory.broken_conditions
        followed[name, seed] = follow_energy(
            memory, cue(memory, draw), duration, samples=samples, controller=controller, max_steps=50_000
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
for (upper, lower), name in zip(axes.T, BROKEN, strict=True):
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
worst = worst.loc[[*MODELS, *BROKEN], list(quantities)]
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
held = worst.loc[list(MODELS)]
results.headline(
    Headline("models", "models that keep the conditions", len(MODELS), precision=0),
    Headline("networks", "networks a model", len(seeds), precision=0),
    Headline(
        "rate_digits",
        "digits to which formula and chain rule agree, worst model",
        -np.log10(held["rate"].max()),
        precision=0,
    ),
    Headline(
        "energy_percent",
        "energy against integrated formula, worst model",
        100 * held["energy"].max(),
        unit="%",
    ),
    Headline(
        "rise_percent",
        "largest rise of an energy, worst model",
        100 * held["rise"].max(),
        unit="%",
        precision=3,
    ),
    Headline(
        "broken_rise",
        "largest rise with different Ω_i",
        100 * worst.loc["broken: different Ω_i", "rise"],
        unit="%",
        precision=1,
    ),
    Headline(
        "broken_energy",
        "energy against integrated formula with different Ω_i",
        100 * worst.loc["broken: different Ω_i", "energy"],
        unit="%",
        precision=0,
    ),
)
