# %% [markdown]
# # A caption calls back its picture and its sound
#
# **Asked.** All triples of a data set are stored. A caption that has lost letters is given as the only cue: does
# the memory bring back the picture and the sound that belong to it? Everything here is asked of *stored* triples;
# held-out ones have their own experiment, and the two are never mixed.

# %% tags=["parameters"]
data = "data"
features = "data/features/smoke"
output = "results/smoke/cmhn/completion"
dataset = "avsynth"
queries = 40
damages = [0.0, 0.3]
played = 0.2
samples = 3
beta = 100.0
seeds = [0, 1]

# %%
from functools import partial
from itertools import product
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, headlines
from amcore.statistics import summarise
from cmhn import HarmonicNetwork, JointEnergy, JointMemory
from cmhn.encoders import SentenceEncoder
from cmhn.evaluation import (
    CompletionTask,
    answer_samples,
    completion_sweep,
    completion_table,
    encode_captions,
    largest_damage,
    load_features,
    load_triples,
    store_table,
)
from cmhn.evaluation.drawing import completion_panels

use_style()
results = ResultsFolder(output)
triples = load_triples(dataset, data)

# %% [markdown]
# ## The store
#
# A caption's features are the meaning of the English sentence and the letters of the language it is spoken in; a
# picture's are those of an image encoder; a sound's are its log-mel energies. All encoders are frozen and nothing
# is trained.

# %%
encode = partial(encode_captions, sentences=SentenceEncoder())
task = CompletionTask(triples, load_features(Path(features) / dataset, triples), encode)
stored = task.stored
memory = JointMemory({name: x.shape[1] for name, x in stored.items()})
memory.store(**stored)
network = HarmonicNetwork(JointEnergy(memory, beta=beta, gamma=0.0)).requires_grad_(False)
store = store_table(triples, memory.widths)
results.table(store, "store", precision=0)
store

# %% [markdown]
# ## Captions that have lost letters
#
# Cosine of what came back with the picture and the sound that belong to the caption, of the memory, the nearest
# triple and ridge regression; and how often the memory's answer is the right picture, triple or group. The dotted
# line is the cosine of 0.85 that the proposal hopes for.

# %%
HOPED = 0.85
measurements = results.metrics(
    completion_sweep(task, network, damages, seeds, queries=queries),
    dataset=dataset,
    split="stored",
    n=min(queries, len(triples)),
)
figure = plt.figure(figsize=(9, 3.2))
completion_panels(figure, measurements, level=HOPED)
results.figure(figure, "completion")

# %% [markdown]
# The same as numbers, means over seeds.

# %%
summary = summarise(measurements, by=["variant", "metric", "damage"])
table = completion_table(summary)
results.table(table, "completion_table")
table

# %% [markdown]
# ## Seen and heard
#
# Under each picture that came back, the sound that came back with it.

# %%
cards = answer_samples(task, network, played, count=samples, seed=seeds[0])
results.samples("samples", cards, rate=triples.rate)

# %%
low, high = damages[0], damages[-1]
right = pd.DataFrame(
    [
        ("right_whole", "right picture, whole captions", "right picture", low),
        ("right_damaged", "right picture at the largest damage", "right picture", high),
        ("triple_whole", "right triple, whole captions", "right triple", low),
    ],
    columns=["key", "label", "metric", "damage"],
)
means = summary[["variant", "metric", "damage", "mean"]]
right = right.assign(variant="joint memory").merge(means, how="left")
right["mean"] *= 100
variants = {"joint memory": "memory", "nearest triple": "nearest", "ridge": "ridge"}
cosines = pd.DataFrame(
    product(variants, ("vision", "audio"), (("", high), ("_whole", low))),
    columns=["variant", "modality", "at"],
)
cosines = cosines.assign(
    key=cosines["variant"].map(variants),
    metric="cosine, " + cosines["modality"],
    suffix=cosines["at"].str[0],
    damage=cosines["at"].str[1],
).merge(means, how="left")
nearest = cosines[(cosines["variant"] == "nearest triple") & (cosines["damage"] == low)]
assert (nearest["mean"] > 0.7).all(), "the page says that the nearest triple is above 0.7"
reached = largest_damage(summary, level=HOPED)
results.headline(
    Headline("triples", "triples stored", len(triples), precision=0),
    Headline("lost", "letters lost at the largest damage", 100 * high, unit="%", precision=0),
    *headlines(right, "{key}", "{label}", unit="%", precision=1),
    Headline(
        "reached",
        "largest damage at which picture and sound have a cosine above 0.85",
        100 * reached,
        unit="% of letters",
        precision=0,
    ),
    *headlines(cosines, "{key}_{modality}{suffix}", "{metric}, {variant}, damage {damage}"),
)
