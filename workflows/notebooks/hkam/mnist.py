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

from amcore.data import load_mnist
from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, headlines
from hkam.digits.cards import classifier_card
from hkam.digits.classifier import class_units, classifier_memory, pooled_images, pretrain, spread
from hkam.digits.drawing import class_panels, loss_curve
from hkam.digits.reading import compare_solvers, read_tasks, tasks_beside_the_paper
from hkam.digits.reference import paper_accuracies
from hkam.digits.solvers import reading_solvers
from hkam.digits.titles import task_key
from hkam.digits.weights import save_classifier
from hkam.train import Schedule

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
    images[split] = pooled_images(pictures[:number], pooling)
    labels[split] = np.asarray(digits[:number], np.int32)

# %% [markdown]
# ## Training through the dynamics
#
# ReLU units: the pixels, further ones, and one per class. A digit is written into the pixels at t = 0, all other
# units start at zero, and the class units are read at t = 1. The loss is their squared distance from +1 for the
# right class and −1 for the others; its gradient goes back through a fixed-step solver. The paper makes 9000
# updates at a rate of 1e-4, halved every 1000.

# %%
network = classifier_memory(side**2, hidden=hidden, key=jax.random.key(seed))
schedule = Schedule(updates=updates, rate=rate, halve_every=halve_every, steps=steps)
trained, losses, _ = pretrain(network, images["train"], labels["train"], schedule=schedule, seed=seed)
parameters = trained.synapses.weight.size + trained.bias.size

# %%
figure, ax = plt.subplots(figsize=(6.5, 3.2))
loss_curve(ax, losses)
results.figure(figure, "learning")

# %% [markdown]
# ## Read with the paper's solver
#
# The adaptive solver of the paper (Tsit5, relative tolerance 1e-3) gives the accuracies that count. The fixed-step
# solver of the training stands beside it: where the two differ, the network has learned its solver.

# %%
read = {"train": spread(train_images, evaluated_train_images), "test": np.arange(test_images)}
digits = {split: labels[split][taken] for split, taken in read.items()}
units = {
    (solver, split): class_units(trained, images[split][read[split]], solve=solve)
    for solver, solve in reading_solvers(steps).items()
    for split in kept
}

# %% [markdown]
# ## Unedited, on the edited tasks
#
# Conflation calls every 1 a 0, swap exchanges the two; the associative tasks do so for the half of the samples
# whose cue is a 1.

# %%
measurements = results.metrics(read_tasks(units, digits, seed=seed), seed=seed)
table = tasks_beside_the_paper(measurements, paper_accuracies())
results.table(table, "accuracies", precision=1)
table

# %%
accuracies = {split: table[f"{split}, here, %"].iloc[0] for split in kept}
card = classifier_card(trained, accuracies, hidden=hidden, updates=updates, seed=seed)
save_classifier(Path(output) / "classifier.safetensors", trained, card=card)

# %%
solvers = compare_solvers(measurements)
results.table(solvers, "solvers", precision=2)
solvers

# %% [markdown]
# ## What the class units say
#
# Test digits above the last states of the ten class units; the bar of the right class is green, dotted lines are
# the targets ±1. The top rows are the first digits of the test set, the bottom ones the first that the network gets
# wrong.

# %%
values = units["adaptive", "test"]
wrong = np.flatnonzero(values.argmax(axis=1) != labels["test"])
figure = plt.figure(figsize=(10, 6.4))
squares = images["test"].reshape(-1, side, side)
class_panels(figure, squares, values, labels["test"], [np.arange(6), wrong[:6]])
results.figure(figure, "digits")

# %%
quoted = table.assign(key=table["labels"].map(task_key))
percent = {"unit": "%", "precision": 1}
results.headline(
    Headline("size", "threshold units N", trained.size, precision=0),
    Headline("parameters", "parameters N² + N", parameters, precision=0),
    Headline("updates", "weight updates", updates, precision=0),
    Headline("steps", "solver steps while training", steps, precision=0),
    *(
        number
        for split in kept
        for number in (
            *headlines(quoted.assign(n=len(read[split])), f"{{key}}_{split}", f"accuracy, {{labels}}, {split}",
                       value=f"{split}, here, %", **percent),
            *headlines(quoted, f"{{key}}_{split}_paper", f"the paper's, {{labels}}, {split}",
                       value=f"{split}, paper, %", **percent),
        )
    ),
    Headline("largest_difference", "largest difference from the paper on the test sets, points",
             float(table["test, difference, %"].abs().max()), precision=1),
    *headlines(solvers[solvers["split"] == "test"], "solver_difference", "fixed step less adaptive, test, points",
               value="difference, %", precision=2),
)  # fmt: skip
