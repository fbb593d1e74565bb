# %% [markdown]
# # What a memory costs
#
# **Asked.** What does a query cost, and what does the memory hold, against the number of frames L and the size N? And
# how much similarity does a given cost buy, with separate patterns and with a function of time?

# %% tags=["parameters"]
data = "data"
output = "results/smoke/chmnet/scaling"
features = "data/features/smoke"
videos = []
frames = "results/smoke/chmnet/frames/metrics.csv"
embeddings = "results/smoke/chmnet/embeddings/metrics.csv"
lengths = [32, 64]
smallest_basis = 8
points = 500
pixels = 150528

# %%
from itertools import product

import matplotlib.pyplot as plt
import pandas as pd

from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder, headlines, read_metrics
from chmnet import (
    ContinuousHopfield,
    DiscreteHopfield,
    GaussianBasis,
    RectangularBasis,
    Trapezoid,
    retrieval_cost,
)
from chmnet.evaluation import doubling_sizes, evenly_spaced
from chmnet.video import load_embeddings

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## Counted, not timed
#
# Operations of the matrix products of one update of one query are counted as torch runs them, and the bytes are those
# of all that a network keeps. How long that takes is another matter on every machine, and is measured in
# `benchmarks/`, as a ratio against a named alternative.
#
# The discrete memory is that of all L frames. The exact continuous one has N bins. The last has N bells and the
# paper's trapezoid: a smooth basis needs its values at every point, and a literal reading of the paper's update pays
# that price for bins too.

# %%
video = videos[0]
stored = load_embeddings(features, video)
rows = []
for length in lengths:
    if length > len(stored):
        continue
    kept = stored[evenly_spaced(len(stored), length)]
    networks = {("discrete", length): DiscreteHopfield(kept, 1.0)}
    for size in doubling_sizes(smallest_basis, length):
        networks["continuous, exact", size] = ContinuousHopfield.fit(kept, RectangularBasis(size), beta=1.0)
        networks[f"bells, {points} points", size] = ContinuousHopfield.fit(
            kept, GaussianBasis(size), beta=1.0, integration=Trapezoid(points)
        )
    for (variant, size), network in networks.items():
        cost = retrieval_cost(network, queries=4)
        common = {"variant": variant, "dataset": video, "L": length, "N": size, "width": stored.shape[1]}
        rows.append({**common, "metric": "operations a query", "value": float(cost.operations), "unit": ""})
        rows.append({**common, "metric": "bytes held", "value": float(cost.held), "unit": "B"})
measurements = results.metrics(pd.DataFrame(rows))
longest = int(measurements["L"].max())
smooth = f"bells, {points} points"

# %%
figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.8))
for ax, (metric, label) in zip(
    axes, (("operations a query", "operations a query"), ("bytes held", "bytes held")), strict=True
):
    here = measurements[(measurements["metric"] == metric) & (measurements["L"] == longest)]
    for variant, role in (("continuous, exact", "continuous"), (smooth, "query")):
        line = here[here["variant"] == variant].sort_values("N")
        ax.plot(line["N"], line["value"], marker="o", color=PALETTE[role], label=variant)
    discrete = measurements[(measurements["metric"] == metric) & (measurements["variant"] == "discrete")]
    for _, row in discrete.iterrows():
        ax.axhline(row["value"], color=PALETTE["discrete"], linestyle="--", linewidth=1)
        ax.annotate(f"L = {row['L']}", (smallest_basis, row["value"]), color=PALETTE["discrete"], va="bottom",
                    fontsize="small")  # fmt: skip
    ax.plot([], [], "--", color=PALETTE["discrete"], label="discrete, all L frames")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set(xlabel="size N of the memory", ylabel=label)
handles, labels = axes[0].get_legend_handles_labels()
figure.legend(handles, labels, loc="outside lower center", ncols=3)
results.figure(figure, "cost")

# %%
table = measurements[measurements["L"] == longest].pivot(
    index=["variant", "N"], columns="metric", values="value"
)
table = table.reset_index().assign(**{"MB held": lambda rows: rows["bytes held"] / 1e6})
table["million operations"] = table["operations a query"] / 1e6
table = table[["variant", "N", "million operations", "MB held"]]
results.table(table, "cost_table", precision=2, bars=["million operations"])
table

# %% [markdown]
# ## What a cost buys
#
# Similarity from the pages on frames and on embeddings against the bytes of patterns or coefficients that each memory
# holds, in float32, at the greatest length.

# %%
pieces = []
for task, path, width in (("frames", frames, pixels), ("embeddings", embeddings, stored.shape[1])):
    metrics = read_metrics(path).astype({"L": int, "N": int})
    metrics = metrics[metrics["L"] == metrics["L"].max()]
    mean = metrics.groupby(["variant", "L", "N"], as_index=False)["value"].mean()
    pieces.append(mean.assign(task=task, megabytes=mean["N"] * width * 4 / 1e6))
bought = pd.concat(pieces, ignore_index=True)
bought = bought[bought["variant"].isin(["discrete", "continuous, exact"])]
figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.6))
for ax, task in zip(axes, ("frames", "embeddings"), strict=True):
    here = bought[bought["task"] == task]
    for variant, role in (("discrete", "discrete"), ("continuous, exact", "continuous")):
        line = here[here["variant"] == variant].sort_values("megabytes")
        ax.plot(line["megabytes"], line["value"], marker="o", color=PALETTE[role], label=variant)
    ax.set_xscale("log")
    ax.set(title=f"{task}, L = {here['L'].max()}", xlabel="memory held (MB)", ylabel="cosine similarity")
axes[0].legend()
results.figure(figure, "tradeoff")

# %% [markdown]
# The smallest memory that comes within a hundredth of the complete discrete memory. Where that is the smallest that was
# tried, a still smaller one might do.

# %%
smallest = []
for task, here in bought.groupby("task", sort=False):
    complete = here[(here["variant"] == "discrete") & (here["N"] == here["L"])].iloc[0]
    for variant, line in here.groupby("variant", sort=False):
        enough = line[line["value"] >= complete["value"] - 0.01].sort_values("N").iloc[0]
        smallest.append(
            {
                "task": task,
                "variant": variant,
                "L": int(complete["L"]),
                "N": int(enough["N"]),
                "MB of patterns": enough["megabytes"],
                "of the complete": enough["N"] / complete["L"],
                "smallest tried": "yes" if enough["N"] == line["N"].min() else "no",
                "cosine": enough["value"],
                "complete, cosine": complete["value"],
            }
        )
smallest = pd.DataFrame(smallest)
results.table(smallest, "tradeoff_table", bars=["of the complete"])
smallest

# %%
full = measurements[(measurements["L"] == longest) & (measurements["metric"] == "operations a query")]
by = full.set_index(["variant", "N"])["value"]
size = max(smallest_basis, longest // 16)
keys = {"discrete": "discrete", "continuous, exact": "continuous"}
asked = pd.DataFrame(product(("frames", "embeddings"), keys), columns=["task", "variant"])
asked["key"] = asked["variant"].map(keys)
results.headline(
    Headline("length", "longest memory L", longest, precision=0),
    Headline("size", "a sixteenth of it", size, precision=0),
    Headline("saved", f"operations of the discrete memory over those of N = {size}, exact",
             float(by["discrete", longest] / by["continuous, exact", size]), precision=1),
    Headline("quadrature", f"operations with {points} points of a smooth basis over those of bins, N = {size}",
             float(by[smooth, size] / by["continuous, exact", size]), precision=1),
    *headlines(asked.merge(smallest, how="left"), "{task}_{key}",
               "share of the frames' memory within 0.01 of the complete one, {task}, {variant}",
               value="of the complete"),
)  # fmt: skip
