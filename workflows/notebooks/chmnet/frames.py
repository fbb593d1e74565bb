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
# The continuous memory is asked with its integral taken exactly, and with the paper's 500-point trapezoid on a support
# padded to [−0.5, 1.5].

# %%
videos = load_clips(data, clips or None)


def memory_of(name: str, length: int) -> torch.Tensor:
    """L evenly spaced frames of a clip, [L, size, size, 3] in [−1, 1]."""
    frames = videos[name]
    kept = torch.from_numpy(normalise_frames(frames[evenly_spaced(len(frames), length).numpy()]))
    return torch.nn.functional.avg_pool2d(kept.permute(0, 3, 1, 2), kept.shape[1] // size).permute(0, 2, 3, 1)


# %%
integrations = {
    "continuous, exact": {"integration": Exact()},
    f"continuous, {points} points": {
        "integration": Trapezoid(points),
        "support": (-0.5, 1.5),
        "domain": (-0.5, 1.5),
    },
}
sweeps = []
for length in lengths:
    counts = [smallest_basis]
    while counts[-1] * 2 <= length:
        counts.append(counts[-1] * 2)
    for name in [name for name, frames in videos.items() if len(frames) >= length]:
        frames = memory_of(name, length).flatten(1)
        for label, setting in integrations.items():
            sweep = retrieval_sweep(frames, counts, beta=beta, ridge=ridge, **setting)
            sweep["variant"] = sweep["variant"].replace("continuous", label)
            sweeps.append(sweep.assign(dataset=name, L=length))
# The discrete memory is the same beside either integral and stands once.
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
variants = ["discrete", *integrations]
colours = dict(zip(variants, (PALETTE["discrete"], PALETTE["continuous"], PALETTE["query"]), strict=True))
figure, axes = plt.subplots(1, len(lengths), figsize=(4.2 * len(lengths), 3.8), sharey=True, squeeze=False)
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
        ax=ax,
        legend=length == lengths[-1],
    )
    videos_here = shown["dataset"].nunique()
    ax.set_xscale("log", base=2)
    ax.set(
        title=f"L = {length} frames, {videos_here} clip{'s' * (videos_here > 1)}",
        xlabel="size N of the memory",
        ylabel="cosine similarity",
    )
axes.flat[-1].legend(title=None, loc="lower right")
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
shown_counts = [smallest_basis * 4**power for power in range(4)]
rows = {}
for name, frames in videos.items():
    fitting = [length for length in lengths if length <= len(frames)]
    if not fitting:
        continue
    memory = memory_of(name, max(fitting))
    middle = memory[len(memory) // 2 : len(memory) // 2 + 1]
    query = mask_lower_half(middle)
    answers = {}
    for count in sorted({min(count, len(memory)) for count in shown_counts}):
        network = ContinuousHopfield.fit(memory.flatten(1), RectangularBasis(count), beta=beta, ridge=ridge)
        answers[count] = network.retrieve(query.flatten(1)).reshape(query.shape)
    rows[name] = (query, middle, answers)

columns = max(len(answers) for _, _, answers in rows.values())
rows = {name: row for name, row in rows.items() if len(row[2]) == columns}
figure, axes = plt.subplots(len(rows), 2 + columns, figsize=(1.7 * (2 + columns), 1.75 * len(rows)), squeeze=False)
for line, (name, (query, truth, answers)) in zip(axes, rows.items(), strict=True):
    titles = {f"N = {count}": answer for count, answer in answers.items()}
    retrieved_frames(line[None], query, truth, titles)
    line[0].set_ylabel(name)
results.figure(figure, "retrieved")

# %%
longest = summary[summary["L"] == max(lengths)]
full = longest[longest["N"] == longest["N"].max()].set_index("variant")
eighth = longest[longest["N"] == max(smallest_basis, max(lengths) // 8)].set_index("variant")
names = {"discrete": "discrete", "continuous, exact": "exact", f"continuous, {points} points": "trapezoid"}
results.headline(
    Headline("length", "longest memory L", max(lengths), precision=0),
    Headline("clips", "clips", len(videos), precision=0),
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
