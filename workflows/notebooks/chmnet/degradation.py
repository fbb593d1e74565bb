# %% [markdown]
# # Why retrieval gets worse as N → L
#
# **Asked.** The paper's memories get worse as their size N approaches the number of frames L, and it suspects the rigid
# allocation of uniform bins (Santos et al. 2025, section 6). Which part of its setting is it: the 500-point integral,
# the ridge λ = 0.5, the padding of the support, or the dot product by which a frame is found?

# %% tags=["parameters"]
data = "data"
output = "results/smoke/chmnet/degradation"
features = "data/features/smoke"
videos = []
lengths = [64]
fractions = [0.125, 0.25, 0.5, 0.75, 0.875, 1.0]
beta = 10.0
ridge = 0.5
points = 16
sigma = 5.0
seed = 0

# %%
from functools import partial

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
import torch

from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from amcore.statistics import summarise
from chmnet.evaluation import (
    ablation_memories,
    compare_products,
    evenly_spaced,
    product_offset,
    sweep_memories,
)
from chmnet.video import frame_products, load_embeddings, load_products

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## Every combination
#
# On the same frames and queries, memories of several sizes with every combination of: the integral taken by a
# trapezoid or exactly, λ as in the paper or 0, the support padded or not, and similarity as the dot product or
# with the offset that makes it a distance on what the query shows. Two tasks: half-masked frames, and noisy
# embeddings.


# %%
def inner_products(task: str, video: str, length: int):
    """Inner products of evenly spaced frames, or None where the video has too few."""
    if task == "frames":
        products = load_products(features, video)
        return products.subset(evenly_spaced(len(products), length)) if len(products) >= length else None
    embeddings = load_embeddings(features, video)
    if len(embeddings) < length:
        return None
    kept = embeddings[evenly_spaced(len(embeddings), length)]
    return frame_products(kept, sigma, generator=torch.Generator().manual_seed(seed))


rows = []
for task in ("frames", "embeddings"):
    for length in lengths:
        counts = sorted({max(1, round(fraction * length)) for fraction in fractions})
        for video in videos:
            products = inner_products(task, video, length)
            if products is None:
                continue
            # What a query shows of the frames: the upper half of a masked one, all of a noisy one.
            shown = products.scores if task == "frames" else products.gram
            plain = ablation_memories(
                counts, beta=beta, points=points, ridges=(ridge, 0.0), paddings=("none", "bins and integral")
            )
            memories = {("dot", *name): build for name, build in plain.items()}
            for (integration, penalty, padding, count), build in plain.items():
                corrected = partial(build, offset=product_offset(shown, build))
                memories["distance", integration, penalty, padding, count] = corrected
            for (variant, count), build in sweep_memories(length, counts, beta=beta).items():
                if variant == "discrete":
                    memories["dot", "discrete", 0.0, "none", count] = build
            for (similarity, integration, penalty, padding, count), cosines in compare_products(
                products, memories
            ).items():
                rows.append(
                    {
                        "variant": "discrete" if integration == "discrete" else "continuous",
                        "dataset": video,
                        "seed": seed,
                        "metric": "cosine similarity",
                        "value": float(cosines.double().mean()),
                        "n": length,
                        "task": task,
                        "L": length,
                        "N": count,
                        "similarity": similarity,
                        "integration": integration,
                        "ridge": penalty,
                        "padding": padding,
                    }
                )
measurements = results.metrics(pd.DataFrame(rows))

# %% [markdown]
# ## From the paper's setting to a clean one, cause by cause
#
# The paper's setting loses one suspect after another. The drop is the best similarity at any smaller size less the
# one at N = L, in each video.

# %%
factors = ["integration", "ridge", "padding", "similarity"]
paper = {"integration": "trapezoid", "ridge": ridge, "padding": "bins and integral", "similarity": "dot"}
clean = {"integration": "exact", "ridge": 0.0, "padding": "none", "similarity": "distance"}
names = {
    "integration": f"{points}-point trapezoid",
    "ridge": f"ridge λ = {ridge}",
    "padding": "padded support",
    "similarity": "dot product",
}
ladder = {"the paper's": paper}
for title, changed in (
    ("no padding", ["padding"]),
    ("exact integral too", ["padding", "integration"]),
    ("λ = 0 too", ["padding", "integration", "ridge"]),
    ("distance too", factors),
):
    ladder[title] = paper | {name: clean[name] for name in changed}


def rows_of(setting: dict, table: pd.DataFrame = measurements) -> pd.DataFrame:
    keep = table["variant"] == "continuous"
    for name, value in setting.items():
        keep &= table[name] == value
    return table[keep]


figure, axes = plt.subplots(len(lengths), 2, figsize=(8.6, 3.4 * len(lengths) + 0.6), squeeze=False)
shades = dict(zip(ladder, sns.color_palette("flare_r", len(ladder)), strict=True))
for length_axes, length in zip(axes, lengths, strict=True):
    for ax, task in zip(length_axes, ("frames", "embeddings"), strict=True):
        here = measurements[(measurements["task"] == task) & (measurements["L"] == length)]
        for title, setting in ladder.items():
            mean = rows_of(setting, here).groupby("N")["value"].mean()
            ax.plot(mean.index / length, mean, marker="o", markersize=4, color=shades[title], label=title)
        mean = here[here["variant"] == "discrete"].groupby("N")["value"].mean()
        ax.plot(mean.index / length, mean, "--", color=PALETTE["discrete"], label="discrete, N frames")
        ax.set(
            title=f"{task}, L = {length}, {here['dataset'].nunique()} videos",
            xlabel="N / L",
            ylabel="cosine similarity",
        )
handles, labels = axes.flat[0].get_legend_handles_labels()
figure.legend(handles, labels, loc="outside lower center", ncols=3)
results.figure(figure, "ladder")

# %% [markdown]
# ## The suspects, one at a time
#
# At N = L, mean over videos (and lengths): what is gained when one suspect alone is taken out of the paper's setting,
# and what is lost when it alone is put into the clean one. Uniform bins are not in the table: at N = L every bin
# holds one frame, so there is no other allocation, and the degradation there cannot come from it.

# %%
key = ["task", "L", "dataset"]


def at_full(setting: dict) -> pd.Series:
    table = rows_of(setting)
    return table[table["N"] == table["L"]].set_index(key)["value"]


effects = []
for factor, name in names.items():
    taken_out = at_full(paper | {factor: clean[factor]}) - at_full(paper)
    put_in = at_full(clean | {factor: paper[factor]}) - at_full(clean)
    for direction, effect in (("taken out of the paper's", taken_out), ("put into the clean one", put_in)):
        effects.append(effect.rename("value").reset_index().assign(suspect=name, direction=direction))
effects = pd.concat(effects, ignore_index=True)
summary = summarise(effects, by=["task", "suspect", "direction"])
table = summary.pivot(index=["task", "suspect"], columns="direction", values=["mean", "std"])
table = pd.DataFrame(
    {
        f"{direction}{suffix}": table[statistic, direction]
        for direction in ("taken out of the paper's", "put into the clean one")
        for statistic, suffix in (("mean", ""), ("std", ", std"))
    }
).reset_index()
results.table(table, "suspects", precision=4, bars=["taken out of the paper's", "put into the clean one"])
table

# %% [markdown]
# ## The drop along the ladder

# %%
drops = []
for title, setting in ladder.items():
    table = rows_of(setting)
    wide = table.pivot_table(index=key, columns=table["N"] / table["L"], values="value")
    smaller = wide.drop(columns=1.0)
    for metric, values in (
        ("drop", smaller.max(axis=1) - wide[1.0]),
        ("at N = L", wide[1.0]),
        ("best N < L", smaller.max(axis=1)),
    ):
        drops.append(values.rename("value").reset_index().assign(setting=title, what=metric))
drops = pd.concat(drops, ignore_index=True)
spread = summarise(drops, by=["task", "setting", "what"])
columns = ["best N < L", "at N = L", "drop"]
steps = spread.pivot(index=["task", "setting"], columns="what", values="mean")[columns]
steps["drop, std"] = spread[spread["what"] == "drop"].set_index(["task", "setting"])["std"]
steps = steps.loc[[(task, title) for task in ("frames", "embeddings") for title in ladder]].reset_index()
results.table(steps, "drops", precision=4)
steps

# %%
drop = spread[spread["what"] == "drop"].set_index(["task", "setting"])
suspect = summary.set_index(["task", "suspect", "direction"])
short = {"integration": "points", "ridge": "ridge", "padding": "padding", "similarity": "dot"}
results.headline(
    *(
        Headline(
            f"{task}_drop_{number}",
            f"drop from the best N < L to N = L, {task}, {title}",
            float(drop.loc[(task, title), "mean"]),
            std=float(drop.loc[(task, title), "std"]),
            n=int(drop.loc[(task, title), "n"]),
            precision=4,
        )
        for task in ("frames", "embeddings")
        for number, title in enumerate(ladder)
    ),
    *(
        Headline(
            f"{task}_{short[factor]}_{where}",
            f"cosine at N = L, {task}, {name} {direction}",
            float(suspect.loc[(task, name, direction), "mean"]),
            std=float(suspect.loc[(task, name, direction), "std"]),
            n=int(suspect.loc[(task, name, direction), "n"]),
            precision=4,
        )
        for task in ("frames", "embeddings")
        for factor, name in names.items()
        for where, direction in (("out", "taken out of the paper's"), ("in", "put into the clean one"))
    ),
    Headline("videos", "videos", len(videos), precision=0),
    Headline("points", "points of the trapezoid", points, precision=0),
)
