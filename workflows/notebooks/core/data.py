# %% [markdown]
# # What the memories remember
#
# Every data set that runs by default, as it comes out of the data layer: where it is from, under which licence,
# how much there is of it, and what it looks like.

# %% tags=["parameters"]
data = "data"
output = "results/smoke/core/data"
digits = 40
moments = 6

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from amcore.data import DATASETS, load_clips, load_curves, load_games, load_mnist, load_walks
from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from amcore.sampling import evenly_spaced

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## Where it comes from

# %%
sources = pd.DataFrame(
    {
        "data set": name,
        "package": source.name,
        "version": source.version,
        "kind": source.kind,
        "download (MB)": source.download_size / 1e6,
        "licence": source.licence,
    }
    for name, dataset in DATASETS.items()
    for source in dataset.sources(**dataset.options({}))
)
results.table(sources, "sources", precision=1)
sources

# %% [markdown]
# ## MNIST
#
# The first digits of the test set.

# %%
images, labels = load_mnist(data, "test")
figure, axes = plt.subplots(digits // 10, 10, figsize=(8, 0.9 * digits / 10), squeeze=False)
for ax, image, label in zip(axes.flat, images, labels, strict=False):
    ax.imshow(image, cmap="gray_r")
    ax.set(xticks=[], yticks=[])
    ax.text(27, 27, int(label), ha="right", va="bottom", fontsize="x-small", color=PALETTE["continuous"])
    ax.axis("off")
results.figure(figure, "mnist")

# %% [markdown]
# ## Real clips
#
# Moments of each clip, evenly spaced from its first frame to its last.


# %%
def show_moments(videos, name):
    """One row per video: evenly spaced frames with their numbers."""
    figure, axes = plt.subplots(
        len(videos), moments, figsize=(1.5 * moments, 1.55 * len(videos)), squeeze=False
    )
    for row, (video, frames) in zip(axes, videos.items(), strict=True):
        for ax, index in zip(row, evenly_spaced(len(frames), moments), strict=True):
            ax.imshow(frames[index])
            ax.set(xticks=[], yticks=[])
            ax.set_title(f"{index + 1}", fontsize="x-small", loc="right", pad=2)
            ax.grid(False)
        row[0].set_ylabel(f"{video}\n{len(frames)} frames", rotation=0, ha="right", va="center")
    results.figure(figure, name)


clips = load_clips(data)
show_moments(clips, "clips")

# %% [markdown]
# ## Walks
#
# A walker in the maps of Freedoom, rendered from a seed: the same places come back from other sides.

# %%
walks = load_walks(data)
show_moments(walks, "walks")

# %% [markdown]
# ## Games
#
# Games played at random from a seed: flat pictures in few colours, most of which stays as it is from frame to frame.

# %%
games = load_games(data)
show_moments(games, "games")

# %% [markdown]
# ## Curves
#
# Points sampled from functions of time; the colour runs with time.

# %%
curves = load_curves(data)
figure, axes = plt.subplots(1, len(curves), figsize=(2 * len(curves), 2.4), squeeze=False)
for ax, (name, points) in zip(axes.flat, curves.items(), strict=True):
    ax.plot(*points.T, color=PALETTE["reference"], linewidth=0.8, zorder=1)
    ax.scatter(*points.T, c=np.arange(len(points)), cmap="viridis", s=24, zorder=2)
    side = 1.4 if np.abs(points).max() <= 1 else 7
    ticks = [-1, 0, 1] if side < 2 else [-6, 0, 6]
    ax.set(title=name, xlim=(-side, side), ylim=(-side, side), aspect="equal", xticks=ticks, yticks=ticks)
results.figure(figure, "curves")

# %% [markdown]
# ## How much there is

# %%
lengths = {name: len(frames) for name, frames in clips.items()}
amounts = pd.DataFrame(
    [
        {"dataset": "mnist", "variant": split, "value": len(load_mnist(data, split)[1])}
        for split in ("train", "test")
    ]
    + [{"dataset": "clips", "variant": name, "value": length} for name, length in lengths.items()]
    + [{"dataset": "walks", "variant": name, "value": len(frames)} for name, frames in walks.items()]
    + [{"dataset": "games", "variant": name, "value": len(frames)} for name, frames in games.items()]
    + [{"dataset": "curves", "variant": name, "value": len(points)} for name, points in curves.items()]
)
results.metrics(amounts, metric="size", unit="items")
results.headline(
    Headline("digits", "MNIST digits", len(images) + len(load_mnist(data, "train")[1]), precision=0),
    Headline("clips", "real clips", len(clips), precision=0),
    Headline("frames", "frames of real clips", sum(lengths.values()), precision=0),
    Headline("walks", "walks", len(walks), precision=0),
    Headline("games", "games", len(games), precision=0),
    Headline(
        "recorded",
        "frames of walks and games",
        sum(len(video) for videos in (walks, games) for video in videos.values()),
        precision=0,
    ),
)
amounts
