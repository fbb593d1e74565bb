# %% [markdown]
# # How little edits a small classifier
#
# **Asked.** On pooled digits, where a network is sixteen times cheaper: how many neighbours k and how many degrees of
# freedom D does an edit need? Does it need what the oscillators do among each other (R and S), or only the low-rank
# matrix they add to the synapses, learned as μ(0)?

# %% tags=["parameters"]
data = "data"
output = "results/smoke/hkam/sweep"
profile = "smoke"
pooling = 4
hidden = 20
train_images = 2000
test_images = 500
pretraining = 60
task = "swap"
neighbours = [4, 8]
dimensions = [1, 2]
updates = 20
rate = 4.0e-3
halve_every = 100
start_rate = 2.5
strength_rate = 0.07
warm_up = 30
steps = 4
seed = 0

# %%
import equinox as eqx
import jax
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import hkam
from amcore.data import load_mnist
from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder
from hkam.digits.classifier import accuracy, classifier_memory, pooled_images, pretrain, spread
from hkam.digits.finetuning import EditedClassifier, edited_class_units, editing_batches, fine_tune
from hkam.digits.starts import first_start
from hkam.digits.tasks import edited_labels
from hkam.train import Schedule

use_style()
results = ResultsFolder(output)
images, labels = {}, {}
for split, number in {"train": train_images, "test": test_images}.items():
    pictures, digits = load_mnist(data, split)
    taken = spread(len(digits), number)
    images[split] = pooled_images(pictures[taken], pooling)
    labels[split] = np.asarray(digits[taken], np.int32)


def adaptive(memory, cues):
    return hkam.recall(hkam.BatchedMemory(memory), cues, 1.0)


# %% [markdown]
# ## The small classifier

# %%
pixels = images["train"].shape[1]
network, *_ = pretrain(
    classifier_memory(pixels, hidden=hidden, key=jax.random.key(seed)),
    images["train"],
    labels["train"],
    schedule=Schedule(updates=pretraining, halve_every=max(1, pretraining // 3), steps=steps),
    seed=seed,
)
wanted = edited_labels(labels["test"], task)
unedited = 100 * accuracy(network, images["test"], labels["test"], solve=adaptive)
untouched = 100 * accuracy(network, images["test"], wanted, solve=adaptive)

# %% [markdown]
# ## Every k and D, and no interaction at all
#
# Without interaction R and S stay zero: the oscillators add the matrix that their learned start makes, and move under
# the threshold units alone.

# %%
schedule = Schedule(updates=updates, rate=rate, halve_every=halve_every, warm_up=warm_up, steps=steps)


def interaction(tree):
    return [tree.interaction.linear, tree.interaction.rectified]


rows, curves = [], []
for D in dimensions:
    for k in [0, *neighbours]:
        graph = hkam.watts_strogatz_graph(network.size, k or min(neighbours), seed=seed)
        start = first_start(
            "learned", pixels, network.size, D + 1, associative=False, key=jax.random.key(seed)
        )
        untrained = EditedClassifier.around(network, graph, start)
        trainable = untrained.trainable(start=True)
        if k == 0:
            trainable = eqx.tree_at(interaction, trainable, [False, False])
        data_of_run = editing_batches(
            images["train"], labels["train"], task, size=schedule.batch, updates=updates, seed=seed
        )
        trained, losses, _ = fine_tune(
            untrained,
            data_of_run,
            schedule=schedule,
            trainable=trainable,
            start_rate=start_rate,
            strength_rate=strength_rate,
        )
        answers = edited_class_units(trained, images["test"], solve=adaptive).argmax(axis=1)
        rows.append(
            {
                "k": k,
                "D": D,
                "value": 100 * float(np.mean(answers == wanted)),
                "weights": trained.oscillator_weights if k else 0,
                "strength": float(trained.coupling.strength),
            }
        )
        curves.append(losses)
measurements = results.metrics(
    pd.DataFrame(rows),
    variant="adaptive",
    dataset=task,
    split="test",
    metric="accuracy",
    unit="%",
    n=len(wanted),
    seed=seed,
    updates=updates,
    profile=profile,
)
measurements[["k", "D", "weights", "value", "strength"]]

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
tones = plt.get_cmap("viridis")(np.linspace(0.1, 0.75, len(dimensions)))
for tone, (D, of_size) in zip(tones, measurements.groupby("D"), strict=True):
    with_interaction = of_size[of_size["k"] > 0]
    left.plot(
        with_interaction["weights"],
        with_interaction["value"],
        "o-",
        color=tone,
        markersize=4,
        label=f"D = {D}",
    )
    alone = of_size.loc[of_size["k"] == 0, "value"].iloc[0]
    left.axhline(alone, color=tone, linewidth=0.8, linestyle="--")
left.axhline(unedited, color="black", linewidth=0.6, linestyle=":")
left.axhline(untouched, color="black", linewidth=0.6, linestyle=":")
left.set(xscale="log", xlabel="entries of R and S", ylabel="test accuracy, %", title=task)
left.legend(fontsize="small")
for (_, row), losses in zip(measurements.iterrows(), curves, strict=True):
    if row["D"] == max(dimensions):
        smooth = pd.Series(losses).rolling(20, min_periods=1).mean()
        name = f"k = {row['k']}" if row["k"] else "no interaction"
        right.plot(smooth, label=name, color="black" if not row["k"] else None, linewidth=1)
right.set(xlabel="update", ylabel="squared error", yscale="log", title=f"D = {max(dimensions)}")
right.legend(fontsize="small")
results.figure(figure, "sweep")

# %%
shown = measurements.rename(
    columns={"weights": "entries of R and S", "value": "accuracy, %", "strength": "κ"}
)
counts = ["D", "k", "entries of R and S"]
shown = shown[[*counts, "accuracy, %", "κ"]].astype(dict.fromkeys(counts, int)).astype(object)
results.table(shown, "cells", precision=3)
interacting = measurements[measurements["k"] > 0]
best = interacting.loc[interacting["value"].idxmax()]
alone = measurements[measurements["k"] == 0]
results.headline(
    Headline("units", "units of the small network", network.size, precision=0),
    Headline(
        "unedited", "accuracy of the small classifier, test", unedited, n=len(wanted), unit="%", precision=1
    ),
    Headline("untouched", f"its accuracy on {task}, test", untouched, n=len(wanted), unit="%", precision=1),
    Headline(
        "best",
        f"best accuracy on {task} with interaction, test",
        float(best["value"]),
        n=len(wanted),
        unit="%",
        precision=1,
    ),
    Headline("best_k", "its neighbours k", int(best["k"]), precision=0),
    Headline("best_D", "its D", int(best["D"]), precision=0),
    Headline(
        "alone",
        f"best accuracy on {task} without interaction, test",
        float(alone["value"].max()),
        n=len(wanted),
        unit="%",
        precision=1,
    ),
)
