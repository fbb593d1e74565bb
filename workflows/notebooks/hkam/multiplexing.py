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
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder
from amcore.statistics import summarise
from hkam.analysis import (
    SwitchedMemory,
    drawn_patterns,
    right_answers,
    switching_angles,
    turned_overlaps,
)
from hkam.analysis.drawing import answer_pictures, overlap_curves, settling_curves

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

shapes, letters = drawn_patterns(SHAPES), drawn_patterns(LETTERS)
network = SwitchedMemory(shapes, {"A": letters, "B": jnp.roll(letters, -1, axis=0)})
assert network.memory.broken_conditions == ()

# %% [markdown]
# ## The same cue, two answers
#
# The threshold units of the first group start at a shape, those of the second at zero. Only the oscillators differ:
# in computation A the two groups start nearly orthogonal, in B nearly aligned.

# %%
times = jnp.linspace(0, duration, 120)
cues = [network.cue(number, name, seed=seeds[0]) for number in range(3) for name in network.answers]
ends = np.tanh(np.asarray(network.answer(cues, duration))).reshape(3, 2, -1)
paths, products, answers = {}, {}, {}
for name, wanted in network.answers.items():
    paths[name], products[name], pixels = network.follow(network.cue(0, name, seed=seeds[0]), times)
    answers[name] = pixels @ np.asarray(wanted[0]) / len(wanted[0])

# %%
figure = plt.figure(figsize=(9.5, 5.4))
answer_pictures(
    figure,
    np.tanh(np.asarray(shapes)),  # as the units show them
    {"A": ends[:, 0], "B": ends[:, 1]},
    {name: path.mu for name, path in paths.items()},
)
results.figure(figure, "computations")

# %% [markdown]
# ## How often it is right
#
# Every shape, both computations, one cue a seed, with a share of the shape's pixels flipped. An answer counts only
# if every pixel is right.

# %%
right = right_answers(network, flipped, seeds, duration)

# %% [markdown]
# ## Where the one becomes the other
#
# The angle between the two groups' oscillators at the start is turned from 0 to 90 degrees. The wells of the
# oscillators' energy lie at scalar products 0 and 1, with the top of the barrier at ½: at 60 degrees the answer
# should change.

# %%
swept = np.linspace(0, np.pi / 2, angles)
degrees = np.degrees(swept)
overlaps = turned_overlaps(network, swept, duration, seed=seeds[0])
turned = pd.DataFrame(
    [
        {"variant": f"computation {name}", "dataset": f"shape {number}", "value": value, "angle": angle}
        for name, overlap in overlaps.items()
        for number, line in enumerate(overlap.astype(float))
        for angle, value in zip(degrees, line, strict=True)
    ]
).assign(seed=seeds[0], metric="overlap")
measurements = results.metrics(pd.concat([right, turned], ignore_index=True))

# %%
figure, (left, right_panel) = plt.subplots(1, 2, figsize=(9.5, 3.6))
settling_curves(left, times, products, answers)
left.set_xlim(0, 8)
overlap_curves(right_panel, degrees, overlaps)
results.figure(figure, "switch")

# %%
measured = measurements[measurements["metric"] == "right answer"]
table = summarise(measured, by=["flipped", "variant"]).pivot(
    index="flipped", columns="variant", values="mean"
)
table = (100 * table).add_suffix(", right answers, %").reset_index()
table["flipped"] = 100 * table["flipped"]
table = table.rename(columns={"flipped": "pixels flipped, %"})
results.table(table, "recalled", precision=0)
table

# %%
share = 100 * measured.groupby("flipped")["value"].mean()
last_aligned, first_orthogonal = switching_angles(degrees, overlaps)
# A whole picture of tanh(x) overlaps with the pixels of its answer a little less than fully.
whole = {name: overlap >= 0.95 * overlap.max() for name, overlap in overlaps.items()}
last_whole, first_whole = switching_angles(degrees, {name: hit.astype(float) for name, hit in whole.items()})
results.headline(
    Headline(
        "clean",
        "right answers to undamaged cues, both computations",
        share[min(flipped)],
        unit="%",
        precision=0,
    ),
    Headline("damaged", "right answers at the largest damage", share[max(flipped)], unit="%", precision=0),
    Headline("damage", "largest share of pixels flipped", 100 * max(flipped), unit="%", precision=0),
    Headline("units", "threshold units", network.memory.hopfield.size, precision=0),
    Headline(
        "last_aligned",
        "largest angle up to which all answers are nearer to those of B, degrees",
        last_aligned,
        precision=0,
    ),
    Headline(
        "first_orthogonal",
        "smallest angle from which all answers are nearer to those of A, degrees",
        first_orthogonal,
        precision=0,
    ),
    Headline(
        "last_whole", "largest angle up to which all answers are wholly B's, degrees", last_whole, precision=0
    ),
    Headline(
        "first_whole", "smallest angle from which all are wholly A's, degrees", first_whole, precision=0
    ),
    Headline("cues", "cues a computation and damage", 3 * len(seeds), precision=0),
)
