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
from itertools import product
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, Wording, headlines, standings
from cmhn.evaluation import (
    Budget,
    RetrievalComparison,
    RetrievalTask,
    compare_methods,
    even_budgets,
    frozen_items,
    gain_table,
    gallery_table,
    leads,
    load_features,
    load_triples,
    mean_recalls,
    parameter_table,
    recall_table,
    scene_items,
    significance_table,
    standardise,
)
from cmhn.evaluation.drawing import recall_panels
from cmhn.evaluation.recall_tables import KEYS

use_style()
results = ResultsFolder(output)
triples = {name: load_triples(name, data) for name in datasets}

# %% [markdown]
# ## What is retrieved from what
#
# Splits are drawn anew for each seed, and whole groups move together: stamps that share a caption or a recording or
# look alike; of AVSynth, combinations of shape and colour. A gallery is the tested triples of one language; items
# of the query's own group are left out of its candidates. **The stamps have about one speaker per language, the same
# in training and test.** These are the galleries of the first seed.

# %%
tasks = [
    RetrievalTask.drawn(triples[name], seed, groups=languages_from) for name, seed in product(datasets, seeds)
]
galleries = pd.concat([gallery_table(task) for task in tasks if task.seed == seeds[0]], ignore_index=True)
results.table(galleries, "galleries", precision=4)
galleries

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
comparisons = []
for task in tasks:
    name = task.triples.name
    if name == "avsynth":
        items, passes = scene_items(task.triples, synthetic_width), synthetic_epochs
    else:
        raw = load_features(Path(features) / name, task.triples)
        items, passes = frozen_items(standardise(raw, task.stored)), epochs
    budgets = even_budgets(Budget(passes, batch_size, learning_rates), pair_batch_size)
    comparisons.append(compare_methods(task, items, budgets, dimension=dimension))
found = RetrievalComparison.joined(comparisons)
measurements = results.metrics(found.measurements)

# %% [markdown]
# ## Recall at 1
#
# Mean over seeds; a bar for each method, a mark for each seed. The dotted line is chance.

# %%
figure = plt.figure(figsize=(9.6, 0.6 + 2.5 * len(datasets)))
recall_panels(figure, measurements)
results.figure(figure, "recall")

# %% [markdown]
# ## All numbers
#
# Recall in percent, the median rank as it is; means over seeds. A profile need not have every data set; the table
# then says so.

# %%
absent = pd.DataFrame({"data set": ["avsynth", "stamps"], "note": "not in this profile"})
for name in absent["data set"]:
    table = recall_table(measurements, name) if name in datasets else absent[absent["data set"] == name]
    results.table(table, f"{name}_table", precision=1)

# %% [markdown]
# ## Against the target
#
# Recall@1 in percent, means over seeds. The proposal hopes for 5 to 10 points above CLIP and CLOOB.

# %%
WANTED = 5.0
gains = gain_table(measurements, wanted=WANTED)
table = gains.drop(columns=["from", "to"])
results.table(table, "gains", precision=1)
table

# %% [markdown]
# ## Is the difference more than chance?
#
# CMHN against each method: mean recall@1 of the six directions, paired over seeds, Holm's correction over all. The
# directions of a seed share items and encoders, so they are no units of a test.

# %%
tests = significance_table(measurements)
results.table(tests, "tests", precision=3)
tests

# %% [markdown]
# ## Size, and what was chosen on validation
#
# A head's size is how many numbers it learns. CMHN sets γ, w, β and the reliabilities a of its memory on validation.

# %%
parameters = parameter_table(found.sizes)
results.table(parameters, "parameters", precision=0)
results.table(found.chosen.rename(columns={"dataset": "data set"}), "chosen", precision=2)
parameters

# %%
means = mean_recalls(measurements)
above = "above CLIP and CLOOB"
means_label = "recall@1, {dataset}, {variant}, mean of six directions"
gains_label = "recall@1, {data set}, CMHN less the better of CLIP and CLOOB, {direction}"
numbers = []
for name in datasets:
    mean, gain = means[means["dataset"] == name], gains[gains["data set"] == name]
    met = (gain["target"] == "met").sum()
    numbers += [
        *headlines(mean, "{dataset}_{key}", means_label, unit="%", precision=1),
        *headlines(gain, "{data set}_{from}_{to}", gains_label, value=above, unit="points", precision=1),
        Headline(f"{name}_gained", f"directions, {name}, at least 5 points {above}", met, precision=0),
    ]
RIVALS = {"CLIP": "clip", "CLOOB": "cloob", "ridge": "ridge", "nearest triple": "nearest"}
for name, (rival, key) in product(("avsynth", "stamps"), RIVALS.items()):
    label = f"mean recall@1, {name}, CMHN less {rival}"
    if name in datasets:
        ahead = leads(measurements, name, rival)
        numbers += standings(f"{name}_over_{key}", label, ahead, unit="points", precision=1)
    else:
        keys = (f"{name}_over_{key}", f"{name}_over_{key}_p", f"{name}_over_{key}_words")
        numbers += [Wording(part, label, "(not in this profile)") for part in keys]
for name in {"avsynth", "stamps"} - set(datasets):
    keys = ["gained", *(KEYS[variant] for variant in ("CMHN, harmonic term alone", "CMHN, memory alone"))]
    numbers += [
        Wording(f"{name}_{key}", f"{key}, {name}", "(not in this profile)") for key in [*keys, "clip", "cmhn"]
    ]
results.headline(
    *numbers,
    Headline("wanted", "points above CLIP and CLOOB that make the target met", WANTED, precision=0),
    Headline("epochs", "passes over the stamps", epochs, precision=0),
    Headline("synthetic_epochs", "passes over AVSynth", synthetic_epochs, precision=0),
    Headline("batch", "items in a batch", batch_size, precision=0),
    Headline("seeds", "seeds", len(seeds), precision=0),
)
