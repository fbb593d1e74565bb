# %% [markdown]
# # Retrieving noisy frame embeddings
#
# **Asked.** Embeddings of a video's frames are stored, and the query is one of them with Gaussian noise of σ = 5 on
# every entry. How near does one update come to the true embedding, for a memory of N frames and for a continuous
# memory of N basis functions? (Santos et al. 2025, section 5.3 and figure 3.)

# %% tags=["parameters"]
data = "data"
output = "results/smoke/chmnet/embeddings"
features = "data/features/smoke"
videos = []
lengths = [32, 64]
smallest_basis = 8
beta = 10.0
ridge = 0.5
points = 500
sigma = 5.0
seeds = [0]

# %%
import pandas as pd
import torch

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, headlines
from amcore.statistics import summarise
from chmnet import Exact, Trapezoid
from chmnet.evaluation import doubling_sizes, evenly_spaced, sweep_lengths, sweep_memories
from chmnet.plotting import similarity_curves
from chmnet.video import frame_products, load_embeddings

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## The memories
#
# The embeddings come from a frozen image encoder trained on ImageNet (EfficientNet-Lite0, where the paper has
# EVA-CLIP and a Q-former), and are scaled to mean 0 and variance 1 over their entries, as the Q-former's are. L
# evenly spaced frames of a video are stored. The memories are those of the frames' page: N evenly spaced embeddings,
# and N basis functions, the integral taken exactly or with the paper's trapezoid. The padded memory of N is the
# unpadded one of N/2, as the frames show, and is left out.

# %%
settings = {"continuous, exact": Exact(), f"continuous, {points} points": Trapezoid(points)}


def memories(length: int):
    """The discrete and the continuous memories of all sizes."""
    sizes = doubling_sizes(smallest_basis, length)
    named = {}
    for label, integration in settings.items():
        for (variant, size), build in sweep_memories(
            length, sizes, beta=beta, ridge=ridge, integration=integration
        ).items():
            named["discrete" if variant == "discrete" else label, size] = build
    return named


sweeps = []
for video in videos:
    embeddings = load_embeddings(features, video)
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        products = {
            length: frame_products(
                embeddings[evenly_spaced(len(embeddings), length)], sigma, generator=generator
            )
            for length in lengths
            if length <= len(embeddings)
        }
        sweeps.append(sweep_lengths(products, memories, ["variant", "N"]).assign(dataset=video, seed=seed))
measurements = results.metrics(pd.concat(sweeps, ignore_index=True), metric="cosine similarity")
variants = ["discrete", *settings]

# %% [markdown]
# ## Similarity against memory size
#
# Mean over videos, with one standard deviation between videos as a band.

# %%
by_video = measurements.groupby(["dataset", "variant", "L", "N"], as_index=False)["value"].mean()
results.figure(similarity_curves(by_video, variants), "similarity")

# %%
summary = summarise(by_video, by=["L", "N", "variant"])
table = summary.pivot(index=["L", "N"], columns="variant", values="mean")[variants].reset_index()
table.insert(1, "videos", table["L"].map(by_video.groupby("L")["dataset"].nunique()))
results.table(table, "similarity_table", bars=variants)
table

# %% [markdown]
# ## Against the complete discrete memory
#
# The paper's claim for long memories: the continuous one surpasses the discrete memory of all L frames with N ≪ L.
# For each video and length, the best continuous memory of at most L/4 basis functions less the complete discrete one.

# %%
complete = by_video[(by_video["variant"] == "discrete") & (by_video["N"] == by_video["L"])]
complete = complete.set_index(["L", "dataset"])["value"]
small = by_video[(by_video["variant"] == "continuous, exact") & (4 * by_video["N"] <= by_video["L"])]
gain = (small.groupby(["L", "dataset"])["value"].max() - complete).rename("value").dropna().reset_index()
gains = summarise(gain, by=["L"])
results.table(gains.rename(columns={"mean": "gain", "n": "videos"}), "gains", bars=["gain"])
gains

# %%
longest, shortest = max(measurements["L"]), min(lengths)
slug = dict(zip(variants, ("discrete", "exact", "trapezoid"), strict=True))
sizes = {"sixteenth": max(smallest_basis, longest // 16), "full": longest}
asked = [(slug[variant], place, variant, longest, sizes[place]) for variant in variants for place in sizes]
asked = pd.DataFrame(asked, columns=["key", "place", "variant", "L", "N"])
ends = pd.DataFrame({"place": ["shortest", "longest"], "L": [shortest, longest]})
results.headline(
    *headlines(
        asked.merge(summary, how="left"),
        "{key}_{place}",
        "cosine similarity of noisy embeddings, {variant}, N = {N} of L = {L}",
    ),
    *headlines(
        ends.merge(gains, how="left"),
        "gain_{place}",
        "best N ≤ L/4 less complete discrete, L = {L}",
    ),
    Headline("length", "longest memory L", longest, precision=0),
    Headline("shortest", "shortest memory L", shortest, precision=0),
    Headline("videos", "videos", len(videos), precision=0),
)
