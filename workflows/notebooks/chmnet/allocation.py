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
from itertools import product

import matplotlib.pyplot as plt
import pandas as pd

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, headlines, standings
from amcore.statistics import compare, summarise
from chmnet.evaluation import (
    SIMILARITIES,
    allocation_memories,
    bell_allocations,
    bin_allocations,
    evenly_spaced,
    sweep_lengths,
)
from chmnet.evaluation.drawing import edge_panel, gain_panels
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
parts, missed, allocations = [], {}, {}
for video in videos:
    products = load_products(features, video)
    frames = min(length, len(products))
    products = products.subset(evenly_spaced(len(products), frames))
    count = max(2, frames // fraction)
    bins = bin_allocations(products.gram, count)
    bells, missed[video] = bell_allocations(
        products.gram, count, ridge=ridge, steps=learning_steps, rate=learning_rate
    )
    memories = allocation_memories(products, bins, bells, beta=beta, ridge=ridge, quadrature=quadrature)
    part = sweep_lengths({frames: products}, lambda _, here=memories: here, ["variant", "similarity"])
    parts.append(part.assign(dataset=video, N=count))
    allocations[video] = products.gram, bins
columns = ["variant", "dataset", "value", "n", "similarity", "L", "N"]
measurements = results.metrics(
    pd.concat(parts, ignore_index=True)[columns], metric="cosine similarity", seed=seed
)
order = list(dict.fromkeys(measurements["variant"]))

# %% [markdown]
# ## Where bins go
#
# One video: how much it changes from frame to frame, and the edges of each allocation.

# %%
shown = max(allocations, key=lambda video: len(allocations[video][0]))
gram, bins = allocations[shown]
figure = plt.figure(figsize=(8, 3.6))
edge_panel(figure, gram, bins).set_title(f"{shown}, {len(gram)} frames")
results.figure(figure, "edges")

# %% [markdown]
# ## Against uniform bins
#
# The difference to uniform bins under the dot product, video by video: right of the line is better.

# %%
baseline = measurements[(measurements["variant"] == "uniform") & (measurements["similarity"] == "dot")]
reference = baseline.set_index("dataset")["value"]
gains = measurements.assign(gain=measurements["value"] - measurements["dataset"].map(reference))
figure = plt.figure(figsize=(9, 4.2))
gain_panels(figure, gains, order, SIMILARITIES)
results.figure(figure, "gains")

# %%
summary = summarise(measurements, by=["similarity", "variant"])
better = gains.assign(better=gains["gain"] > 0).groupby(["similarity", "variant"])["better"].sum()
table = summary.pivot(index="variant", columns="similarity", values="mean").loc[order, list(SIMILARITIES)]
for similarity in SIMILARITIES:
    counts = better[similarity].reindex(order)
    table[f"{similarity}: better on"] = [
        "" if pd.isna(count) else f"{int(count)} of {len(videos)}" for count in counts
    ]
table = table.reset_index(names="allocation")
results.table(table, "allocations", precision=4, bars=list(SIMILARITIES))
table

# %% [markdown]
# Paired over videos, every allocation of bins against uniform ones under the same similarity, Holm's correction over
# all.

# %%
binned = measurements[~measurements["variant"].str.startswith("bells")]
tests = compare(binned, baseline="uniform", over=["dataset"], within=["similarity"])
tests = tests[["similarity", "variant", "difference", "std", "n", "effect_size", "p_holm", "significant"]]
tests = tests.sort_values("difference", ascending=False)
results.table(tests, "tests", precision=4)
tests

# %%
slug = {"uniform": "uniform", "equal change": "change", "equal √change": "root", "optimal": "optimal",
        "optimal, unit norm": "unit", "bells": "bells", "bells, learnt": "learnt"}  # fmt: skip
quoted = pd.DataFrame(product(order, SIMILARITIES), columns=["variant", "similarity"]).merge(summary)
quoted["key"] = quoted["variant"].map(slug)


def pairs(similarity: str) -> pd.DataFrame:
    """The similarities of each video under one way to find a frame, a column for each allocation."""
    return measurements[measurements["similarity"] == similarity].pivot(
        index="dataset", columns="variant", values="value"
    )


# %%
optimal = {
    similarity: pairs(similarity)["optimal"] - pairs(similarity)["uniform"] for similarity in SIMILARITIES
}
bells = pairs("dot")["bells, learnt"] - pairs("dot")["bells"]
shares = [float(curve[-1] / curve[0]) for curve in missed.values()]
results.headline(
    *headlines(quoted, "{key}_{similarity}", "cosine similarity, {variant}, {similarity}"),
    *(
        number
        for similarity, values in optimal.items()
        for number in standings(f"optimal_gain_{similarity}", f"optimal less uniform bins, {similarity}", values,
                                precision=4)
    ),
    *standings("bells_gain", "learnt bells less uniform ones, dot", bells.dropna(), precision=4),
    Headline("improved", "videos where optimal bins beat uniform ones by distance",
             int((optimal["distance"] > 0).sum()), precision=0),
    Headline("videos", "videos", len(videos), precision=0),
    Headline("significant", "allocations significantly better than uniform bins, same similarity",
             int((tests["significant"] & (tests["difference"] > 0)).sum()), precision=0),
    Headline("worse", "allocations significantly worse than uniform bins, same similarity",
             int((tests["significant"] & (tests["difference"] < 0)).sum()), precision=0),
    Headline("tested", "allocations tested", len(tests), precision=0),
    Headline("fraction", "frames a basis function", fraction, precision=0),
    Headline("length", "frames of a video, at most", length, precision=0),
    Headline("reconstruction", "share of the signal that the learnt bells miss, of what uniform bells miss",
             sum(shares) / len(shares)),
)  # fmt: skip
