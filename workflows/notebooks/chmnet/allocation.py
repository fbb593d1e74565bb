# %% [markdown]
# # Adaptive bins against uniform ones
#
# **Asked.** The paper expects better memories from basis functions that are placed where the signal needs them
# (Santos et al. 2025, section 6). With a memory of a sixteenth of the frames: does any allocation of bins, or any
# learnt basis, bring answers nearer to the true frames than uniform bins do, and does it depend on the similarity by
# which a frame is found?

# %% tags=["parameters"]
data = "data"
output = "results/smoke/chmnet/allocation"
features = "data/features/smoke"
videos = []
length = 64
fraction = 16
beta = 10.0
ridge = 0.5
learning_steps = 10
learning_rate = 0.005
quadrature = 200
seed = 0

# %%
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
import torch

from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from amcore.statistics import compare, summarise
from chmnet import ContinuousHopfield, GaussianBasis, RectangularBasis, Trapezoid, learn_basis
from chmnet.allocation import equal_change_edges_of_products, optimal_edges_of_products
from chmnet.evaluation import compare_products, evenly_spaced, product_offset
from chmnet.video import load_products

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## Allocations and similarities
#
# Uniform bins; bins that share out the signal's change, or its square root; bins whose means are nearest to their
# frames, found by dynamic programming, with frames at their own norm or scaled to 1. Bells (Gaussian basis functions)
# at uniform centres, and the same with centres and widths learnt from the signal.
#
# A half-masked frame is found by its dot product with the memory; by the dot product once the mean of the video is
# taken off both; or by its distance, on the half that it shows. The last two add a constant to each coefficient's
# similarity, so the update still descends an energy.


# %%
def allocations_of(gram: torch.Tensor, count: int) -> dict[str, torch.Tensor]:
    """Bin edges by name."""
    return {
        "uniform": torch.linspace(0, 1, count + 1, dtype=torch.float64),
        "equal change": equal_change_edges_of_products(gram, count, power=1.0),
        "equal √change": equal_change_edges_of_products(gram, count, power=0.5),
        "optimal": optimal_edges_of_products(gram, count, unit_norm=False),
        "optimal, unit norm": optimal_edges_of_products(gram, count, unit_norm=True),
    }


def memories_of(gram: torch.Tensor, count: int):
    """What builds a memory, by allocation, and the learning curve of the bells."""
    fit = partial(ContinuousHopfield.fit, beta=beta, ridge=ridge)
    builds = {
        name: partial(fit, basis=RectangularBasis.from_edges(edges))
        for name, edges in allocations_of(gram, count).items()
    }
    learnt = GaussianBasis(count, learnable=True)
    curve = learn_basis(learnt, gram, ridge=ridge, steps=learning_steps, rate=learning_rate)
    learnt.requires_grad_(False)
    for name, basis in (("bells", GaussianBasis(count)), ("bells, learnt", learnt)):
        builds[name] = partial(fit, basis=basis, integration=Trapezoid(quadrature))
    return builds, curve


rows, curves, edges_shown = [], {}, {}
for video in videos:
    products = load_products(features, video)
    frames = min(length, len(products))
    products = products.subset(evenly_spaced(len(products), frames))
    count = max(2, frames // fraction)
    builds, curves[video] = memories_of(products.gram, count)
    edges_shown[video] = (products, allocations_of(products.gram, count))
    memories = {}
    for name, build in builds.items():
        memories[name, "dot"] = build
        # xᵀ(q − m) on the shown half differs from xᵀq by −xᵀm, m being the mean of the video.
        mean = build(products.scores.mean(0, keepdim=True).mT).memory[:, 0]
        memories[name, "centred"] = partial(build, offset=-mean)
        # Where basis functions overlap, no constant a coefficient makes s(t) a distance.
        if not name.startswith("bells"):
            memories[name, "distance"] = partial(build, offset=product_offset(products.scores, build))
    for (name, similarity), cosines in compare_products(products, memories).items():
        rows.append(
            {
                "variant": name,
                "dataset": video,
                "seed": seed,
                "metric": "cosine similarity",
                "value": float(cosines.double().mean()),
                "n": frames,
                "similarity": similarity,
                "L": frames,
                "N": count,
            }
        )
measurements = results.metrics(pd.DataFrame(rows))
order = list(dict.fromkeys(measurements["variant"]))
similarities = ["dot", "centred", "distance"]

# %% [markdown]
# ## Where bins go
#
# One video: how much it changes from frame to frame, and the edges of each allocation.

# %%
shown = max(edges_shown, key=lambda video: len(edges_shown[video][0]))
products, allocations = edges_shown[shown]
square = products.gram.diagonal()
change = (square[1:] + square[:-1] - 2 * products.gram.diagonal(1)).clamp(min=0).sqrt()
figure, ax = plt.subplots(figsize=(8, 3.6))
times = (torch.arange(len(change)) + 1) / len(products)
ax.fill_between(times, change / change.max(), color=PALETTE["reference"], alpha=0.4, linewidth=0)
for row, edges in enumerate(allocations.values()):
    ax.vlines(edges, -row - 1, -row - 0.2, color=PALETTE["continuous"], linewidth=1)
ax.set(
    yticks=[0.5, *(-row - 0.6 for row in range(len(allocations)))],
    yticklabels=["change", *allocations],
    xlabel="time",
    xlim=(0, 1),
    title=f"{shown}, {len(products)} frames",
)
ax.grid(False)
results.figure(figure, "edges")

# %% [markdown]
# ## Against uniform bins
#
# The difference to uniform bins under the dot product, video by video: right of the line is better.

# %%
baseline = measurements[(measurements["variant"] == "uniform") & (measurements["similarity"] == "dot")]
reference = baseline.set_index("dataset")["value"]
gains = measurements.assign(gain=measurements["value"] - measurements["dataset"].map(reference))
figure, axes = plt.subplots(1, 3, figsize=(9, 4.2), sharex=True, sharey=True)
np.random.seed(seed)  # noqa: NPY002 — seaborn draws the jitter of points from numpy's own generator
for ax, similarity in zip(axes, similarities, strict=True):
    here = gains[gains["similarity"] == similarity]
    sns.stripplot(
        here,
        x="gain",
        y="variant",
        order=order,
        ax=ax,
        color=PALETTE["continuous"],
        size=4,
        alpha=0.7,
        jitter=0.2,
    )
    means = here.groupby("variant")["gain"].mean().reindex(order)
    ax.scatter(means, range(len(order)), marker="|", s=260, color="black", zorder=3)
    ax.axvline(0, color=PALETTE["reference"], linewidth=1)
    ax.set(title=similarity, xlabel="gain in cosine", ylabel="")
results.figure(figure, "gains")

# %%
summary = summarise(measurements, by=["similarity", "variant"])
better = gains.assign(better=gains["gain"] > 0).groupby(["similarity", "variant"])["better"].sum()
table = summary.pivot(index="variant", columns="similarity", values="mean").loc[order, similarities]
for similarity in similarities:
    counts = better[similarity].reindex(order)
    table[f"{similarity}: better on"] = [
        "" if pd.isna(count) else f"{int(count)} of {len(videos)}" for count in counts
    ]
table = table.reset_index(names="allocation")
results.table(table, "allocations", precision=4, bars=similarities)
table

# %% [markdown]
# Paired over videos, every combination against uniform bins under the dot product, Holm's correction over all.

# %%
combined = measurements.assign(variant=measurements["variant"] + " / " + measurements["similarity"])
tests = compare(combined, baseline="uniform / dot", over=["dataset"])
tests = tests[["variant", "difference", "std", "n", "effect_size", "p_holm", "significant"]]
tests = tests.sort_values("difference", ascending=False)
results.table(tests, "tests", precision=4)
tests

# %%
at = summary.set_index(["similarity", "variant"])
adaptive = [name for name in order if name not in ("uniform", "bells")]
best = summary[summary["variant"].isin(adaptive)].sort_values("mean").iloc[-1]
uniform = summary[summary["variant"] == "uniform"].sort_values("mean").iloc[-1]
best_dot = (
    summary[summary["variant"].isin(adaptive) & (summary["similarity"] == "dot")].sort_values("mean").iloc[-1]
)
same = measurements[measurements["similarity"] == best["similarity"]].pivot(
    index="dataset", columns="variant", values="value"
)
improved = (same[best["variant"]] > same["uniform"]).sum()
slug = {"uniform": "uniform", "equal change": "change", "equal √change": "root", "optimal": "optimal",
        "optimal, unit norm": "unit", "bells": "bells", "bells, learnt": "learnt"}  # fmt: skip


def quoted(key: str, label: str, row) -> Headline:
    return Headline(key, label, float(row["mean"]), std=float(row["std"]), n=int(row["n"]))


results.headline(
    *(
        quoted(f"{slug[name]}_{similarity}", f"cosine similarity, {name}, {similarity}", at.loc[(similarity, name)])
        for name in order
        for similarity in similarities
        if (similarity, name) in at.index
    ),
    quoted("best", f"best adaptive: {best['variant']}, {best['similarity']}", best),
    quoted("best_uniform", f"best uniform: {uniform['similarity']}", uniform),
    quoted("best_dot", f"best adaptive, dot: {best_dot['variant']}", best_dot),
    Headline("improved", "videos where the best adaptive beats uniform, same similarity", int(improved), precision=0),
    Headline("videos", "videos", len(videos), precision=0),
    Headline("significant", "combinations significantly better than uniform / dot",
             int((tests["significant"] & (tests["difference"] > 0)).sum()), precision=0),
    Headline("worse", "combinations significantly worse than uniform / dot",
             int((tests["significant"] & (tests["difference"] < 0)).sum()), precision=0),
    Headline("fraction", "frames a basis function", fraction, precision=0),
    Headline("length", "frames of a video, at most", length, precision=0),
    Headline(
        "reconstruction",
        "share of the signal that the learnt bells miss, of what uniform bells miss",
        float(sum(float(curve[-1] / curve[0]) for curve in curves.values()) / len(curves)),
    ),
)  # fmt: skip
