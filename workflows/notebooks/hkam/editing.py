# %% [markdown]
# # Oscillators that edit a classifier
#
# **Asked.** The synapses of the digit classifier are frozen. How well do oscillators, bound to its units by
# κ μᵢᵀμⱼ, make it exchange or conflate the digits 0 and 1: always, or only when the digit that the oscillators are
# shown is a 1 (Tables 2, 3 and 4)? And what do the oscillators do?

# %% tags=["parameters"]
data = "data"
output = "results/smoke/hkam/editing"
classifier = "results/smoke/hkam/mnist/classifier.safetensors"
edits = "results/smoke/hkam/edits"
names = []
pooling = 2
train_images = 6000
test_images = 1000
evaluated_test_images = 1000
profile = "smoke"

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from amcore.data import load_mnist
from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, headlines, read_metrics
from hkam.digits import drawing
from hkam.digits import edits as finished
from hkam.digits.classifier import class_units, pooled_images, spread, unit_groups
from hkam.digits.corrections import oscillator_corrections, start_table
from hkam.digits.examples import answers_to_examples
from hkam.digits.exchange import exchange
from hkam.digits.exchanging import exchange_sweep, quoted_exchange
from hkam.digits.reference import paper_accuracies
from hkam.digits.solvers import adaptive
from hkam.digits.titles import edit_titles
from hkam.digits.weights import load_classifier, load_edited

use_style()
results = ResultsFolder(output)
pictures, digits = load_mnist(data, "test")
taken = spread(test_images, evaluated_test_images)
images, labels = pooled_images(pictures[taken], pooling), np.asarray(digits[taken], np.int32)
network = load_classifier(classifier)
folders = {name: Path(edits) / name for name in names}
networks = {name: load_edited(folder / "network.safetensors", network) for name, folder in folders.items()}

# %% [markdown]
# ## The tables
#
# Every edit that this profile made, one row each; those that the paper made too stand beside its numbers. The paper
# gives one row for D = 4 and 6 in the associative tasks.

# %%
measured = results.metrics(
    pd.concat([read_metrics(folder / "metrics.csv").assign(edit=name) for name, folder in folders.items()])
)
reference = paper_accuracies()
wide = finished.edit_accuracies(measured)
beside = finished.accuracies_beside_the_paper(wide, reference)
results.table(beside["Table 2"].drop(columns="start"), "non_associative", precision=1)
results.table(beside["Table 3"], "associative", precision=1)
every = finished.accuracy_table(wide)
results.table(every, "edits", precision=2)
every

# %% [markdown]
# Table 4 counts R and S on the edges of the graph and the learned μ(0), at full size: N = 1094, D = 4.

# %%
sizes = finished.model_sizes(reference).rename(
    columns={"value": "sum", "rounded": "rounded to 10⁴", "paper": "paper's"}
)
results.table(sizes, "sizes", precision=0)
sizes

# %% [markdown]
# ## How it is learned
#
# Accuracy on training images and the strength κ of the coupling, while training goes on.

# %%
made = edit_titles(measured, names)
histories = {name: pd.read_csv(folder / "history.csv") for name, folder in folders.items()}
figure = plt.figure(figsize=(11, 3.2), layout="constrained")
drawing.learning_panels(figure, histories, made)
results.figure(figure, "learning")

# %% [markdown]
# ## What the edited networks answer
#
# For each task the first zeros and ones of the test set; beside a digit of the associative tasks, what its
# oscillators are shown. An answer is green if it is what the task wants.

# %%
chosen = finished.best_edits(measured)
best = {task: networks[name] for task, name in chosen.items()}
answered = answers_to_examples(network, best, images, labels, solve=adaptive)
figure = plt.figure(figsize=(10, 1.3 * len(chosen)), layout="constrained")
drawing.answer_panels(figure, answered)
results.figure(figure, "digits")

# %% [markdown]
# ## Digit by digit
#
# Test accuracy of the unedited classifier and of the edited one on the edited labels.

# %%
answers = class_units(network, images, solve=adaptive).argmax(axis=1)
figure = plt.figure(figsize=(11, 2.8), layout="constrained")
drawing.digit_panels(figure, finished.digit_accuracies(measured, chosen, answers, images, labels))
results.figure(figure, "per_digit")

# %% [markdown]
# ## The correction
#
# The oscillators add κ μμᵀ to the synapses: a matrix of rank D + 1 at most, with one sign. Its eigenvalues before
# and after recall, averaged over test digits, and how coherent the oscillators are: the length of their mean.

# %%
found = oscillator_corrections(networks, images, labels, solve=adaptive)
titles = made["title"].to_dict()
colours = {name: drawing.TASK_COLOURS[task] for name, task in made["task"].items()}
figure = plt.figure(figsize=(2.3 * len(networks), 2.6), layout="constrained")
drawing.correction_panels(figure, found.eigenvalues, titles, colours)
results.figure(figure, "corrections")

# %% [markdown]
# ## The rank that an edit needs
#
# Without oscillators: the exact exchange of two class units changes the synapses by a matrix with two eigenvalues,
# one of each sign. Each part alone, and both, added to the synapses so many times. With either part added once,
# all other units send the same to both, and little decides between them.

# %%
exchanged = exchange(network.synapses.matrix(), network.size - 10, network.size - 9)
some = spread(len(images), 500)
ranks = exchange_sweep(network, exchanged, images[some], labels[some], solve=adaptive)
results.table(ranks, "exchange", precision=1)
figure = plt.figure(figsize=(9, 2.8), layout="constrained")
drawing.exchange_panels(figure, ranks)
results.figure(figure, "exchange")
ranks

# %% [markdown]
# ## Where the oscillators go
#
# One test digit; every oscillator projected onto the two directions in which they spread most at the end, and the
# scalar products of all, units by kind, and within a kind in the order of the direction that is strongest after recall.

# %%
groups = unit_groups(network, images.shape[1])
figure = plt.figure(figsize=(2.3 * len(networks), 4.8), layout="constrained")
drawing.sphere_panels(figure, found.oscillators, titles, groups)
results.figure(figure, "spheres")
figure = plt.figure(figsize=(2.3 * len(networks), 4.9), layout="constrained")
drawing.gram_panels(figure, found.oscillators, titles, groups)
results.figure(figure, "grams")

# %% [markdown]
# ## The start
#
# The paper's start for the associative tasks points nearly all oscillators one way. Random directions keep the image
# in the scalar products with the first oscillator and are incoherent.

# %%
starts = start_table(made, found.table, wide)
results.table(starts, "starts", precision=3)
starts

# %%
first = finished.quoted_edits(wide).assign(n=len(labels), value=lambda rows: rows["adaptive test"])
label = "{dataset} ({start} start)"
percent = {"value": "value", "unit": "%", "precision": 1}
agree = int((sizes["rounded to 10⁴"] == sizes["paper's"]).sum())
results.headline(
    *headlines(first, "{key}_test", f"accuracy, {label}, test", **percent),
    *headlines(first, "{key}_k", f"neighbours k, {label}", value="k", n="", precision=0),
    *headlines(first, "{key}_D", f"D, {label}", value="D", n="", precision=0),
    *headlines(first, "{key}_updates", f"updates, {label}", value="updates", n="", precision=0),
    *headlines(quoted_exchange(ranks).assign(n=len(some)), "exchange_{key}",
               "accuracy without oscillators, {labels}, {added} {times:g} times", **percent),
    Headline("solver_difference", "largest difference of fixed step and adaptive, test, points",
             float(wide["solver difference"].abs().max()), precision=2),
    Headline("sizes_exact", "rows of Table 4 that agree to the paper's rounding", agree, n=len(sizes), precision=0),
    Headline("exchange_images", "test images on which the exchange is read", len(some), precision=0),
    Headline("edits", "edits made", len(names), precision=0),
    Headline("exchange_eigenvalue", "eigenvalues ±λ of the exact exchange of 0 and 1", float(exchanged.eigenvalue),
             precision=1),
    Headline("solver_steps", "most steps that the adaptive solver took", int(found.table["steps"].max()), precision=0),
)  # fmt: skip
