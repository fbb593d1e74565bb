# %% [markdown]
# # One network, two computations
#
# **Asked.** Example 4 of the paper: can one set of threshold units with one set of weights perform two
# computations, with the oscillators choosing which? Here the units hold pictures. Computation A answers each
# picture with its partner; computation B answers with the partner of the next one.

# %% tags=["parameters"]
output = "results/smoke/hkam/multiplexing"
seeds = [0]
flipped = [0.0, 0.2]
angles = 7
duration = 20.0

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from amcore.statistics import summarise
from hkam import HopfieldKuramotoState, random_unit_rows, recall, unit_rows
from hkam.analysis.plotting import phase_sphere
from hkam.multiplexing import association_weights, multiplexing_cue, multiplexing_memory

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## The pictures
#
# Three shapes of 7 × 7 pixels are shown; three letters of 7 × 7 pixels answer.

# %%
SHAPES = """
#######  ...#...  #.....#
#.....#  ...#...  .#...#.
#.....#  ...#...  ..#.#..
#.....#  #######  ...#...
#.....#  ...#...  ..#.#..
#.....#  ...#...  .#...#.
#######  ...#...  #.....#
"""
LETTERS = """
#.....#  #######  .#####.
#.....#  ...#...  #......
#.....#  ...#...  #......
#######  ...#...  #......
#.....#  ...#...  #......
#.....#  ...#...  #......
#.....#  ...#...  .#####.
"""


def pictures(drawn: str) -> jax.Array:
    rows = [line.split() for line in drawn.split("\n") if line]
    return jnp.array([[1.0 if dot == "#" else -1.0 for row in rows for dot in row[k]] for k in range(3)])


shapes, letters = pictures(SHAPES), pictures(LETTERS)
KEYS = shapes.shape[1]
computations = {"A": letters, "B": jnp.roll(letters, -1, axis=0)}
memory = multiplexing_memory(*(association_weights(shapes, answers) for answers in computations.values()))
assert memory.broken_conditions == ()

# %% [markdown]
# ## The same cue, two answers
#
# The threshold units of the first group start at a shape, those of the second at zero. Only the oscillators differ:
# in computation A the two groups start nearly orthogonal, in B nearly aligned.


# %%
def cue(number: int, aligned: bool, seed: int, share: float = 0.0) -> HopfieldKuramotoState:
    random = np.random.default_rng([seed, number])
    damage = np.where(random.permutation(KEYS) < round(share * KEYS), -1.0, 1.0)
    x = jnp.concatenate([shapes[number] * jnp.asarray(damage, jnp.float32), jnp.zeros(letters.shape[1])])
    return multiplexing_cue(x, KEYS, aligned=aligned, noise=0.4, key=jax.random.key(seed))


@jax.jit
def answers(cues: HopfieldKuramotoState) -> HopfieldKuramotoState:
    return jax.vmap(lambda one: recall(memory, one, duration, max_steps=20_000).state)(cues)


def stacked(cues: list) -> HopfieldKuramotoState:
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *cues)


times = jnp.linspace(0, duration, 120)
settings = [(number, aligned) for number in range(3) for aligned in (False, True)]
clean = answers(stacked([cue(number, aligned, seeds[0]) for number, aligned in settings]))
paths = {
    aligned: recall(memory, cue(0, aligned, seeds[0]), duration, times=times, max_steps=20_000).trajectory
    for aligned in (False, True)
}

# %%
figure = plt.figure(figsize=(9.5, 5.4))
grid = figure.add_gridspec(3, 6, width_ratios=[1, 0.25, 1, 0.25, 1, 2.2])
titles = {0: "shown", 2: "answer A", 4: "answer B"}
for row in range(3):
    images = {0: shapes[row], 2: clean.x[2 * row, KEYS:], 4: clean.x[2 * row + 1, KEYS:]}
    for column, image in images.items():
        ax = figure.add_subplot(grid[row, column])
        ax.imshow(
            np.tanh(np.asarray(image)).reshape(7, 7),
            cmap="Blues" if column == 0 else "Oranges",
            vmin=-1,
            vmax=1,
        )
        ax.set(xticks=[], yticks=[])
        ax.grid(visible=False)
        if row == 0:
            ax.set_title(titles[column])
spheres = grid[:, 5].subgridspec(2, 1)
groups = [PALETTE["discrete"]] * KEYS + [PALETTE["continuous"]] * letters.shape[1]
for row, (name, aligned) in enumerate({"A": False, "B": True}.items()):
    ax = figure.add_subplot(spheres[row], projection="3d")
    phase_sphere(ax, paths[aligned].mu, colours=groups)
    ax.set_title(f"oscillators in {name}")
results.figure(figure, "computations")

# %% [markdown]
# ## How often it is right
#
# Every shape, both computations, one cue a seed, with a share of the shape's pixels flipped. An answer counts only
# if every pixel is right.

# %%
rows = []
for share in flipped:
    cases = [(number, name, seed) for number in range(3) for name in computations for seed in seeds]
    ends = answers(stacked([cue(number, name == "B", seed, share) for number, name, seed in cases]))
    signs = np.sign(np.asarray(ends.x)[:, KEYS:])
    rows += [
        {
            "variant": f"computation {name}",
            "dataset": f"shape {number}",
            "seed": seed,
            "metric": "right answer",
            "value": float((got == np.asarray(computations[name][number])).all()),
            "flipped": share,
        }
        for (number, name, seed), got in zip(cases, signs, strict=True)
    ]

# %% [markdown]
# ## Where the one becomes the other
#
# The angle between the two groups' oscillators at the start is turned from 0 to 90 degrees. The wells of the
# oscillators' energy lie at scalar products 0 and 1, with the top of the barrier at ½: at 60 degrees the answer
# should change.


# %%
def turned(number: int, angle: float, seed: int) -> HopfieldKuramotoState:
    directions = jnp.array([[1.0, 0.0, 0.0], [np.cos(angle), np.sin(angle), 0.0]])
    mu = jnp.repeat(directions, jnp.array([KEYS, letters.shape[1]]), axis=0)
    mu = unit_rows(mu + 0.05 * random_unit_rows(len(mu), 3, key=jax.random.key(seed)))
    return HopfieldKuramotoState(jnp.concatenate([shapes[number], jnp.zeros(letters.shape[1])]), mu)


swept = np.linspace(0, np.pi / 2, angles)
cases = [(number, angle) for number in range(3) for angle in swept]
ends = answers(stacked([turned(number, float(angle), seeds[0]) for number, angle in cases]))
pixels = np.tanh(np.asarray(ends.x)[:, KEYS:]).reshape(3, angles, -1)
overlaps = {
    name: np.einsum("nap,np->na", pixels, np.asarray(wanted)) / wanted.shape[1]
    for name, wanted in computations.items()
}
rows += [
    {
        "variant": f"computation {name}",
        "dataset": f"shape {number}",
        "seed": seeds[0],
        "metric": "overlap",
        "value": float(overlap[number, place]),
        "angle": float(np.degrees(swept[place])),
    }
    for name, overlap in overlaps.items()
    for number in range(3)
    for place in range(angles)
]
measurements = results.metrics(pd.DataFrame(rows))
switch = float(np.degrees(swept[np.argmax((overlaps["A"] > overlaps["B"]).all(axis=0))]))
before = float(np.degrees(swept[np.flatnonzero((overlaps["B"] > overlaps["A"]).all(axis=0))[-1]]))

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6))
between = {"A": False, "B": True}
for (name, aligned), role in zip(between.items(), ("discrete", "continuous"), strict=True):
    path = paths[aligned]
    products = np.einsum("tid,tjd->tij", np.asarray(path.mu)[:, :KEYS], np.asarray(path.mu)[:, KEYS:])
    left.plot(
        times, products.mean(axis=(1, 2)), color=PALETTE[role], linestyle="--", label=f"{name}: oscillators"
    )
    answer = np.tanh(np.asarray(path.x)[:, KEYS:]) @ np.asarray(computations[name][0]) / letters.shape[1]
    left.plot(times, answer, color=PALETTE[role], label=f"{name}: right answer")
    for line in overlaps[name]:
        right.plot(
            np.degrees(swept),
            line,
            color=PALETTE[role],
            label=f"answer {name}" if line is overlaps[name][0] else None,
        )
left.set(
    xlabel="time t", ylabel="scalar product, overlap", title="oscillators settle, units answer", xlim=(0, 8)
)
left.legend(fontsize="small", loc="center right")
right.axvline(60, color=PALETTE["reference"], linewidth=0.9, linestyle=":")
right.set(
    xlabel="starting angle between the groups, °", ylabel="overlap with the answer", title="the angle chooses"
)
right.legend(fontsize="small", loc="center left")
results.figure(figure, "switch")

# %%
right_answers = measurements[measurements["metric"] == "right answer"]
table = summarise(right_answers, by=["flipped", "variant"]).pivot(
    index="flipped", columns="variant", values="mean"
)
table = (100 * table).add_suffix(", right answers, %").reset_index()
table["flipped"] = 100 * table["flipped"]
table = table.rename(columns={"flipped": "pixels flipped, %"})
results.table(table, "recalled", precision=0)
table

# %%
at_zero = right_answers[right_answers["flipped"] == min(flipped)]["value"].mean()
at_most = right_answers[right_answers["flipped"] == max(flipped)]["value"].mean()
results.headline(
    Headline(
        "clean", "right answers to undamaged cues, both computations", 100 * at_zero, unit="%", precision=0
    ),
    Headline("damaged", "right answers at the largest damage", 100 * at_most, unit="%", precision=0),
    Headline("damage", "largest share of pixels flipped", 100 * max(flipped), unit="%", precision=0),
    Headline("units", "threshold units", KEYS + letters.shape[1], precision=0),
    Headline(
        "last_aligned", "largest angle up to which all answers are those of B, degrees", before, precision=0
    ),
    Headline(
        "first_orthogonal",
        "smallest angle from which all answers are those of A, degrees",
        switch,
        precision=0,
    ),
    Headline("cues", "cues a computation and damage", 3 * len(seeds), precision=0),
)
