# %% [markdown]
# # Retrieval in six directions
#
# **Asked.** Given a caption, a picture or a sound that was never trained on, does the harmonic network find what
# belongs to it in another modality more often than the methods it is held against, with the same encoders, items
# and budget? The proposal hopes for recall@1 five to ten points above CLIP and CLOOB.

# %% tags=["parameters"]
data = "data"
features = "data/features/smoke"
output = "results/smoke/cmhn/retrieval"
datasets = ["avsynth"]
languages_from = 10
epochs = 2
synthetic_epochs = 2
batch_size = 64
pair_batch_size = 16
learning_rates = [1.0e-3]
dimension = 32
synthetic_width = 32
seeds = [0, 1]

# %%
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
import torch

from amcore.metrics import median_rank, recall_at
from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from amcore.statistics import compare, summarise
from cmhn.baselines import NearestTriple, RidgeRegression, count_parameters
from cmhn.encoders import SmallCaptionEncoder, SmallPictureEncoder, SmallSoundEncoder
from cmhn.evaluation.comparison import TRAINED, Budget, Encoded, LengthControl, fit
from cmhn.evaluation.features import load_features, standardise
from cmhn.evaluation.triples import load_triples
from cmhn.ranking import Gallery, chance_recall, directions, mean_reciprocal_rank, ranks

use_style()
results = ResultsFolder(output)
triples = {name: load_triples(name, data) for name in datasets}
MODALITIES = ("text", "vision", "audio")
CUTOFFS = (1, 5, 10)

# %% [markdown]
# ## What is retrieved from what
#
# Splits are drawn anew for each seed, and whole groups move together: stamps that share a caption or a recording or
# look alike; of AVSynth, combinations of shape and colour. A gallery is the tested triples of one language; items
# of the query's own group are left out of its candidates. **The stamps have about one speaker a language, the same
# in training and test.**


# %%
def galleries(name: str, split: list[str], part: str) -> dict[str, Gallery]:
    """A gallery for each language that has enough groups in this part of the split."""
    table, found = triples[name].table, {}
    for language, rows in sorted(table.groupby("language").indices.items()):
        inside = np.array([row for row in rows if split[row] == part], dtype=int)
        groups = table["group"].iloc[inside].tolist()
        if len(set(groups)) >= languages_from:
            found[str(language)] = Gallery(inside, groups)
    return found


sizes = pd.DataFrame(
    {
        "data set": name,
        "seed": seed,
        "gallery": language,
        "stored triples": split.count("train"),
        "tested triples": len(gallery.rows),
        "groups": len(set(gallery.groups)),
        "recall@1 by chance": chance_recall(gallery, 1),
    }
    for name in datasets
    for seed in seeds
    for split in [triples[name].split(seed)]
    for language, gallery in galleries(name, split, "test").items()
)
results.table(sizes[sizes["seed"] == seeds[0]].drop(columns="seed"), "galleries", precision=4)
sizes

# %% [markdown]
# ## Methods
#
# On AVSynth the small encoders are trained with each method, from the same start, since there is no pretrained
# encoder of such scenes. On the stamps encoders are frozen and their features the same for all. The plain methods
# on AVSynth stand on the encoders that CLIP's objective trained. Co-attention scores each pair of a batch by a
# forward pass of its own, so its batches are smaller: the same passes over the items, in more updates with fewer
# negatives. Ridge's λ is chosen on validation, as the learning rate is where several are given. The control knows
# of each sound its length alone.


# %%
def prepared_of(name: str, rows: np.ndarray) -> tuple[dict[str, torch.Tensor], dict]:
    """What encoders take, and what makes the encoders anew; frozen features need none."""
    if name != "avsynth":
        return standardise(load_features(Path(features) / name, triples[name]), rows), {}
    makers = {
        "text": partial(SmallCaptionEncoder, synthetic_width),
        "vision": partial(SmallPictureEncoder, synthetic_width, side=triples[name].pictures.shape[1]),
        "audio": partial(SmallSoundEncoder, synthetic_width, rate=triples[name].rate),
    }
    every = range(len(triples[name]))
    raw = {
        "text": triples[name].table["caption"].tolist(),
        "vision": np.stack([triples[name].picture(row) for row in every]),
        "audio": np.stack([triples[name].sound(row) for row in every]),
    }
    return {modality: make().prepare(raw[modality]) for modality, make in makers.items()}, makers


def build(method: str, widths: dict[str, int], makers: dict, width: int) -> Encoded:
    """Encoders first, so that every method's start from the same numbers."""
    encoders = {modality: make() for modality, make in makers.items()}
    return Encoded(TRAINED[method](widths, width), encoders)


def measured(method: str, matcher, states: dict, tests: dict[str, Gallery], **about) -> list[dict]:
    """Recall and median rank of each direction, over all galleries together."""
    rows = []
    for source, target in directions(MODALITIES):
        found = np.concatenate(
            [ranks(matcher, states, gallery, source, target) for gallery in tests.values()]
        )
        values = {f"recall@{k}": (value, "share") for k, value in recall_at(found, CUTOFFS).items()}
        values["median rank"] = (median_rank(found), "")
        rows += [
            {
                "variant": method,
                "split": "test",
                "metric": metric,
                "value": value,
                "unit": unit,
                "n": len(found),
                "source": source,
                "target": target,
                **about,
            }
            for metric, (value, unit) in values.items()
        ]
    return rows


# %%
rows, sizes_of, choices = [], [], []
for name in datasets:
    passes = synthetic_epochs if name == "avsynth" else epochs
    budgets = dict.fromkeys(TRAINED, Budget(passes, batch_size, learning_rates))
    budgets["co-attention"] = Budget(passes, pair_batch_size, learning_rates)
    for seed in seeds:
        split = triples[name].split(seed)
        trained_on = np.array([row for row, part in enumerate(split) if part == "train"])
        stored = torch.from_numpy(trained_on)
        inputs, makers = prepared_of(name, trained_on)
        widths = (
            dict.fromkeys(MODALITIES, synthetic_width)
            if makers
            else {m: x.shape[1] for m, x in inputs.items()}
        )
        validation = list(galleries(name, split, "validation").values())
        tests = galleries(name, split, "test")
        about = {"dataset": name, "seed": seed}
        plain_states = inputs
        for method in TRAINED:
            width = min(dimension, synthetic_width) if makers else dimension
            make = partial(build, method, widths, makers, width)
            model = fit(make, inputs, trained_on, validation, budgets[method], seed=seed)
            with torch.no_grad():
                states = model.features(inputs)
            rows += measured(method, model.head, states, tests, **about)
            sizes_of.append({"method": method, **about, "value": count_parameters(model.head)})
            if method == "CLIP" and makers:
                plain_states = states
            if method == "CMHN":
                parts = {
                    "CMHN, harmonic term alone": model.head.harmonic_scores,
                    "CMHN, memory alone": model.head.recall_scores,
                }
                for part, scores in parts.items():
                    rows += measured(part, SimpleNamespace(scores=scores), states, tests, **about)
                recall = model.head.recall
                choices.append(
                    {
                        "data set": name,
                        "seed": seed,
                        "γ": float(model.head.harmonic.gamma.detach()),
                        "w": float(model.head.log_weight.detach().exp()),
                        "β": float(recall.beta.detach()),
                        **{f"a, {modality}": float(a.detach()) for modality, a in recall.reliability.items()},
                    }
                )
        kept = {modality: x[stored] for modality, x in plain_states.items()}
        rows += measured("nearest triple", NearestTriple(kept), plain_states, tests, **about)
        ridges = [RidgeRegression(kept, ridge=ridge) for ridge in (0.1, 1.0, 10.0, 100.0)]
        ridge = max(ridges, key=lambda one: mean_reciprocal_rank(one, plain_states, validation))
        rows += measured("ridge", ridge, plain_states, tests, **about)
        sizes_of.append(
            {"method": "ridge", **about, "value": sum(matrix.numel() for matrix in ridge.maps.values())}
        )
        lengths = torch.from_numpy(np.log(triples[name].table["seconds"].to_numpy())).float()
        # A caption's length goes with that of its being spoken, whatever it says.
        letters = torch.from_numpy(np.log(triples[name].table["caption"].str.len().to_numpy())).float()
        known = {
            "text": torch.cat([plain_states["text"], letters[:, None]], dim=1),
            "vision": plain_states["vision"],
        }
        control = LengthControl({m: x[stored] for m, x in known.items()}, lengths[stored])
        spoken = {**known, "audio": lengths[:, None]}
        # Where all sounds are equally long there is nothing to control for.
        rows += [
            row
            for row in measured("length of the sound alone", control, spoken, tests, **about)
            if "audio" in (row["source"], row["target"]) and lengths.unique().numel() > 1
        ]
        weights = [len(gallery.rows) for gallery in tests.values()]
        by_chance = {
            f"recall@{k}": np.average([chance_recall(g, k) for g in tests.values()], weights=weights)
            for k in CUTOFFS
        }
        candidates = [len(gallery.rows) - gallery.twins().sum(axis=1) for gallery in tests.values()]
        by_chance["median rank"] = np.median((np.concatenate(candidates) + 1) / 2)
        rows += [
            {
                "variant": "chance",
                "split": "test",
                "metric": metric,
                "value": float(value),
                "unit": "" if metric == "median rank" else "share",
                "n": sum(weights),
                "source": source,
                "target": target,
                **about,
            }
            for metric, value in by_chance.items()
            for source, target in directions(MODALITIES)
        ]
measurements = results.metrics(pd.DataFrame(rows))
METHODS = list(dict.fromkeys(measurements["variant"]))

# %% [markdown]
# ## Recall at 1
#
# Mean over seeds; a bar for each method, a mark for each seed. The dotted line is chance.

# %%
SHOWN = [
    "CMHN",
    "CLIP",
    "CLOOB",
    "bridge",
    "co-attention",
    "nearest triple",
    "ridge",
    "length of the sound alone",
]
colours = {
    **dict.fromkeys(SHOWN, PALETTE["reference"]),
    "CMHN": PALETTE["continuous"],
    "CLIP": PALETTE["discrete"],
    "CLOOB": PALETTE["query"],
    "length of the sound alone": "#c9c9c9",
}
pairs = directions(MODALITIES)
recalls = measurements[measurements["metric"] == "recall@1"]
highest = 105 * recalls.groupby("dataset")["value"].max()
figure, axes = plt.subplots(
    len(datasets), len(pairs), figsize=(9.6, 0.6 + 2.5 * len(datasets)), sharey=True, squeeze=False
)
for height, name in enumerate(datasets):
    line = axes[height]
    for ax, (source, target) in zip(line, pairs, strict=True):
        part = measurements[
            (measurements["dataset"] == name)
            & (measurements["source"] == source)
            & (measurements["target"] == target)
            & (measurements["metric"] == "recall@1")
        ].assign(value=lambda frame: 100 * frame["value"])
        sns.barplot(
            part, x="value", y="variant", order=SHOWN, hue="variant", palette=colours, errorbar=None, ax=ax,
            hue_order=SHOWN, legend=False, saturation=1,
        )  # fmt: skip
        sns.stripplot(part, x="value", y="variant", order=SHOWN, color="black", size=2.5, jitter=False, ax=ax)
        ax.axvline(
            part.loc[part["variant"] == "chance", "value"].mean(), color="black", linestyle=":", linewidth=1
        )
        ax.set(xlabel="", ylabel="", xlim=(0, highest[name]))
        if height == 0:
            ax.set_title(f"{source} → {target}", fontsize="small")
    line[0].set_ylabel(name)
figure.supxlabel("recall@1 on held-out items, %")
results.figure(figure, "recall")

# %% [markdown]
# ## All numbers
#
# Recall in percent, the median rank as it is; means over seeds.

# %%
summary = summarise(measurements, by=["dataset", "variant", "source", "target", "metric"])
summary["direction"] = summary["source"] + " → " + summary["target"]
scaled = summary.assign(mean=np.where(summary["metric"] == "median rank", 1, 100) * summary["mean"])
for name in ["avsynth", "stamps"]:
    part = scaled[scaled["dataset"] == name]
    if part.empty:
        # A profile need not have every data set; the table then says so.
        results.table(pd.DataFrame({"data set": [name], "note": ["not in this profile"]}), f"{name}_table")
        continue
    cells = part.assign(text=part["mean"].map("{:.1f}".format))
    wide = cells.pivot(index=["direction", "variant"], columns="metric", values="mean").reset_index()
    order = {method: place for place, method in enumerate([*SHOWN[:1], *METHODS])}
    wide = wide.sort_values(
        ["direction", "variant"], key=lambda c: c.map(order) if c.name == "variant" else c
    )
    columns = ["direction", "variant", "recall@1", "recall@5", "recall@10", "median rank"]
    results.table(wide[columns].rename(columns={"variant": "method"}), f"{name}_table", precision=1)

# %% [markdown]
# ## Against the target
#
# Recall@1 in percent, means over seeds. The proposal hopes for 5 to 10 points above CLIP and CLOOB.

# %%
at_first = (
    summary[summary["metric"] == "recall@1"].set_index(["dataset", "direction", "variant"])["mean"] * 100
)
gains = pd.DataFrame(
    {
        "data set": name,
        "direction": f"{source} → {target}",
        "CMHN": at_first[name, f"{source} → {target}", "CMHN"],
        "CLIP": at_first[name, f"{source} → {target}", "CLIP"],
        "CLOOB": at_first[name, f"{source} → {target}", "CLOOB"],
        "best of all others": max(at_first[name, f"{source} → {target}", method] for method in SHOWN[1:-1]),
    }
    for name in datasets
    for source, target in pairs
)
gains["above CLIP and CLOOB"] = gains["CMHN"] - gains[["CLIP", "CLOOB"]].max(axis=1)
gains["target"] = np.where(gains["above CLIP and CLOOB"] >= 5, "met", "missed")
results.table(gains, "gains", precision=1)
gains

# %% [markdown]
# ## Is the difference more than chance?
#
# CMHN against each method, recall@1, paired over seeds and directions within a data set, Holm's correction over all.
# The six directions of a seed share items and encoders, so pairs are not independent and p is optimistic.

# %%
COMPARED = ["CMHN", "CLIP", "CLOOB", "bridge", "co-attention", "nearest triple", "ridge"]
at_one = measurements[(measurements["metric"] == "recall@1") & measurements["variant"].isin(COMPARED)]
tests_table = compare(
    at_one.assign(value=100 * at_one["value"]),
    baseline="CMHN",
    over=["seed", "source", "target"],
    within=["dataset"],
)
tests_table = tests_table[
    ["dataset", "variant", "difference", "std", "n", "effect_size", "p_holm", "significant"]
]
tests_table = tests_table.rename(columns={"variant": "method", "difference": "method − CMHN, points"})
results.table(tests_table, "tests", precision=3)
tests_table

# %% [markdown]
# ## Size, and what was chosen on validation

# %%
parameters = (
    pd.DataFrame(sizes_of)
    .groupby(["dataset", "method"], as_index=False)["value"]
    .first()
    .pivot(index="method", columns="dataset", values="value")
    .reset_index()
)
results.table(parameters, "parameters", precision=0)
results.table(pd.DataFrame(choices), "chosen", precision=2)
parameters

# %%
means = (
    measurements[measurements["metric"] == "recall@1"].groupby(["dataset", "variant"])["value"].mean() * 100
)
per_direction = (
    measurements[measurements["metric"] == "recall@1"]
    .groupby(["dataset", "variant", "source", "target"])["value"]
    .mean()
    * 100
)
KEYS = {
    "CMHN": "cmhn",
    "CMHN, harmonic term alone": "harmonic",
    "CMHN, memory alone": "memory",
    "CLIP": "clip",
    "CLOOB": "cloob",
    "bridge": "bridge",
    "co-attention": "coattention",
    "nearest triple": "nearest",
    "ridge": "ridge",
    "chance": "chance",
}
headlines = []
for name in datasets:
    headlines += [
        Headline(
            f"{name}_{key}",
            f"recall@1, {name}, {method}, mean of six directions",
            means[name, method],
            unit="%",
            precision=1,
        )
        for method, key in KEYS.items()
    ]
    gains = {
        (source, target): per_direction[name, "CMHN", source, target]
        - max(per_direction[name, rival, source, target] for rival in ("CLIP", "CLOOB"))
        for source, target in pairs
    }
    headlines += [
        Headline(
            f"{name}_{source}_{target}",
            f"recall@1, {name}, CMHN less the better of CLIP and CLOOB, {source} → {target}",
            gain,
            unit="points",
            precision=1,
        )
        for (source, target), gain in gains.items()
    ]
    headlines.append(
        Headline(
            f"{name}_gained",
            f"directions, {name}, at least 5 points above CLIP and CLOOB",
            sum(gain >= 5 for gain in gains.values()),
            precision=0,
        )
    )
headlines += [
    Headline("epochs", "passes over the stamps", epochs, precision=0),
    Headline("synthetic_epochs", "passes over AVSynth", synthetic_epochs, precision=0),
    Headline("batch", "items in a batch", batch_size, precision=0),
    Headline("seeds", "seeds", len(seeds), precision=0),
]
results.headline(*headlines)
