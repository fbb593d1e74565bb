# %% [markdown]
# # Streams: memories of fixed size that keep no frame
#
# **Asked.** Frames come one after another and are gone. A memory of N bins takes them in as they come. How far is it
# from the memory that was fitted to all frames at once, how does that depend on how many frames come together, and
# what is forgotten?

# %% tags=["parameters"]
data = "data"
output = "results/smoke/chmnet/streaming"
features = "data/features/smoke"
videos = []
length = 64
count = 8
chunks = [1, 8, 32]
retention = 0.9
beta = 10.0
ridge = 0.5
sigma = 5.0
seed = 0

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
import torch

from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder, headlines, standings
from amcore.statistics import summarise
from chmnet import (
    ContinuousHopfield,
    DiscreteHopfield,
    MergingStream,
    RectangularBasis,
    ResamplingStream,
    add_gaussian_noise,
)
from chmnet.evaluation import evenly_spaced, retrieval_similarity
from chmnet.video import load_embeddings

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## The streams
#
# *Resampling* squeezes the old memory into the first part of time and draws the bins anew; all frames keep equal
# shares. *Fading* does the same, but gives the past a fixed share: what is old fades. *Merging* takes every frame as
# a bin of its own and merges the two neighbours that are most alike. One-shot fits all frames at once, and the
# discrete memory keeps all of them: nothing of N bins can know more.

# %%
streams = {
    "resampling": lambda: ResamplingStream(count, ridge=ridge),
    "fading": lambda: ResamplingStream(count, ridge=ridge, retention=retention),
    "merging": lambda: MergingStream(count, ridge=ridge),
}


def streamed(make, frames: torch.Tensor, chunk: int):
    """The memory after all frames have come, so many at a time."""
    stream = make()
    for part in frames.split(chunk):
        stream.append(part)
    return stream.network(beta)


rows, by_age = [], []
for video in videos:
    embeddings = load_embeddings(features, video)
    frames = embeddings[evenly_spaced(len(embeddings), min(length, len(embeddings)))]
    queries = add_gaussian_noise(frames, sigma, generator=torch.Generator().manual_seed(seed))
    once = ContinuousHopfield.fit(frames, RectangularBasis(count), beta=beta, ridge=ridge)
    networks = {
        ("one-shot", len(frames)): once,
        ("discrete, all frames", len(frames)): DiscreteHopfield(frames, beta),
    }
    for name, make in streams.items():
        # A merging stream takes frames one by one however they come.
        for chunk in chunks if name != "merging" else chunks[:1]:
            networks[name, chunk] = streamed(make, frames, chunk)
    for (name, chunk), network in networks.items():
        near = retrieval_similarity(network, frames, queries=queries)
        common = {"variant": name, "dataset": video, "seed": seed, "n": len(frames), "chunk": chunk}
        rows.append({**common, "metric": "cosine similarity", "value": float(near.double().mean())})
        if name in ("resampling", "fading"):
            distance = (network.memory - once.memory).norm() / once.memory.norm()
            rows.append({**common, "metric": "distance from one-shot", "value": float(distance)})
        tenths = np.array_split(near.double().numpy(), 10)
        by_age += [
            {
                **common,
                "metric": "cosine by age",
                "value": float(part.mean()),
                "n": len(part),
                "tenth": tenth + 1,
            }
            for tenth, part in enumerate(tenths)
        ]
measurements = results.metrics(pd.concat([pd.DataFrame(rows).assign(tenth=0), pd.DataFrame(by_age)]))

# %% [markdown]
# ## What is remembered of the past
#
# Similarity by when a frame came, the first tenth of the video to the last, for the smallest chunk.

# %%
first = min(chunks)
colours = {
    "discrete, all frames": PALETTE["discrete"],
    "one-shot": PALETTE["truth"],
    "merging": PALETTE["query"],
    "resampling": PALETTE["continuous"],
    "fading": PALETTE["reference"],
}
aged = measurements[measurements["metric"] == "cosine by age"]
aged = aged[~aged["variant"].isin(["resampling", "fading"]) | (aged["chunk"] == first)]
figure, axes = plt.subplots(1, 2, figsize=(9, 3.9))
sns.lineplot(
    aged, x="tenth", y="value", hue="variant", hue_order=list(colours), palette=colours, marker="o", errorbar=None,
    ax=axes[0],
)  # fmt: skip
axes[0].set(
    xlabel="tenth of the video, first to last",
    ylabel="cosine similarity",
    title=f"frames come {first} at a time",
)
overall = measurements[measurements["metric"] == "cosine similarity"]
for name in ("resampling", "fading"):
    part = overall[overall["variant"] == name].groupby("chunk")["value"].mean()
    axes[1].plot(part.index, part, marker="o", color=colours[name], label=name)
for name in ("one-shot", "merging", "discrete, all frames"):
    mean = overall.loc[overall["variant"] == name, "value"].mean()
    axes[1].axhline(mean, color=colours[name], linestyle="--", label=name)
axes[1].set_xscale("log", base=2)
axes[1].set(xlabel="frames that come together", ylabel="cosine similarity", title="all frames")
handles, labels = axes[0].get_legend_handles_labels()
axes[0].get_legend().remove()
figure.legend(handles, labels, loc="outside lower center", ncols=5)
results.figure(figure, "recall")

# %%
keys = ["variant", "chunk"]
fixed = ["one-shot", "discrete, all frames"]
once = summarise(overall[overall["variant"].isin(fixed)], by=["variant"]).set_index("variant")
streaming = summarise(overall[overall["variant"].isin(streams)], by=keys).astype({"chunk": object})
cosines = pd.concat([streaming, once.loc[fixed].reset_index().assign(chunk="all")], ignore_index=True)
apart = summarise(measurements[measurements["metric"] == "distance from one-shot"], by=keys)
apart = apart.astype({"chunk": object})
table = cosines.drop(columns="n").rename(columns={"mean": "cosine", "std": "cosine, std"})
distances = apart.rename(columns={"mean": "distance from one-shot"})[[*keys, "distance from one-shot"]]
table = table.merge(distances, on=keys, how="left")
results.table(table.rename(columns={"chunk": "frames together"}), "streams", bars=["cosine"])
table

# %%
ends = {"single": first, "most": max(chunks)}
asked = [
    ("once", "one-shot", "all", "one-shot"),
    ("discrete", "discrete, all frames", "all", "discrete memory of all frames"),
    ("merging", "merging", first, "merging stream"),
    *(
        (f"{name}_{place}", name, chunk, f"{name}, {chunk} frames at a time")
        for name in ("resampling", "fading")
        for place, chunk in ends.items()
    ),
]
asked = pd.DataFrame(asked, columns=["key", *keys, "what"])
moved = pd.DataFrame(
    {"place": list(ends), "variant": "resampling", "chunk": list(ends.values())}, dtype=object
)
by_video = overall.set_index(["variant", "chunk", "dataset"])["value"]
complete = by_video["one-shot"].droplevel("chunk")
ages = aged.groupby(["variant", "tenth"])["value"].mean()
results.headline(
    *(
        number
        for name in streams
        for number in standings(
            f"lead_{name}", f"{name}, {first} at a time, less one-shot", by_video[name, first] - complete
        )
    ),
    *(
        Headline(
            f"fading_{place}",
            f"cosine of the video's tenth number {tenth}, fading",
            float(ages["fading", tenth]),
            n=len(videos),
        )
        for place, tenth in (("oldest", 1), ("middle", 5), ("newest", 10))
    ),
    *headlines(asked.merge(cosines, how="left"), "{key}", "cosine similarity, {what}"),
    *headlines(
        moved.merge(apart, how="left"),
        "apart_{place}",
        "distance of the resampled memory from one-shot, {chunk} at a time",
    ),
    Headline("count", "bins", count, precision=0),
    Headline("length", "frames", length, precision=0),
    Headline("videos", "videos", len(videos), precision=0),
    Headline("retention", "share of time that a fading stream leaves to the past", retention, precision=2),
)
