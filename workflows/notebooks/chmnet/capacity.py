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
import numpy as np
import pandas as pd
import seaborn as sns
import torch

from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder, Wording, headlines, standings
from chmnet.evaluation import capacity_curve, evenly_spaced, largest_recalled, smooth_signal, white_signal
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
for scale in length_scales:
    for seed in seeds:
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
measurements = results.metrics(
    curve.melt(
        id_vars=["dataset", "seed", "video", "variant", "L", "N", "n"],
        value_vars=["cosine", "recalled"],
        var_name="metric",
    )
)

# %% [markdown]
# ## Frames given back
#
# The share of frames that come back with a cosine of at least the threshold. The dotted line is N / L: what a memory
# can do that keeps N frames and knows nothing of the others.

# %%
kinds = list(dict.fromkeys(kind for kind, _ in signals))
variants = {"complete": "reference", "discrete": "discrete", "continuous": "continuous"}
columns = min(len(kinds), 3)
figure, axes = plt.subplots(
    -(-len(kinds) // columns), columns, figsize=(3.1 * columns, 2.9 * -(-len(kinds) // columns)), sharey=True,
    sharex=True, squeeze=False,
)  # fmt: skip
recalled = measurements[measurements["metric"] == "recalled"]
for ax, kind in zip(axes.flat, kinds, strict=False):
    sns.lineplot(
        recalled[recalled["dataset"] == kind], x="L", y="value", hue="variant", hue_order=list(variants),
        palette={name: PALETTE[role] for name, role in variants.items()}, style="variant",
        style_order=list(variants), markers=True, dashes=False, errorbar="sd", ax=ax, legend=ax is axes.flat[0],
    )  # fmt: skip
    ax.plot(lengths, [min(1, count / length) for length in lengths], ":", color=PALETTE["truth"], linewidth=1)
    ax.set_xscale("log", base=2)
    ax.set(title=kind, xlabel="frames L", ylabel="share recalled", ylim=(-0.03, 1.03))
for ax in axes.flat[len(kinds) :]:
    ax.axis("off")
handles, names = axes.flat[0].get_legend_handles_labels()
axes.flat[0].get_legend().remove()
sizes = {"complete": "all L frames", "discrete": f"{count} frames", "continuous": f"{count} bins"}
figure.legend(handles, [f"{name}: {sizes[name]}" for name in names], loc="outside lower center", ncols=3)
results.figure(figure, "recalled")

# %% [markdown]
# ## Capacity
#
# The largest L of which at least the target share is recalled, at that L and at every smaller one: the median over
# signals, and their range. Where it is the largest L tried, more was not tried.

# %%
capacity = largest_recalled(curve, target=target, by=["dataset", "seed", "video", "variant"])
grouped = capacity.groupby(["dataset", "variant"])["L"]
summary = grouped.agg(median="median", least="min", most="max", n="count").reset_index()
summary["ceiling"] = grouped.apply(lambda found: int((found == max(lengths)).sum())).to_numpy()
table = summary.assign(
    shown=[
        f"{row.median:.0f}" if row.least == row.most else f"{row.median:.0f} ({row.least} to {row.most})"
        for row in summary.itertuples()
    ]
)
table = (
    table.pivot(index="dataset", columns="variant", values="shown").loc[kinds, list(variants)].reset_index()
)
results.table(table, "capacity_table")
table

# %% [markdown]
# ## A stretch of time
#
# Smooth functions whose correlation length ℓ is a multiple of a bin's width 1/N, for memories of two sizes. If what a
# memory holds is a stretch of so many correlation lengths, then both turn at the same multiple, whatever N.

# %%
long = max(lengths) // 4
rows = []
for size, stretch, seed in product((count // 2, count), stretches, seeds):
    made = capacity_curve(
        lambda length, seed=seed, scale=stretch / size: smooth_signal(
            length, width, scale, generator=seeded(seed)
        ),
        [long],
        size,
        beta=beta,
        sigma=sigma,
        threshold=threshold,
        generator=seeded(seed),
    )
    rows.append(made.assign(size=size, stretch=stretch, seed=seed))
turning = pd.concat(rows, ignore_index=True)
turning = turning[turning["variant"] == "continuous"]
figure, ax = plt.subplots(figsize=(5, 3.4))
sns.lineplot(turning, x="stretch", y="recalled", hue="size", style="size", markers=True, dashes=False, errorbar="sd",
             palette="flare", ax=ax)  # fmt: skip
ax.axhline(target, color=PALETTE["truth"], linestyle=":", linewidth=1)
ax.set_xscale("log", base=2)
ax.set(xlabel="correlation length ℓ / width of a bin", ylabel="share recalled", ylim=(-0.03, 1.03))
ax.legend(title="bins N")
results.figure(figure, "stretch")

# %%
shares = turning.groupby(["size", "stretch"])["recalled"].mean()
turns = {}
for size in (count // 2, count):
    enough = [stretch for stretch in sorted(stretches) if (shares[size].loc[stretch:] >= target).all()]
    turns[size] = enough[0] if enough else np.inf
# The verdict on the page: the two sizes turn at one multiple, up to the grid of multiples.
at = [sorted([*stretches, np.inf]).index(turn) for turn in turns.values()]
assert max(at) - min(at) <= 1, f"sizes turn at {turns}"

# %%
keys = {"white": "white", **{f"smooth, ℓ = {scale}": f"smooth{i}" for i, scale in enumerate(length_scales)}}
keys |= {"real, denser": "denser", "real, longer": "longer"}
asked = pd.DataFrame(product(kinds, ("discrete", "continuous", "complete")), columns=["dataset", "variant"])
asked["key"] = asked["dataset"].map(keys)


def width_in_words(turn: float) -> str:
    return f"{turn:g} widths" if np.isfinite(turn) else "more widths than were tried"


def doublings(dataset: str) -> pd.Series:
    """How many times L doubles from what the discrete memory holds to what the continuous one holds."""
    held = capacity[capacity["dataset"] == dataset].pivot(index="video", columns="variant", values="L")
    held = np.log2(held.clip(lower=min(lengths) / 2))
    return held["continuous"] - held["discrete"]


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
            doublings(dataset),
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
        for key, size in (("turn", count), ("turn_half", count // 2))
    ),
    Headline("half", "half of the size N", count // 2, precision=0),
    Headline("long", "frames of the signals with a stretch", long, precision=0),
    Headline("count", "size N of the memories", count, precision=0),
    Headline("longest", "largest L tried", max(lengths), precision=0),
    Headline("threshold", "cosine from which on a frame counts as recalled", threshold, precision=1),
    Headline("target", "share of frames that must be recalled", target, precision=1),
)
