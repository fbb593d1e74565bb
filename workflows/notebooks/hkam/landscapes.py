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
import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import hkam
from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder
from hkam import analysis
from hkam.analysis.plotting import energy_landscape

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


across = jnp.linspace(-2.5, 2.5, grid)
along = across + 0.3 * (across[1] - across[0])  # no cue on a diagonal, which leads to the saddle
origin, first, second = (hkam.HopfieldState(jnp.array(row)) for row in ([0.0, 0.0], [1.0, 0.0], [0.0, 1.0]))
plane = analysis.plane_of_states(origin, first, second, across, along)
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
turns = jnp.linspace(-jnp.pi, jnp.pi, grid, endpoint=False) + jnp.pi / grid
turns_up = turns + 0.3 * (turns[1] - turns[0])


def wells(s: jax.Array) -> jax.Array:
    return -4 * s**2 * (1 - s) ** 2


oscillators = {
    "attract": hkam.LinearInteraction(jnp.ones(3), graph),
    "repel": hkam.LinearInteraction(-jnp.ones(3), graph),
    "orthogonal or aligned": hkam.PairInteraction(wells, jnp.ones(3), graph),
}
oscillators = {name: hkam.KuramotoMemory(interaction) for name, interaction in oscillators.items()}


def circle_states(phi2: jax.Array, phi3: jax.Array) -> hkam.KuramotoState:
    phi = jnp.stack([jnp.zeros_like(phi2), phi2, phi3], axis=-1)
    return hkam.KuramotoState(hkam.phases_to_vectors(phi))


torus = circle_states(*(values.reshape(-1) for values in jnp.meshgrid(turns, turns_up, indexing="ij")))


def relative_phases(mu: jax.Array) -> np.ndarray:
    phi = np.asarray(hkam.vectors_to_phases(mu))
    return np.mod(phi[..., 1:] - phi[..., :1] + np.pi, 2 * np.pi) - np.pi


# %% [markdown]
# ## Which cue leads where
#
# Every point of a grid is a cue. Its colour is the memory it ends in, black lines are trajectories, stars are the
# memories. Memories are told apart by what can be read from them: states of threshold units, scalar products of
# oscillators. Two arrangements of oscillators that are mirror images have the same scalar products, and are one
# memory with two stars.

# %%
# Cues linger at saddles and a coarse solver hovers about steep minima: neither is to count as a memory, or as none.
CAREFUL = {"controller": diffrax.PIDController(rtol=1e-6, atol=1e-8), "steady_speed": 3e-5}
PATIENCE = 400.0
TIMES = jnp.linspace(0, 20, 200)
follow = eqx.filter_jit(
    lambda memory, cues: jax.vmap(lambda cue: hkam.recall(memory, cue, 20.0, times=TIMES).trajectory)(cues)
)


def without_jumps(path: np.ndarray) -> np.ndarray:
    """Paths on the torus are cut where they leave the picture on one side and come back on the other."""
    jumps = np.abs(np.diff(path, axis=0)).max(axis=-1) > np.pi
    cut = path.copy()
    cut[1:][jumps] = np.nan
    return cut


found = {}
figure, axes = plt.subplots(2, 3, figsize=(9.6, 6.4))
for ax, (name, memory) in zip(axes[0], threshold.items(), strict=True):
    found["threshold units", name] = basins = analysis.basins(memory, plane, PATIENCE, **CAREFUL)
    cues = hkam.HopfieldState(jnp.asarray(random.uniform(-2.4, 2.4, (shown, 2)), jnp.float32))
    paths = np.asarray(follow(memory, cues).x).swapaxes(0, 1)
    energies = analysis.energies_on_grid(memory, plane)
    energy_landscape(
        ax, across, along, energies, labels=basins.labels, attractors=basins.attractors.x, paths=paths
    )
    ax.set(title=name, xlabel="x₁", aspect="equal")
axes[0, 0].set_ylabel("x₂")
for ax, (name, memory) in zip(axes[1], oscillators.items(), strict=True):
    found["oscillators", name] = basins = analysis.basins(memory, torus, PATIENCE, **CAREFUL)
    cues = circle_states(*jnp.asarray(random.uniform(-np.pi, np.pi, (2, shown)), jnp.float32))
    path = relative_phases(follow(memory, cues).mu).swapaxes(0, 1)
    energies = analysis.energies_on_grid(memory, torus)
    stars = relative_phases(basins.attractors.mu)
    stars = np.concatenate([stars, -stars])  # mirror images have the same scalar products
    energy_landscape(
        ax, turns, turns_up, energies, labels=basins.labels, attractors=stars, paths=without_jumps(path)
    )
    ax.set(title=name, xlabel="φ₂ − φ₁", aspect="equal")
    ax.set_xticks([-np.pi / 2, 0, np.pi / 2], ["−π/2", "0", "π/2"])
    ax.set_yticks([-np.pi / 2, 0, np.pi / 2], ["−π/2", "0", "π/2"])
axes[1, 0].set_ylabel("φ₃ − φ₁")
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
figure, axes = plt.subplots(1, 3, figsize=(9.6, 3.4), sharey=True)
minima = {}
for ax, (name, angle) in zip(axes, angles.items(), strict=True):
    mu = hkam.phases_to_vectors(jnp.array([0.0, angle]))
    states = analysis.plane_of_states(origin, first, second, fine, fine)
    heights = jax.vmap(lambda x, mu=mu: bound.energy(hkam.HopfieldKuramotoState(x, mu)))(states.x)
    energy_landscape(ax, fine, fine, heights, levels=20)
    inner = np.asarray(heights).reshape(81, 81)
    neighbours = [np.roll(inner, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    lower = (inner < np.min(neighbours, axis=0))[1:-1, 1:-1]
    minima[name] = int(lower.sum())
    ax.scatter(
        *(np.asarray(fine)[1:-1][place] for place in np.nonzero(lower)),
        s=110,
        marker="*",
        color="white",
        edgecolors="black",
        zorder=5,
    )
    ax.set(title=name, xlabel="x₁", aspect="equal")
axes[0].set_ylabel("x₂")
results.figure(figure, "remodelled")

# %% [markdown]
# ## The memories

# %%
rows = []
for (kind, name), basins in found.items():
    shares = basins.counts / len(basins.labels)
    rows.append(
        {
            "units": kind,
            "network": name,
            "memories": len(shares),
            "shares of the cues, %": ", ".join(f"{100 * share:.0f}" for share in shares),
            "unsettled, %": 100 * float(np.mean(basins.labels < 0)),
        }
    )
table = pd.DataFrame(rows)
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
                ("largest share of the cues", float(basins.counts.max() / len(basins.labels))),
                ("unsettled cues", float(np.mean(basins.labels < 0))),
            )
        ]
    ),
    seed=seed,
)
keys = ("excite", "inhibit", "self", "attract", "repel", "wells")
results.headline(
    *(
        Headline(f"memories_{key}", f"memories, {kind} that {name}", len(basins.counts), precision=0)
        for key, ((kind, name), basins) in zip(keys, found.items(), strict=True)
    ),
    *(
        Headline(f"minima_{key}", f"minima with oscillators {name}", count, precision=0)
        for key, (name, count) in zip(("aligned", "orthogonal", "opposite"), minima.items(), strict=True)
    ),
    Headline("cues", "cues a network", grid**2, precision=0),
    Headline(
        "unsettled",
        "largest share of cues that did not settle",
        100 * max(float(np.mean(basins.labels < 0)) for basins in found.values()),
        unit="%",
        precision=1,
    ),
)
