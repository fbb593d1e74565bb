# %% [markdown]
# # Landscapes and basins
#
# **Asked.** What do the energies of small networks look like, which cue leads to which memory, and what do
# oscillators do to the landscape of threshold units?

# %% tags=["parameters"]
output = "results/smoke/hkam/landscapes"
grid = 12
shown = 4
seed = 0

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import hkam
from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, headlines
from hkam.analysis import chart, local_minima, phase_plane, unit_plane
from hkam.analysis.drawing import chart_panels, minima_panels

use_style()
results = ResultsFolder(output)
random = np.random.default_rng(seed)

# %% [markdown]
# ## Two threshold units
#
# States (x₁, x₂) in the plane, g = tanh x. Units that excite each other, units that inhibit each other, and units
# that excite themselves.


# %%
def pair(own: float, other: float) -> hkam.HopfieldMemory:
    weight = jnp.array([[own, other], [other, own]])
    return hkam.HopfieldMemory(hkam.TanhLagrangian(), hkam.DenseSynapses(weight), jnp.zeros(2))


threshold = {
    "excite each other": pair(0.0, 2.0),
    "inhibit each other": pair(0.0, -2.0),
    "excite themselves": pair(2.0, 0.0),
}

# %% [markdown]
# ## Three oscillators
#
# Only differences of phases count, so three oscillators on the circle have a landscape in the plane: φ₂ − φ₁
# across, φ₃ − φ₁ up. Oscillators that attract, that repel, and that want to be either orthogonal or aligned (the
# wells of Example 4).

# %%
graph = hkam.complete_graph(3)
ones = jnp.ones(graph.edge_count)
interactions = {
    "attract": hkam.LinearInteraction(ones, graph),
    "repel": hkam.LinearInteraction(-ones, graph),
    "orthogonal or aligned": hkam.PairInteraction(lambda s: -4 * s**2 * (1 - s) ** 2, ones, graph),
}
oscillators = {name: hkam.KuramotoMemory(interaction) for name, interaction in interactions.items()}

# %% [markdown]
# ## Which cue leads where
#
# Every point of a grid is a cue. Its colour is the memory it ends in, black lines are trajectories, stars are the
# memories. Memories are told apart by what can be read from them: states of threshold units, scalar products of
# oscillators. Two arrangements of oscillators that are mirror images have the same scalar products, and are one
# memory with two stars.

# %%
plane, torus = unit_plane(grid), phase_plane(grid)
pairs = {
    name: chart(memory, plane, random.uniform(-2.4, 2.4, (shown, 2))) for name, memory in threshold.items()
}
trios = {
    name: chart(memory, torus, random.uniform(-np.pi, np.pi, (2, shown)).T)
    for name, memory in oscillators.items()
}
figure = plt.figure(figsize=(9.6, 6.4))
chart_panels(figure, [pairs, trios])
results.figure(figure, "basins")

# %% [markdown]
# ## Oscillators remodel the landscape
#
# Two threshold units without synapses of their own, bound by the gating coupling (eq. 15). Their effective synapse
# is the gate times the scalar product of their oscillators: the same units excite each other, ignore each other or
# inhibit each other, as the angle between the oscillators says. Oscillators are held still for the picture.

# %%
gate = hkam.GatingCoupling(hkam.DenseSynapses(jnp.array([[0.0, 2.0], [2.0, 0.0]])))
bound = hkam.HopfieldKuramotoMemory(pair(0.0, 0.0), hkam.KuramotoMemory(hkam.NoInteraction()), gate)
angles = {"aligned, 0°": 0.0, "orthogonal, 90°": jnp.pi / 2, "opposite, 180°": jnp.pi}
fine = jnp.linspace(-2.5, 2.5, 81)
states = jnp.stack(jnp.meshgrid(fine, fine, indexing="ij"), axis=-1).reshape(-1, 2)
heights, minima = {}, {}
for name, angle in angles.items():
    mu = hkam.phases_to_vectors(jnp.array([0.0, angle]))
    energies = jax.vmap(lambda x, mu=mu: bound.energy(hkam.HopfieldKuramotoState(x, mu)))(states)
    heights[name] = np.asarray(energies).reshape(len(fine), -1)
    minima[name] = local_minima(heights[name])
figure = plt.figure(figsize=(9.6, 3.4))
minima_panels(figure, fine, heights, minima)
results.figure(figure, "remodelled")

# %% [markdown]
# ## The memories

# %%
found = {
    **{("threshold units", name): one.basins for name, one in pairs.items()},
    **{("oscillators", name): one.basins for name, one in trios.items()},
}
table = pd.DataFrame(
    [
        {
            "units": kind,
            "network": name,
            "memories": len(basins.counts),
            "shares of the cues, %": ", ".join(f"{100 * share:.0f}" for share in basins.shares),
            "unsettled, %": 100 * basins.unsettled,
        }
        for (kind, name), basins in found.items()
    ]
)
results.table(table, "attractors", precision=1)
table

# %%
results.metrics(
    pd.DataFrame(
        [
            {"variant": name, "dataset": kind, "metric": metric, "value": value, "n": len(basins.labels)}
            for (kind, name), basins in found.items()
            for metric, value in (
                ("memories", len(basins.counts)),
                ("largest share of the cues", float(basins.shares.max())),
                ("unsettled cues", basins.unsettled),
            )
        ]
    ),
    seed=seed,
)
remodelled = pd.DataFrame(
    {
        "key": ["aligned", "orthogonal", "opposite"],
        "angle": minima.keys(),
        "minima": map(len, minima.values()),
    }
)
results.headline(
    *headlines(
        table.assign(key=["excite", "inhibit", "self", "attract", "repel", "wells"]),
        "memories_{key}",
        "memories, {units} that {network}",
        value="memories",
        precision=0,
    ),
    *headlines(remodelled, "minima_{key}", "minima with oscillators {angle}", value="minima", precision=0),
    Headline("cues", "cues a network", grid**2, precision=0),
    Headline(
        "unsettled",
        "largest share of cues that did not settle",
        table["unsettled, %"].max(),
        unit="%",
        precision=1,
    ),
)
