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
from itertools import product

import matplotlib.pyplot as plt
import pandas as pd
import torch

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, headlines
from amcore.statistics import summarise
from chmnet.evaluation import (
    TASKS,
    Setting,
    drop_significance,
    drops,
    setting_ladder,
    setting_sweep,
    suspect_effects,
    task_products,
)
from chmnet.evaluation.drawing import setting_panels

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
suspected = Setting.suspected(ridge)
parts = []
for task, length, video in product(TASKS, lengths, videos):
    generator = torch.Generator().manual_seed(seed)
    products = task_products(task, features, video, length, sigma=sigma, generator=generator)
    if products is None:
        continue
    # What a query shows of the frames: the upper half of a masked one, all of a noisy one.
    shown = products.scores if task == "frames" else products.gram
    counts = sorted({max(1, round(fraction * length)) for fraction in fractions})
    part = setting_sweep(products, shown, counts, suspected=suspected, beta=beta, points=points)
    part.insert(0, "task", task)
    parts.append(part.assign(dataset=video))
measurements = results.metrics(pd.concat(parts, ignore_index=True), metric="cosine similarity", seed=seed)

# %% [markdown]
# ## From every suspect to a clean setting, one by one
#
# A setting with every suspect loses one after another; the second is the paper's. The drop is the best similarity at
# any smaller size less the one at N = L, in each video.

# %%
ladder = setting_ladder(suspected)
figure = plt.figure(figsize=(8.6, 3.4 * len(lengths) + 0.6))
setting_panels(figure, measurements, ladder)
results.figure(figure, "ladder")

# %% [markdown]
# ## The suspects, one at a time
#
# At N = L, mean over videos (and lengths): what is gained when one suspect alone is taken out of all of them,
# and what is lost when it alone is put into the clean one. Uniform bins are not in the table: at N = L every bin
# holds one frame, so there is no other allocation, and the degradation there cannot come from it.

# %%
suspects = {
    "integration": f"{points}-point trapezoid",
    "ridge": f"ridge λ = {ridge}",
    "padding": "padded support",
    "similarity": "dot product",
}
directions = {"out": "taken out of all", "in": "put into the clean one"}
effects = suspect_effects(measurements, suspected)
effects["suspect"] = effects["factor"].map(suspects)
summary = summarise(effects, by=["task", "suspect", "factor", "direction"])
wide = summary.pivot(index=["task", "suspect"], columns="direction", values=["mean", "std"])
table = pd.DataFrame(
    {
        f"{title}{suffix}": wide[statistic, direction]
        for direction, title in directions.items()
        for statistic, suffix in (("mean", ""), ("std", ", std"))
    }
).reset_index()
results.table(table, "suspects", precision=4, bars=list(directions.values()))
table

# %% [markdown]
# ## The drop along the ladder

# %%
fallen = drops(measurements, ladder)
spread = summarise(fallen, by=["task", "setting", "what"])
drop = spread[spread["what"] == "drop"].set_index(["task", "setting"])
steps = spread.pivot(index=["task", "setting"], columns="what", values="mean")
steps = steps[["best N < L", "at N = L", "drop"]].assign(**{"drop, std": drop["std"]})
steps["p"] = drop_significance(fallen).set_index(["task", "setting"])["p"]
steps = steps.loc[list(product(TASKS, ladder))].reset_index()
results.table(steps, "drops", precision=4)
steps

# %%
drop = drop.loc[list(product(TASKS, ladder))].reset_index()
drop["number"] = drop["setting"].map({title: number for number, title in enumerate(ladder)})
asked = pd.DataFrame(product(TASKS, suspects, directions), columns=["task", "factor", "direction"])
asked = asked.merge(summary, how="left").assign(
    key=lambda rows: rows["factor"].replace({"integration": "points", "similarity": "dot"}),
    title=lambda rows: rows["direction"].map(directions),
)
results.headline(
    *headlines(
        drop,
        "{task}_drop_{number}",
        "drop from the best N < L to N = L, {task}, {setting}",
        precision=4,
    ),
    *headlines(asked, "{task}_{key}_{direction}", "cosine at N = L, {task}, {suspect} {title}", precision=4),
    Headline("videos", "videos", len(videos), precision=0),
    Headline("points", "points of the trapezoid", points, precision=0),
)
