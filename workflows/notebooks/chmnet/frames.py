# %% [markdown]
# # Retrieving half-masked video frames
#
# **Asked.** A clip of L frames is stored. The lower half of a frame is blanked and the rest is the query: how near does
# one update come to the true frame, for a memory of N frames and for a continuous memory of N basis functions?
# (Santos et al. 2025, section 5.2 and figure 2.)

# %% tags=["parameters"]
data = "data"
output = "results/smoke/chmnet/frames"
lengths = [16, 64]
smallest_basis = 8
size = 32
clips = []
beta = 10.0
ridge = 0.5
points = 500

# %%
import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
import torch

from amcore.data import load_clips, normalise_frames
from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from amcore.statistics import summarise
from chmnet import (
    ContinuousHopfield,
    Exact,
    RectangularBasis,
    Trapezoid,
    evenly_spaced,
    mask_lower_half,
    retrieval_sweep,
)
from chmnet.plotting import retrieved_frames

use_style()
results = ResultsFolder(output)


# %% [markdown]
# ## The memories
#
# A clip takes part at length L if it has at least L frames, of which L evenly spaced ones are kept. Pixels lie in
# [−1, 1]. The discrete memory of size N keeps N evenly spaced frames; every one of the L frames is a query to it.
# The continuous memory of N basis functions is asked in three ways: with the integral taken exactly over [0, 1], where
# the frames are; with a trapezoid over the same; and with a trapezoid on a support that is padded to [−0.5, 1.5], which
# is the paper's setting as far as it can be told.

# %%
videos = load_clips(data, clips or None)


def memory_of(name: str, length: int) -> torch.Tensor:
    """L evenly spaced frames of a clip, [L, size, size, 3] in [−1, 1]."""
    frames = videos[name]
    kept = torch.from_numpy(normalise_frames(frames[evenly_spaced(len(frames), length).numpy()]))
    return torch.nn.functional.avg_pool2d(kept.permute(0, 3, 1, 2), kept.shape[1] // size).permute(0, 2, 3, 1)


# %%
padded = (-0.5, 1.5)
settings = {
    "continuous, exact": {"integration": Exact()},
    f"continuous, {points} points": {"integration": Trapezoid(points)},
    f"continuous, {points} points, padded": {
        "integration": Trapezoid(points),
        "support": padded,
        "domain": padded,
    },
}
sweeps = []
for length in lengths:
    counts = [smallest_basis]
    while counts[-1] * 2 <= length:
        counts.append(counts[-1] * 2)
    for name in [name for name, frames in videos.items() if len(frames) >= length]:
        frames = memory_of(name, length).flatten(1)
        for label, setting in settings.items():
            sweep = retrieval_sweep(frames, counts, beta=beta, ridge=ridge, **setting)
            sweep["variant"] = sweep["variant"].replace("continuous", label)
            sweeps.append(sweep.assign(dataset=name, L=length))
# The discrete memory is the same beside each of them and stands once.
similarities = pd.concat(sweeps).drop_duplicates(["variant", "dataset", "L", "N"])

# %%
measurements = results.metrics(
    similarities.rename(columns={"cosine": "value"}).drop(columns="cosine_std"),
    metric="cosine similarity",
)
summary = summarise(measurements, by=["L", "N", "variant"])

# %% [markdown]
# ## Similarity against memory size
#
# Mean over clips, with one standard deviation between clips as a band.

# %%
variants = ["discrete", *settings]
roles = ("discrete", "continuous", "truth", "query")
colours = {variant: PALETTE[role] for variant, role in zip(variants, roles, strict=True)}
figure, axes = plt.subplots(1, len(lengths), figsize=(3.3 * len(lengths), 4), sharey=True, squeeze=False)
for ax, length in zip(axes.flat, lengths, strict=True):
    shown = measurements[measurements["L"] == length]
    sns.lineplot(
        shown,
        x="N",
        y="value",
        hue="variant",
        style="variant",
        hue_order=variants,
        style_order=variants,
        palette=colours,
        markers=True,
        errorbar="sd",
        err_kws={"alpha": 0.1, "linewidth": 0},
        ax=ax,
        legend=length == lengths[-1],
    )
    videos_here = shown["dataset"].nunique()
    ax.set_xscale("log", base=2)
    ax.set(
        title=f"L = {length}, {videos_here} clip{'s' * (videos_here > 1)}",
        xlabel="size N of the memory",
        ylabel="cosine similarity",
    )
handles, labels = axes.flat[-1].get_legend_handles_labels()
axes.flat[-1].get_legend().remove()
figure.legend(handles, labels, loc="outside lower center", ncols=2)
results.figure(figure, "similarity")

# %%
table = summary.pivot(index=["L", "N"], columns="variant", values="mean")[variants].reset_index()
clips_a_length = measurements.groupby("L")["dataset"].nunique().rename("clips")
table.insert(1, "clips", table["L"].map(clips_a_length))
results.table(table, "similarity_table", bars=variants)
table

# %% [markdown]
# ## What compression looks like
#
# The query, the true frame, and the answers of continuous memories from coarse to fine, for the middle frame of each
# clip at the greatest length it takes part in.

# %%
shown_counts = [smallest_basis * 4**power for power in range(3)]
rows = {}
for name, frames in videos.items():
    fitting = [length for length in lengths if length <= len(frames)]
    if not fitting:
        continue
    memory = memory_of(name, max(fitting))
    middle = memory[len(memory) // 2 : len(memory) // 2 + 1]
    query = mask_lower_half(middle)
    answers = {}
    for count in sorted({*shown_counts, len(memory)}):
        if count > len(memory):
            continue
        network = ContinuousHopfield.fit(memory.flatten(1), RectangularBasis(count), beta=beta, ridge=ridge)
        answers[count] = network.retrieve(query.flatten(1)).reshape(query.shape)
    rows[name] = (query, middle, answers)


def draw(names: list[str]) -> plt.Figure:
    """A row a clip: the query, the truth, and the answers by memory size."""
    columns = sorted(set.intersection(*(set(rows[name][2]) for name in names)))
    figure, axes = plt.subplots(
        len(names), 2 + len(columns), figsize=(1.7 * (2 + len(columns)), 1.75 * len(names)), squeeze=False
    )
    queries, truths = (torch.cat([rows[name][part] for name in names]) for part in (0, 1))
    answers = {f"N = {count}": torch.cat([rows[name][2][count] for name in names]) for count in columns}
    retrieved_frames(axes, queries, truths, answers)
    for ax, name in zip(axes[:, 0], names, strict=True):
        ax.set_ylabel(name)
    return figure


results.figure(draw(list(rows)), "retrieved")

# %% [markdown]
# The two clips that are stored at the greatest length, for the book's first page.

# %%
longest_first = sorted(rows, key=lambda name: -max(rows[name][2]))
results.figure(draw(longest_first[:2]), "headline")

# %%
longest = summary[summary["L"] == max(lengths)]
full = longest[longest["N"] == longest["N"].max()].set_index("variant")
eighth = longest[longest["N"] == max(smallest_basis, max(lengths) // 8)].set_index("variant")
names = dict(zip(variants, ("discrete", "exact", "trapezoid", "padded"), strict=True))
halved = longest[(longest["variant"] == "continuous, exact") & (longest["N"] == max(lengths) // 2)].iloc[0]
results.headline(
    Headline("length", "longest memory L", max(lengths), precision=0),
    Headline("clips", "clips", len(videos), precision=0),
    Headline(
        "exact_half",
        f"cosine similarity, continuous, exact, N = {int(halved['N'])} of L = {max(lengths)}",
        float(halved["mean"]),
        std=float(halved["std"]),
        n=int(halved["n"]),
    ),
    *(
        Headline(
            f"{key}_{at}",
            f"cosine similarity, {variant}, N = {int(rows_at.loc[variant, 'N'])} of L = {max(lengths)}",
            float(rows_at.loc[variant, "mean"]),
            std=float(rows_at.loc[variant, "std"]),
            n=int(rows_at.loc[variant, "n"]),
        )
        for at, rows_at in (("eighth", eighth), ("full", full))
        for variant, key in names.items()
    ),
)
