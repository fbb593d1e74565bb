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
from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder
from hkam.analysis import blanked, complete, drawn_patterns, follow_energy
from hkam.analysis.drawing import training_page
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
patterns = drawn_patterns(DRAWN)
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
def cues(which: np.ndarray, random: np.random.Generator) -> hkam.HopfieldKuramotoState:
    mu = jnp.broadcast_to(start, (len(which), *start.shape))
    return hkam.HopfieldKuramotoState(blanked(patterns[which], units // 2, random), mu)


def loss(memory: hkam.HopfieldKuramotoMemory, batch) -> jax.Array:
    shown, which = batch
    final = recall_batch(memory, shown, steps=10).state.x
    return jnp.mean((memory.hopfield.lagrangian.activation(final) - 0.9 * patterns[which]) ** 2)


random = np.random.default_rng(seed)
everything = np.tile(np.arange(count), 8)
data = ((cues(everything, random), everything) for _ in range(updates))
decay = optax.cosine_decay_schedule(rate, updates)
trained, losses, _ = fit(untrained, loss, data, optimiser=optax.adam(decay), updates=updates)

# %%
which = np.repeat(np.arange(count), tests)
damaged = cues(which, np.random.default_rng(seed + 1))
before, after = (complete(memory, damaged, patterns[which]) for memory in (untrained, trained))
examples = [
    {"shown": damaged.x[k], "untrained": jnp.tanh(before.x[k]), "trained": jnp.tanh(after.x[k])}
    for k in range(0, len(which), tests)
]
figure = plt.figure(figsize=(10, 4.4))
training_page(figure, followed, losses, examples)
results.figure(figure, "trained")

# %%
results.metrics(
    pd.DataFrame(
        [
            {"variant": name, "metric": "patterns recalled", "value": one.share, "n": len(which)}
            for name, one in (("before", before), ("after", after))
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
        100 * before.share,
        n=len(which),
        unit="%",
        precision=0,
    ),
    Headline(
        "after", "patterns recalled after training", 100 * after.share, n=len(which), unit="%", precision=1
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
