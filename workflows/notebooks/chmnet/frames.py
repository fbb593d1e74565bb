# %% [markdown]
# # Retrieving half-masked video frames
#
# **Asked.** A video of L frames is stored. The lower half of a frame is blanked and the rest is the query: how near
# does one update come to the true frame, for a memory of N frames and for a continuous memory of N basis functions?
# (Santos et al. 2025, section 5.2 and figure 2.)

# %% tags=["parameters"]
data = "data"
output = "results/smoke/chmnet/frames"
features = "data/features/smoke"
videos = []
files = {}
lengths = [16, 64]
smallest_basis = 8
shown_length = 64
beta = 10.0
ridge = 0.5
points = 500

# %%
import matplotlib.pyplot as plt
import pandas as pd
import torch

from amcore.data import normalise_frames
from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, headlines, standings
from amcore.statistics import summarise
from chmnet import ContinuousHopfield, DiscreteHopfield, Exact, RectangularBasis, Trapezoid, mask_lower_half
from chmnet.evaluation import doubling_sizes, evenly_spaced, sweep_lengths, sweep_memories
from chmnet.plotting import retrieved_frames, similarity_curves
from chmnet.video import load_products, open_frames

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## The memories
#
# A video takes part at length L if it has at least L frames, of which L evenly spaced ones are kept; pixels lie in
# [−1, 1]. The discrete memory of size N keeps N evenly spaced frames; every one of the L frames is a query to it. The
# continuous memory of N basis functions is asked in three ways: with the integral taken exactly over [0, 1], where
# the frames are; with a trapezoid over the same; and with a trapezoid on a support that is padded to [−0.5, 1.5],
# where half of the basis functions hold no frame.
#
# All that counts of the frames are their inner products, which were prepared once for each video.

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
variants = ["discrete", *settings]


def memories(length: int):
    """The discrete and the continuous memories of all sizes."""
    named = {}
    for label, setting in settings.items():
        for (variant, size), build in sweep_memories(
            length, doubling_sizes(smallest_basis, length), beta=beta, ridge=ridge, **setting
        ).items():
            named["discrete" if variant == "discrete" else label, size] = build
    return named


sweeps = []
for video in videos:
    products = load_products(features, video)
    subsets = {
        length: products.subset(evenly_spaced(len(products), length))
        for length in lengths
        if length <= len(products)
    }
    sweeps.append(sweep_lengths(subsets, memories, ["variant", "N"]).assign(dataset=video))
measurements = results.metrics(pd.concat(sweeps, ignore_index=True), metric="cosine similarity")
summary = summarise(measurements, by=["L", "N", "variant"])

# %% [markdown]
# ## Similarity against memory size
#
# Mean over videos, with one standard deviation between videos as a band.

# %%
results.figure(similarity_curves(measurements, variants), "similarity")

# %%
table = summary.pivot(index=["L", "N"], columns="variant", values="mean")[variants].reset_index()
table.insert(1, "videos", table["L"].map(measurements.groupby("L")["dataset"].nunique()))
results.table(table, "similarity_table", bars=variants)
table

# %% [markdown]
# ## What compression looks like
#
# The query, the true frame, and the answers of discrete and continuous memories from coarse to fine, for one frame of
# each video.

# %%
rows = {}
for video in videos:
    frames = open_frames(files[video])
    if len(frames) < shown_length:
        continue
    kept = evenly_spaced(len(frames), shown_length).numpy()
    memory = torch.from_numpy(normalise_frames(frames[kept]))
    # Of the frames about two thirds in, the one with most to be seen: a black one would show nothing of an answer.
    about = memory[shown_length // 2 : 5 * shown_length // 6]
    truth = about[int(about.flatten(1).std(dim=1).argmax())][None]
    query = mask_lower_half(truth)
    answers = {}
    for size in doubling_sizes(smallest_basis, shown_length)[::2]:
        kept = DiscreteHopfield(memory[evenly_spaced(shown_length, size)].flatten(1), beta)
        fitted = ContinuousHopfield.fit(memory.flatten(1), RectangularBasis(size), beta=beta, ridge=ridge)
        for name, network in (("discrete", kept), ("continuous", fitted)):
            answers[f"{name}\nN = {size}"] = network.retrieve(query.flatten(1)).reshape(query.shape)
    rows[video] = (query, truth, answers)


def draw(names: list[str], kinds: tuple[str, ...]) -> plt.Figure:
    """A row per video: the query, the truth, and the answers by kind and size of the memory."""
    titles = [title for kind in kinds for title in rows[names[0]][2] if title.startswith(kind)]
    figure, axes = plt.subplots(
        len(names), 2 + len(titles), figsize=(1.25 * (2 + len(titles)), 1.3 * len(names) + 0.3), squeeze=False
    )
    queries, truths = (torch.cat([rows[name][part] for name in names]) for part in (0, 1))
    retrieved_frames(
        axes, queries, truths, {t: torch.cat([rows[name][2][t] for name in names]) for t in titles}
    )
    for ax, name in zip(axes[:, 0], names, strict=True):
        ax.set_ylabel(
            name.removeprefix("walks-").removeprefix("games-").removeprefix("clips-"), fontsize="small"
        )
    for ax in axes.flat:
        ax.title.set_fontsize("small")
    return figure


results.figure(draw(list(rows), ("discrete", "continuous")), "retrieved")

# %% [markdown]
# Two videos alone, for the book's first page.

# %%
results.figure(draw([*list(rows)[:1], *list(rows)[-1:]], ("continuous",)), "headline")

# %% [markdown]
# ## At a sixteenth of the size
#
# The exact continuous memory less the discrete one of as many frames, the videos as units of the test.

# %%
longest, shortest = int(measurements["L"].max()), min(lengths)
by_size = measurements.pivot(index=["L", "N", "dataset"], columns="variant", values="value")
lead = by_size["continuous, exact"] - by_size["discrete"]
sixteenths = {length: lead.loc[length, max(smallest_basis, length // 16)] for length in (shortest, longest)}
smallest = lead.loc[longest, smallest_basis]

# %%
slug = dict(zip(variants, ("discrete", "exact", "trapezoid", "padded"), strict=True))
places = {
    "sixteenth": (longest, max(smallest_basis, longest // 16)),
    "half": (longest, longest // 2),
    "full": (longest, longest),
    "shortest_sixteenth": (shortest, max(smallest_basis, shortest // 16)),
    "shortest_full": (shortest, shortest),
}
asked = [(slug[variant], place, variant, *places[place]) for place in places for variant in variants]
asked = pd.DataFrame(asked, columns=["key", "place", "variant", "L", "N"])
results.headline(
    Headline("length", "longest memory L", longest, precision=0),
    Headline("shortest", "shortest memory L", shortest, precision=0),
    Headline("videos", "videos", len(videos), precision=0),
    Headline("shown", "frames of the memories whose answers are shown", shown_length, precision=0),
    *standings("lead_shortest", f"continuous less discrete, N = L/16, L = {shortest}", sixteenths[shortest]),
    *standings("lead_longest", f"continuous less discrete, N = L/16, L = {longest}", sixteenths[longest]),
    *standings("lead_smallest", f"continuous less discrete, N = {smallest_basis}, L = {longest}", smallest),
    Headline("smallest", "smallest memory N", smallest_basis, precision=0),
    *headlines(
        asked.merge(summary, how="left"),
        "{key}_{place}",
        "cosine similarity, {variant}, N = {N} of L = {L}",
    ),
)
