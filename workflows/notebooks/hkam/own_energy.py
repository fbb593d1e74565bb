# %% [markdown]
# # An energy of one's own
#
# **Asked.** What does it take to try an energy that is in no paper: new threshold units, a new interaction among
# oscillators, both bound together, solved and trained?

# %% tags=["parameters"]
output = "results/smoke/hkam/own_energy"
updates = 60
rate = 0.01
tests = 20
seed = 0

# %%
import equinox as eqx
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax
import pandas as pd

import hkam
from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from hkam.analysis.descent import follow_energy
from hkam.analysis.plotting import energy_curve, rate_curves
from hkam.train import fit, recall_batch

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## Ten lines
#
# A Lagrangian whose activation is x/√(1 + x²), and an interaction in which oscillators act in threes. Activation,
# gain, forces and the closed-form rate follow from them.


# %%
class Hyperbola(hkam.AbstractLagrangian):
    convex: bool = eqx.field(static=True, default=True, init=False)

    def __call__(self, x):
        return jnp.sum(jnp.sqrt(1 + x**2))


class Triangles(hkam.AbstractInteraction):
    weight: jax.Array
    invariant: bool = eqx.field(static=True, default=True, init=False)

    def energy(self, mu):
        s = (self.weight + self.weight.T) * (mu @ mu.T)
        return -jnp.trace(s @ s @ s)


# %%
# The code of the cell above, for the book to show: what stands there is what ran.
(results.path / "code.md").write_text(f"```python\n{In[-2].strip()}\n```\n", encoding="utf-8")

# %% [markdown]
# ## Bound together and solved
#
# Patterns of 5 × 5 pixels; one threshold unit and one oscillator a pixel, bound by the low-rank coupling (eq. 16).

# %%
DRAWN = """
..#..  #...#  #####  .###.
.#.#.  .#.#.  #....  #...#
#...#  ..#..  #....  #....
#####  .#.#.  #....  #...#
#...#  #...#  #####  .###.
"""
columns = [line.split() for line in DRAWN.split("\n") if line]
patterns = jnp.array([[1.0 if dot == "#" else -1.0 for row in columns for dot in row[k]] for k in range(4)])
count, units = patterns.shape
keys = jax.random.split(jax.random.key(seed), 5)
start = hkam.random_unit_rows(units, 3, key=keys[0])


def build(weight: jax.Array, triangles: jax.Array) -> hkam.HopfieldKuramotoMemory:
    threshold = hkam.HopfieldMemory(Hyperbola(), hkam.DenseSynapses(weight), jnp.zeros(units))
    oscillators = hkam.KuramotoMemory(Triangles(triangles))
    return hkam.HopfieldKuramotoMemory(threshold, oscillators, hkam.LowRankCoupling(0.1))


first = jax.random.normal(keys[1], (units, units)) / units
untrained = build((first + first.T) / 2, 0.2 * jax.random.normal(keys[2], (units, units)) / units)
followed = follow_energy(
    untrained, hkam.HopfieldKuramotoState(2 * jax.random.normal(keys[3], (units,)), start), 6.0, samples=201
)
assert untrained.broken_conditions == ()

# %% [markdown]
# ## Trained
#
# Each update shows the four patterns with half of their pixels blanked, anew each time, and asks for the whole at t
# = 1. All parameters learn: synapses, bias, triangles and the coupling's strength. Tested are damages that did not
# occur.


# %%
def cues(damage: np.ndarray, which: np.ndarray) -> hkam.HopfieldKuramotoState:
    x = patterns[which] * jnp.asarray(damage, jnp.float32)
    return hkam.HopfieldKuramotoState(x, jnp.broadcast_to(start, (len(which), *start.shape)))


def blanked(random: np.random.Generator, number: int) -> np.ndarray:
    half = np.arange(units) < units // 2
    return ~np.stack([random.permutation(half) for _ in range(number)])


def loss(memory: hkam.HopfieldKuramotoMemory, batch) -> jax.Array:
    shown, which = batch
    final = recall_batch(memory, shown, steps=10).state.x
    return jnp.mean((memory.hopfield.lagrangian.activation(final) - 0.9 * patterns[which]) ** 2)


random = np.random.default_rng(seed)
everything = np.tile(np.arange(count), 8)
data = ((cues(blanked(random, len(everything)), everything), everything) for _ in range(updates))
decay = optax.cosine_decay_schedule(rate, updates)
trained, losses, _ = fit(untrained, loss, data, optimiser=optax.adam(decay), updates=updates)

# %%
which = np.repeat(np.arange(count), tests)
damaged = cues(blanked(np.random.default_rng(seed + 1), len(which)), which)


@eqx.filter_jit
def answer(memory: hkam.HopfieldKuramotoMemory, shown: hkam.HopfieldKuramotoState) -> jax.Array:
    return jax.vmap(lambda one: hkam.recall(memory, one, 1.0).state.x)(shown)


answers = {name: answer(memory, damaged) for name, memory in (("before", untrained), ("after", trained))}
right = {
    name: float(jnp.mean(jnp.all(jnp.sign(x) == patterns[which], axis=1))) for name, x in answers.items()
}

# %%
figure = plt.figure(figsize=(10, 4.4))
rows = figure.add_gridspec(2, 1, height_ratios=[1, 0.5])
curves = rows[0].subgridspec(1, 3)
energy, slope, learning = (figure.add_subplot(curves[0, column]) for column in range(3))
energy_curve(energy, followed)
energy.set(title="energy, share of its range", xlabel="time t")
rate_curves(slope, followed, marks=25)
slope.set(title="dE/dt", xlabel="time t")
slope.legend()
learning.plot(np.arange(1, updates + 1), losses, color=PALETTE["discrete"])
learning.set(title="training loss", xlabel="update", yscale="log")
pictures = rows[1].subgridspec(1, 3 * count + count - 1, width_ratios=([1, 1, 1, 0.35] * count)[:-1])
for number in range(count):
    place = number * tests
    images = {
        "shown": damaged.x[place],
        "untrained": jnp.tanh(answers["before"][place]),
        "trained": jnp.tanh(answers["after"][place]),
    }
    for offset, (title, image) in enumerate(images.items()):
        ax = figure.add_subplot(pictures[0, 4 * number + offset])
        ax.imshow(np.asarray(image).reshape(5, 5), cmap="PuOr_r", vmin=-1.2, vmax=1.2)
        ax.set(xticks=[], yticks=[])
        ax.grid(visible=False)
        ax.set_title(title, fontsize="x-small")
results.figure(figure, "trained")

# %%
results.metrics(
    pd.DataFrame(
        [
            {"variant": name, "metric": "patterns recalled", "value": share, "n": len(which)}
            for name, share in right.items()
        ]
        + [{"variant": "after", "metric": "training loss", "value": float(np.mean(losses[-10:])), "n": 10}]
        + [{"variant": "before", "metric": "rate deviation", "value": followed.rate_deviation}]
    ),
    dataset="5 × 5 patterns",
    seed=seed,
)
results.headline(
    Headline(
        "before",
        "patterns recalled before training",
        100 * right["before"],
        n=len(which),
        unit="%",
        precision=0,
    ),
    Headline(
        "after", "patterns recalled after training", 100 * right["after"], n=len(which), unit="%", precision=1
    ),
    Headline("cues", "damaged cues tested", len(which), precision=0),
    Headline("updates", "weight updates", updates, precision=0),
    Headline(
        "rise",
        "largest rise of the energy, share of its range",
        100 * followed.largest_rise,
        unit="%",
        precision=2,
    ),
    Headline(
        "deviation_digits",
        "digits to which formula and chain rule agree",
        float(-np.log10(followed.rate_deviation)),
        precision=0,
    ),
)
