# %% [markdown]
# # How many points the integral needs
#
# **Asked.** How does retrieval depend on the number of points that the integrals of the update are taken with, and from
# where on does it agree with the exact integral? (Santos et al. 2025, appendix B and figure 4: frames with
# L = N = 512, embeddings with L = 2048, N = 1024 and σ = 5.)

# %% tags=["parameters"]
data = "data"
output = "results/smoke/chmnet/integration"
features = "data/features/smoke"
videos = []
frame_length = 32
frame_count = 32
embedding_length = 64
embedding_count = 32
points = [4, 16, 64, 256]
beta = 10.0
ridge = 0.5
sigma = 5.0
seed = 0

# %%
import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
import torch

from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder, headlines
from amcore.statistics import summarise
from chmnet.evaluation import integration_memories, sweep_lengths, sweep_memories, task_products

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## The two tasks
#
# Half-masked frames with one basis function a frame, and noisy embeddings with two frames a basis function. A video
# takes part where it has enough frames. Points are those of the trapezoid, the paper's rule, and of Gauss–Legendre
# quadrature; the exact integral needs none, and stands as a line with the discrete memory of all frames.

# %%
tasks = {"frames": (frame_length, frame_count), "embeddings": (embedding_length, embedding_count)}


def memories_of(task: str):
    length, count = tasks[task]
    discrete = sweep_memories(length, [length], beta=beta)["discrete", length]
    return integration_memories(count, points, beta=beta, ridge=ridge) | {("discrete", length): discrete}


# %%
parts = []
for task, (length, _) in tasks.items():
    for video in videos:
        generator = torch.Generator().manual_seed(seed)
        products = task_products(task, features, video, length, sigma=sigma, generator=generator)
        if products is None:
            continue
        part = sweep_lengths(
            {length: products}, lambda _, task=task: memories_of(task), ["variant", "points"]
        )
        parts.append(part.assign(task=task, dataset=video, metric="cosine similarity", seed=seed))
measurements = results.metrics(pd.concat(parts, ignore_index=True))
summary = summarise(measurements, by=["task", "variant", "points"])

# %%
figure, axes = plt.subplots(1, 2, figsize=(8, 3.8))
roles = {"trapezoid": "continuous", "gauss-legendre": "query"}
for ax, (task, (length, count)) in zip(axes, tasks.items(), strict=True):
    here = measurements[measurements["task"] == task]
    sns.lineplot(
        here[here["variant"].isin(roles)], x="points", y="value", hue="variant", hue_order=list(roles),
        palette={name: PALETTE[role] for name, role in roles.items()}, style="variant", markers=True, dashes=False,
        errorbar="sd", err_kws={"alpha": 0.12, "linewidth": 0}, ax=ax, legend=task == "frames",
    )  # fmt: skip
    for variant, role, style in (("exact", "truth", "--"), ("discrete", "discrete", ":")):
        mean = here.loc[here["variant"] == variant, "value"].mean()
        ax.axhline(mean, color=PALETTE[role], linestyle=style, label=variant)
    ax.axvline(count, color=PALETTE["reference"], linewidth=0.8)
    ax.annotate(" N", (count, ax.get_ylim()[0]), color=PALETTE["reference"], va="bottom")
    ax.set_xscale("log")
    ax.set(
        title=f"{task}, L = {length}, N = {count}", xlabel="integration points", ylabel="cosine similarity"
    )
handles, names = axes[0].get_legend_handles_labels()
axes[0].get_legend().remove()
figure.legend(handles, names, loc="outside lower center", ncols=4)
results.figure(figure, "points")

# %%
table = summary.pivot(index=["task", "points"], columns="variant", values="mean")
table = table[["trapezoid", "gauss-legendre"]].dropna().reset_index()
results.table(table, "points_table", bars=["trapezoid", "gauss-legendre"])
table

# %%
paper = min(points, key=lambda number: abs(number - 500))
asked = [
    (task, *number)
    for task, (length, count) in tasks.items()
    for number in (
        ("exact", "exact integral", "exact", count),
        ("discrete", "discrete memory", "discrete", length),
        ("fewest", f"trapezoid, {min(points)} points", "trapezoid", min(points)),
        ("paper", f"trapezoid, {paper} points", "trapezoid", paper),
        ("most", f"trapezoid, {max(points)} points", "trapezoid", max(points)),
    )
]
asked = pd.DataFrame(asked, columns=["task", "key", "name", "variant", "points"])
results.headline(
    *headlines(asked.merge(summary, how="left"), "{task}_{key}", "cosine similarity, {task}, {name}"),
    Headline("paper_points", "points nearest to the paper's 500", paper, precision=0),
    Headline("most_points", "most points tried", max(points), precision=0),
    Headline("fewest_points", "fewest points tried", min(points), precision=0),
)
