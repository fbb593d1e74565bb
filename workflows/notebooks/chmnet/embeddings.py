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
from amcore.results import Headline, ResultsFolder, Wording, headlines, standings
from amcore.statistics import standing, summarise
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
# For each video and length, the continuous memory of a quarter of the size less the complete discrete one, with the
# videos as units of the test.

# %%
complete = by_video[(by_video["variant"] == "discrete") & (by_video["N"] == by_video["L"])]
complete = complete.set_index(["L", "dataset"])["value"]
exact = by_video[by_video["variant"] == "continuous, exact"]
quarter = exact[4 * exact["N"] <= exact["L"]].sort_values("N").groupby(["L", "dataset"])["value"].last()
gain = (quarter - complete).dropna()
gains = pd.DataFrame(
    [
        {"L": length, "gain": found.mean, "std": found.std, "videos": found.n, "p": found.p}
        | {"videos with a gain": int((values > 0).sum())}
        for length, values in gain.groupby("L")
        for found in [standing(values)]
    ]
)
results.table(gains, "gains", bars=["gain"])
gains

# %% [markdown]
# ## At equal size
#
# The continuous memory less the discrete one of as many frames, for the longest memories.

# %%
longest, shortest = max(measurements["L"]), min(lengths)
here = by_video[by_video["L"] == longest].pivot(index=["N", "dataset"], columns="variant", values="value")
equal = here["continuous, exact"] - here["discrete"]
ahead_up_to = "no size"
for size, values in equal.groupby("N"):
    if standing(values).words != "ahead of":
        break
    ahead_up_to = f"$N = L/{longest // size}$"

# %%
slug = dict(zip(variants, ("discrete", "exact", "trapezoid"), strict=True))
sizes = {"sixteenth": max(smallest_basis, longest // 16), "full": longest}
asked = [(slug[variant], place, variant, longest, sizes[place]) for variant in variants for place in sizes]
asked = pd.DataFrame(asked, columns=["key", "place", "variant", "L", "N"])
results.headline(
    *headlines(
        asked.merge(summary, how="left"),
        "{key}_{place}",
        "cosine similarity of noisy embeddings, {variant}, N = {N} of L = {L}",
    ),
    *(
        number
        for place, length in (("shortest", shortest), ("longest", longest))
        for number in standings(
            f"gain_{place}", f"continuous, N = L/4, less complete discrete, L = {length}", gain[length]
        )
    ),
    Headline("gaining", "videos with a gain at the longest L", int((gain[longest] > 0).sum()), precision=0),
    Headline("gain_videos", "videos of the longest L", len(gain[longest]), precision=0),
    Wording("ahead_up_to", "largest size up to which continuous is ahead of as many frames", ahead_up_to),
    Headline("length", "longest memory L", longest, precision=0),
    Headline("shortest", "shortest memory L", shortest, precision=0),
    Headline("videos", "videos", len(videos), precision=0),
)
