# %% [markdown]
# # The network that is to be edited
#
# **Asked.** The paper first trains a Hopfield network alone to recognise digits (Table 1, first row). How accurate
# is it, and how accurate is it, unchanged, on the four tasks whose labels the oscillators are to edit later (the
# other rows)?

# %% tags=["parameters"]
data = "data"
output = "results/smoke/hkam/mnist"
pooling = 2
hidden = 75
updates = 150
rate = 3.0e-3
halve_every = 50
train_images = 6000
test_images = 1000
evaluated_train_images = 6000
steps = 5
seed = 0

# %%
from pathlib import Path

import jax
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import hkam
from amcore.data import load_mnist
from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder, join_reference
from hkam.analysis.plotting import class_bars
from hkam.digits.classifier import class_units, classifier_memory, pooled_images, pretrain, spread
from hkam.digits.reference import paper_accuracies
from hkam.digits.tasks import EDITING_TASKS, cue_digits, edited_labels
from hkam.digits.weights import save_classifier
from hkam.train import Schedule, recall_batch

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## Digits
#
# Pixels in [0, 1]. Where the profile asks for it, squares of pixels are averaged into one.

# %%
kept = {"train": train_images, "test": test_images}
side = 28 // pooling
images, labels = {}, {}
for split, number in kept.items():
    pictures, digits = load_mnist(data, split)
    images[split], labels[split] = (
        pooled_images(pictures[:number], pooling),
        np.asarray(digits[:number], np.int32),
    )

# %% [markdown]
# ## Training through the dynamics
#
# ReLU units: the pixels, further ones, and one a class. A digit is written into the pixels at t = 0, all other
# units start at zero, and the class units are read at t = 1. The loss is their squared distance from +1 for the
# right class and −1 for the others; its gradient goes back through a fixed-step solver. The paper makes 9000
# updates at a rate of 1e-4, halved every 1000.

# %%
network = classifier_memory(side**2, hidden=hidden, key=jax.random.key(seed))
schedule = Schedule(updates=updates, rate=rate, halve_every=halve_every, steps=steps)
trained, losses, _ = pretrain(network, images["train"], labels["train"], schedule=schedule, seed=seed)
parameters = trained.synapses.weight.size + trained.bias.size

# %%
smooth = pd.Series(losses).rolling(25, min_periods=1).mean()
figure, ax = plt.subplots(figsize=(6.5, 3.2))
ax.plot(
    np.arange(1, updates + 1), losses, color=PALETTE["discrete"], alpha=0.3, linewidth=0.7, label="each batch"
)
ax.plot(np.arange(1, updates + 1), smooth, color=PALETTE["discrete"], label="mean of 25 batches")
ax.set(xlabel="update", ylabel="squared error", yscale="log", xlim=(0, updates))
ax.legend()
results.figure(figure, "learning")

# %% [markdown]
# ## Read with the paper's solver
#
# The adaptive solver of the paper (Tsit5, relative tolerance 1e-3) gives the accuracies that count. The fixed-step
# solver of the training stands beside it: where the two differ, the network has learned its solver.

# %%
solvers = {
    "adaptive": lambda memory, cues: hkam.recall(hkam.BatchedMemory(memory), cues, 1.0),
    "fixed step": lambda memory, cues: recall_batch(memory, cues, steps=steps),
}
read = {"train": spread(train_images, evaluated_train_images), "test": np.arange(test_images)}
digits = {split: labels[split][taken] for split, taken in read.items()}
units = {
    (solver, split): class_units(trained, images[split][read[split]], solve=solve)
    for solver, solve in solvers.items()
    for split in kept
}

# %% [markdown]
# ## Unedited, on the edited tasks
#
# Conflation calls every 1 a 0, swap exchanges the two; the associative tasks do so for the half of the samples
# whose cue is a 1.

# %%
rows = []
for (solver, split), values in units.items():
    answers = values.argmax(axis=1)
    cues = cue_digits(len(answers), seed=seed + list(kept).index(split))
    truths = {"MNIST": digits[split]} | {
        task: edited_labels(digits[split], task, cues=cues if task.startswith("associative") else None)
        for task in EDITING_TASKS
    }
    rows += [
        {
            "variant": solver,
            "dataset": task,
            "split": split,
            "metric": "accuracy",
            "value": 100 * float(np.mean(answers == truth)),
            "unit": "%",
            "n": len(answers),
        }
        for task, truth in truths.items()
    ]
measurements = results.metrics(pd.DataFrame(rows), seed=seed)

# %%
reference = paper_accuracies()
ours = measurements[measurements["variant"] == "adaptive"].assign(
    table="Table 1", row=lambda m: m["dataset"], column=lambda m: m["split"] + " accuracy"
)
joined = join_reference(ours, reference, on=("table", "row", "column"))
assert joined["paper"].notna().all()
table = joined.pivot(index="row", columns="split", values=["value", "paper", "difference"]).loc[list(truths)]
table = table[[(what, split) for split in kept for what in ("value", "paper", "difference")]]
named = {"value": "here", "paper": "paper", "difference": "difference"}
table.columns = [f"{split}, {named[what]}, %" for what, split in table.columns]
table = table.reset_index(names="labels")
results.table(table, "accuracies", precision=1)
table

# %%
card = "\n".join(
    [
        "# A Hopfield network that classifies digits",
        "",
        f"{trained.size} ReLU units with symmetric synapses: pixels, {hidden} further units, one a class. Write an",
        "image with pixels in [0, 1] into the first units and read the last ten at t = 1.",
        f"Trained in {updates} updates, seed {seed}.",
        "",
        "| accuracy on MNIST, % | train | test |",
        "|---|---|---|",
        "| here | " + " | ".join(f"{table.iloc[0][f'{split}, here, %']:.2f}" for split in kept) + " |",
    ]
)
save_classifier(Path(output) / "classifier.safetensors", trained, card=card)

# %%
by_solver = measurements[measurements["dataset"] == "MNIST"].pivot(
    index="split", columns="variant", values="value"
)
by_solver = by_solver.loc[list(kept)].assign(difference=by_solver["fixed step"] - by_solver["adaptive"])
solvers_table = by_solver.add_suffix(", %").reset_index()
results.table(solvers_table, "solvers", precision=2)
solvers_table

# %% [markdown]
# ## What the class units say
#
# Test digits above the last states of the ten class units; the bar of the right class is green, dotted lines are
# the targets ±1. The top rows are the first digits of the test set, the bottom ones the first that the network gets
# wrong.

# %%
values = units["adaptive", "test"]
wrong = np.flatnonzero(values.argmax(axis=1) != labels["test"])
chosen = {"first": np.arange(6), "wrong": wrong[:6]}
figure, axes = plt.subplots(4, 6, figsize=(10, 6.4), height_ratios=[1.15, 1, 1.15, 1], sharey="row")
for block, indices in enumerate(chosen.values()):
    for upper, lower, index in zip(axes[2 * block], axes[2 * block + 1], indices, strict=False):
        upper.imshow(images["test"][index].reshape(side, side), cmap="gray_r", vmin=0, vmax=1)
        right, answer = labels["test"][index], values[index].argmax()
        upper.set_title(f"{right}, read as {answer}", fontsize="small", loc="center")
        class_bars(lower, values[index], right=int(right))
        lower.tick_params(labelsize="x-small")
    for ax in axes[2 * block]:
        ax.axis("off")
    axes[2 * block + 1, 0].set_ylabel("class units")
results.figure(figure, "digits")

# %%
keys = ("mnist", "conflation", "swap", "assoc_conflation", "assoc_swap")
results.headline(
    Headline("size", "threshold units N", trained.size, precision=0),
    Headline("parameters", "parameters N² + N", parameters, precision=0),
    Headline("updates", "weight updates", updates, precision=0),
    Headline("steps", "solver steps while training", steps, precision=0),
    *(
        Headline(
            f"{key}_{split}",
            f"accuracy, {name}, {split}",
            float(row[f"{split}, here, %"]),
            n=len(read[split]),
            unit="%",
            precision=1,
        )
        for key, (name, row) in zip(keys, table.set_index("labels").iterrows(), strict=True)
        for split in kept
    ),
    *(
        Headline(
            f"{key}_{split}_paper",
            f"the paper's, {name}, {split}",
            float(row[f"{split}, paper, %"]),
            unit="%",
            precision=1,
        )
        for key, (name, row) in zip(keys, table.set_index("labels").iterrows(), strict=True)
        for split in kept
    ),
    Headline(
        "largest_difference",
        "largest difference from the paper on the test sets, points",
        float(table["test, difference, %"].abs().max()),
        precision=1,
    ),
    Headline(
        "solver_difference",
        "fixed step less adaptive, test, points",
        float(by_solver.loc["test", "difference"]),
        precision=2,
    ),
)
