# %% [markdown]
# # How much a memory of fixed size holds
#
# **Asked.** A memory of N entries is given ever more frames. How many can it give back, and what decides that: their
# number, or how fast the signal changes? (Santos et al. 2025, section 6, name capacity as an open question.)

# %% tags=["parameters"]
data = "data"
output = "results/smoke/chmnet/capacity"
features = "data/features/smoke"
videos = []
count = 16
width = 64
lengths = [16, 32, 64]
length_scales = [0.2, 0.05]
stretches = [0.25, 1.0, 4.0]
beta = 50.0
sigma = 0.05
threshold = 0.9
target = 0.9
seeds = [0]

# %%
from itertools import product

import matplotlib.pyplot as plt
import pandas as pd
import torch

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, Wording, headlines, standings
from chmnet.evaluation import (
    capacity_curve,
    capacity_summary,
    doublings_held,
    evenly_spaced,
    largest_recalled,
    smooth_signal,
    stretch_curve,
    turning_stretches,
    white_signal,
)
from chmnet.evaluation.drawing import recalled_panels, stretch_panel
from chmnet.video import load_embeddings

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## The signals
#
# White: independent directions, nothing to compress. Smooth: random functions of time with a correlation length ℓ,
# given as a part of the whole; more frames are a finer sample of the same function. Real: embeddings of the frames of
# a video, less their mean; *denser* takes L frames evenly from the whole video, *longer* takes its first L. Every frame
# is scaled to length 1, and queries carry Gaussian noise of the same size everywhere.


# %%
def unit(frames: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(frames, dim=-1)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


signals = {
    ("white", seed): lambda length, seed=seed: white_signal(length, width, generator=seeded(seed))
    for seed in seeds
}
for scale, seed in product(length_scales, seeds):
    signals[f"smooth, ℓ = {scale}", seed] = lambda length, seed=seed, scale=scale: smooth_signal(
        length, width, scale, generator=seeded(seed)
    )
available = {}
for video in videos:
    embeddings = load_embeddings(features, video)
    centred = embeddings - embeddings.mean(0)
    available[video] = len(centred)
    signals["real, denser", video] = lambda length, x=centred: unit(x[evenly_spaced(len(x), length)])
    signals["real, longer", video] = lambda length, x=centred: unit(x[:length])

# %%
curves = []
for (kind, instance), signal in signals.items():
    curve = capacity_curve(
        signal,
        [length for length in lengths if length <= available.get(instance, max(lengths))],
        count,
        beta=beta,
        sigma=sigma,
        threshold=threshold,
        generator=seeded(instance if isinstance(instance, int) else 0),
    )
    where = {"seed": instance} if isinstance(instance, int) else {"seed": 0, "video": instance}
    curves.append(curve.assign(dataset=kind, **where))
curve = pd.concat(curves, ignore_index=True)
curve["video"] = curve["video"].fillna("none") if "video" in curve else "none"

# %% [markdown]
# ## Frames given back
#
# The share of frames that come back with a cosine of at least the threshold. The dotted line is N / L: what a memory
# can do that keeps N frames and knows nothing of the others.

# %%
kinds = list(dict.fromkeys(kind for kind, _ in signals))
figure = plt.figure(figsize=(9.3, 2.9 * -(-len(kinds) // 3)))
recalled_panels(figure, curve.assign(value=curve["recalled"]), kinds=kinds, lengths=lengths, count=count)
results.figure(figure, "recalled")

# %% [markdown]
# ## Capacity
#
# The largest L of which at least the target share is recalled, at that L and at every smaller one: the median over
# signals, and their range. Where it is the largest L tried, more was not tried.

# %%
capacity = largest_recalled(curve, target=target, by=["dataset", "seed", "video", "variant"])
summary = capacity_summary(capacity, longest=max(lengths))
table = summary.pivot(index="dataset", columns="variant", values="shown")
results.table(table.loc[kinds, ["complete", "discrete", "continuous"]].reset_index(), "capacity_table")
table

# %% [markdown]
# ## A stretch of time
#
# Smooth functions whose correlation length ℓ is a multiple of a bin's width 1/N, for memories of two sizes. If what a
# memory holds is a stretch of so many correlation lengths, then both turn at the same multiple, whatever N.

# %%
long, sizes = max(lengths) // 4, (count // 2, count)
turning = stretch_curve(
    sizes, stretches, seeds, length=long, width=width, beta=beta, sigma=sigma, threshold=threshold
)
figure, ax = plt.subplots(figsize=(5, 3.4))
stretch_panel(ax, turning, target=target)
results.figure(figure, "stretch")
turns = turning_stretches(turning, target=target)
# The page says that both sizes turn at one multiple; the grid of multiples allows a step.
grid = sorted([*stretches, float("inf")])
assert abs(grid.index(turns[sizes[0]]) - grid.index(turns[sizes[1]])) <= 1, f"sizes turn at {turns}"

# %%
every = pd.concat([curve, turning.assign(dataset="smooth, by the bin", video="none")], ignore_index=True)
columns = ["dataset", "seed", "video", "variant", "L", "N", "n", "stretch"]
results.metrics(every.melt(id_vars=columns, value_vars=["cosine", "recalled"], var_name="metric"))

# %%
keys = {"white": "white", **{f"smooth, ℓ = {scale}": f"smooth{i}" for i, scale in enumerate(length_scales)}}
keys |= {"real, denser": "denser", "real, longer": "longer"}
asked = pd.DataFrame(product(kinds, ("discrete", "continuous", "complete")), columns=["dataset", "variant"])
asked["key"] = asked["dataset"].map(keys)


def width_in_words(turn: float) -> str:
    return f"{turn:g} times the width" if turn in stretches else "more than was tried of the width"


results.headline(
    *headlines(
        asked.merge(summary, how="left"),
        "{key}_{variant}",
        "largest L recalled, median, {dataset}, {variant}",
        value="median",
        precision=0,
    ),
    *headlines(
        asked.merge(summary, how="left"),
        "{key}_{variant}_ceiling",
        "signals recalled to the largest L tried, {dataset}, {variant}",
        value="ceiling",
        precision=0,
    ),
    *(
        number
        for key, dataset in (("denser", "real, denser"), ("longer", "real, longer"))
        for number in standings(
            f"{key}_lead",
            f"doublings of L that continuous holds more than discrete, {dataset}",
            doublings_held(capacity[capacity["dataset"] == dataset], least=min(lengths) / 2),
            precision=2,
        )
    ),
    Headline("videos", "videos", len(videos), precision=0),
    *(
        Wording(
            key,
            f"widths of a bin from which on the target is recalled, N = {size}",
            width_in_words(turns[size]),
        )
        for key, size in zip(("turn_half", "turn"), sizes, strict=True)
    ),
    Headline("half", "half of the size N", sizes[0], precision=0),
    Headline("long", "frames of the signals with a stretch", long, precision=0),
    Headline("count", "size N of the memories", count, precision=0),
    Headline("longest", "largest L tried", max(lengths), precision=0),
    Headline("threshold", "cosine from which on a frame counts as recalled", threshold, precision=1),
    Headline("target", "share of frames that must be recalled", target, precision=1),
)
