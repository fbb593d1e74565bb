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

import equinox as eqx
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import hkam
from amcore.data import load_mnist
from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder, join_reference, read_metrics
from hkam.analysis import order_parameter
from hkam.digits.classifier import class_units, pooled_images, spread
from hkam.digits.corrections import correction, effective_rank, follow_oscillators
from hkam.digits.exchange import exchange, with_added_synapses
from hkam.digits.finetuning import edited_class_units
from hkam.digits.reference import paper_accuracies
from hkam.digits.starts import shown_digits, shown_values
from hkam.digits.tasks import EDITING_TASKS, edited_labels
from hkam.digits.weights import load_classifier, load_edited

use_style()
results = ResultsFolder(output)
pictures, digits = load_mnist(data, "test")
taken = spread(test_images, evaluated_test_images)
images, labels = pooled_images(pictures[taken], pooling), np.asarray(digits[taken], np.int32)
side = 28 // pooling
network = load_classifier(classifier)
networks = {name: load_edited(Path(edits) / name / "network.safetensors", network) for name in names}
histories = {name: pd.read_csv(Path(edits) / name / "history.csv") for name in names}


def adaptive(memory, cues):
    return hkam.recall(hkam.BatchedMemory(memory), cues, 1.0)


# %% [markdown]
# ## The tables
#
# Every edit that this profile made, one row each; those that the paper made too stand beside its numbers. The paper
# gives one row for D = 4 and 6 in the associative tasks.

# %%
measured = pd.concat([read_metrics(Path(edits) / name / "metrics.csv").assign(edit=name) for name in names])
measured = results.metrics(measured)
accuracies = measured[measured["metric"] == "accuracy"]
factors = ["dataset", "k", "D", "start", "seed", "weights", "updates", "edit"]
wide = accuracies.pivot_table(index=factors, columns=["variant", "split"], values="value").reset_index()
wide.columns = [" ".join(filter(None, column)) for column in wide.columns]
wide["solver difference"] = wide["fixed step test"] - wide["adaptive test"]
wide["order"] = wide["dataset"].map(list(EDITING_TASKS).index)
wide = wide.sort_values(["order", "start", "k", "D", "seed"], ignore_index=True)

reference = paper_accuracies()


def beside_the_paper(rows, table, row):
    """Test accuracies under this profile beside the paper's."""
    ours = rows.assign(
        table=table, row=row(rows), column=rows["dataset"] + " test accuracy", value=rows["adaptive test"]
    )
    joined = join_reference(ours, reference, on=("table", "row", "column"))
    shown = joined.rename(
        columns={"dataset": "task", "value": "here, %", "paper": "paper, %", "difference": "difference"}
    )
    columns = ["task", "k", "D", "start", "seed", "updates", "weights", "here, %", "paper, %", "difference"]
    shown = shown[columns].astype({"paper, %": object, "difference": object})
    return shown.where(shown.notna(), None)  # an edit that the paper did not make has an empty cell


associative = wide["dataset"].str.startswith("associative")
second = beside_the_paper(
    wide[~associative], "Table 2", lambda r: "k=" + r["k"].astype(str) + " D=" + r["D"].astype(str)
)
third = beside_the_paper(wide[associative], "Table 3", lambda r: "k=" + r["k"].astype(str) + " D=4,6")
results.table(second.drop(columns="start"), "non_associative", precision=1)
results.table(third, "associative", precision=1)
every = wide[[*factors[:-1], "adaptive train", "adaptive test", "fixed step test", "solver difference"]]
results.table(every.rename(columns={"dataset": "task"}), "edits", precision=2)
every

# %% [markdown]
# Table 4 counts R and S on the edges of the graph and the learned μ(0), at full size: N = 1094, D = 4.

# %%
sizes = pd.DataFrame(
    {
        "k": k,
        "entries of R and S": 2 * hkam.watts_strogatz_graph(1094, k, seed=0).edge_count,
        "entries of μ(0)": 1094 * 5,
        "table": "Table 4",
        "row": f"k={k}",
        "column": "model size",
    }
    for k in (150, 250, 350, 450)
)
sizes["value"] = sizes["entries of R and S"] + sizes["entries of μ(0)"]
sizes = join_reference(sizes, reference, on=("table", "row", "column"))
sizes["rounded"] = sizes["value"].round(-4)
sizes = sizes[["k", "entries of R and S", "entries of μ(0)", "value", "rounded", "paper"]].rename(
    columns={"value": "sum", "rounded": "rounded to 10⁴", "paper": "paper's"}
)
results.table(sizes, "sizes", precision=0)
sizes

# %% [markdown]
# ## How it is learned
#
# Accuracy on training images and the strength κ of the coupling, while training goes on.

# %%
colours = dict(zip(EDITING_TASKS, ("#3b5b92", "#4a7c59", "#d1603d", "#8a4f7d"), strict=True))
dashes = {"learned": "-", "coherent": ":", "incoherent": "--"}
tasks = {name: measured.loc[measured["edit"] == name, "dataset"].iloc[0] for name in names}
starts = {name: measured.loc[measured["edit"] == name, "start"].iloc[0] for name in names}
titles = {
    name: f"{task}\n{starts[name]} start" if task.startswith("associative") else task
    for name, task in tasks.items()
}
figure, axes = plt.subplots(1, 3, figsize=(11, 3.2), sharex=True, layout="constrained")
for name, history in histories.items():
    drawn = {"color": colours[tasks[name]], "linestyle": dashes[starts[name]]}
    label = tasks[name] + (f", {starts[name]} start" if tasks[name].startswith("associative") else "")
    for ax, quantity in zip(axes, ("accuracy", "loss", "strength"), strict=True):
        ax.plot(history["update"], history[quantity], label=label, **drawn)
axes[0].set(ylabel="accuracy, %", xlabel="update")
axes[1].set(ylabel="squared error", xlabel="update", yscale="log")
axes[2].set(ylabel="κ", xlabel="update")
handles, texts = axes[0].get_legend_handles_labels()
unique = dict(zip(texts, handles, strict=True))
figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=3, fontsize="small")
results.figure(figure, "learning")

# %% [markdown]
# ## What the edited networks answer
#
# For each task the first zeros and ones of the test set; beside a digit of the associative tasks, what its
# oscillators are shown. An answer is green if it is what the task wants.

# %%
chosen = {}
for task in EDITING_TASKS:
    candidates = [name for name in names if tasks[name] == task]
    if candidates:
        best = accuracies[(accuracies["variant"] == "adaptive") & (accuracies["split"] == "test")]
        chosen[task] = best[best["edit"].isin(candidates)].sort_values("value")["edit"].iloc[-1]
picked = np.concatenate([np.flatnonzero(labels == 0)[:4], np.flatnonzero(labels == 1)[:4]])
cues = np.tile([0, 1], 4)
examples = {digit: images[labels == digit][-1] for digit in (0, 1)}
shown_images = np.stack([examples[cue] for cue in cues])
before = class_units(network, images[picked], solve=adaptive).argmax(axis=1)

# %%
figure, axes = plt.subplots(
    len(chosen), 8, figsize=(10, 1.3 * len(chosen)), squeeze=False, layout="constrained"
)
for row, (task, name) in zip(axes, chosen.items(), strict=True):
    cued = task.startswith("associative")
    seen = shown_values(shown_images) if cued else None
    answers = edited_class_units(networks[name], images[picked], seen, solve=adaptive).argmax(axis=1)
    wanted = edited_labels(labels[picked], task, cues=cues if cued else None)
    for ax, index, old, new, truth, cue in zip(row, picked, before, answers, wanted, cues, strict=True):
        picture = images[index].reshape(side, side)
        if cued:
            picture = np.concatenate([picture, 0.6 * examples[cue].reshape(side, side)], axis=1)
        ax.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
        colour = PALETTE["continuous"] if new != truth else "#4a7c59"
        ax.set_title(f"{old} → {new}", color=colour, loc="center", fontsize="small")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    row[0].set_ylabel(task.replace(" ", "\n"), rotation=0, ha="right", va="center")
results.figure(figure, "digits")

# %% [markdown]
# ## Digit by digit
#
# Test accuracy of the unedited classifier and of the edited one on the edited labels.

# %%
answers = class_units(network, images, solve=adaptive).argmax(axis=1)
per_digit = []
for task, name in chosen.items():
    rows = measured[
        (measured["edit"] == name) & (measured["variant"] == "adaptive") & (measured["split"] == "test")
    ]
    seed = int(rows["seed"].iloc[0])
    shown_cues = (
        shown_digits(images, labels, len(images), seed=[seed, 1])[1]
        if task.startswith("associative")
        else None
    )
    wanted = edited_labels(labels, task, cues=shown_cues)
    for digit in range(10):
        of_digit = labels == digit
        after = rows.loc[rows["metric"] == f"accuracy of {digit}", "value"].iloc[0]
        per_digit.append(
            {
                "task": task,
                "digit": digit,
                "before": 100 * np.mean(answers[of_digit] == wanted[of_digit]),
                "after": after,
            }
        )
per_digit = pd.DataFrame(per_digit)
figure, axes = plt.subplots(
    1, len(chosen), figsize=(11, 2.8), sharey=True, squeeze=False, layout="constrained"
)
for ax, (task, rows) in zip(axes[0], per_digit.groupby("task", sort=False), strict=True):
    ax.bar(rows["digit"] - 0.2, rows["before"], width=0.38, color="#b9b9b9", label="unedited")
    ax.bar(rows["digit"] + 0.2, rows["after"], width=0.38, color=colours[task], label="edited")
    ax.set(title=task, xlabel="digit", xticks=range(10), ylim=(0, 101))
axes[0, 0].set_ylabel("accuracy, %")
handles, texts = axes[0, 0].get_legend_handles_labels()
figure.legend(handles, texts, loc="outside lower center", ncols=2, fontsize="small")
results.figure(figure, "per_digit")

# %% [markdown]
# ## The correction
#
# The oscillators add κ μμᵀ to the synapses: a matrix of rank D + 1 at most, with one sign. Its eigenvalues before
# and after recall, averaged over test digits, and how coherent the oscillators are: the length of their mean.

# %%
number = min(32, len(images))
solved = eqx.filter_jit(adaptive)
rows, corrections, moved = [], {}, {}
for name, model in networks.items():
    shown = None
    if tasks[name].startswith("associative"):
        shown, _ = shown_digits(images, labels, number, seed=0)
    cues = model.cue(jnp.asarray(images[:number]), None if shown is None else jnp.asarray(shown))
    steps = int(solved(model.memory, cues).steps)
    paths = follow_oscillators(model, images[:number], shown, times=np.asarray([0.0, 1.0]))
    moved[name] = np.asarray(paths[0])
    strength = model.coupling.strength
    for moment, mu in (("before", paths[:, 0]), ("after", paths[:, 1])):
        spectra = jnp.stack([correction(one, strength).eigenvalues for one in mu])
        rows.append(
            {
                "edit": name,
                "moment": moment,
                "strength": float(strength),
                "steps": steps,
                "largest eigenvalue": float(spectra[:, 0].mean()),
                "effective rank": float(jnp.stack([effective_rank(one) for one in spectra]).mean()),
                "coherence": float(order_parameter(mu).mean()),
            }
        )
        corrections[name, moment] = np.asarray(spectra.mean(axis=0))
spectra = pd.DataFrame(rows)
figure, axes = plt.subplots(
    1, len(networks), figsize=(2.3 * len(networks), 2.6), squeeze=False, sharey=True, layout="constrained"
)
for ax, name in zip(axes[0], names, strict=True):
    for moment, shift, tone in (("before", -0.2, "#b9b9b9"), ("after", 0.2, colours[tasks[name]])):
        eigenvalues = corrections[name, moment]
        ax.bar(np.arange(1, len(eigenvalues) + 1) + shift, eigenvalues, width=0.38, color=tone, label=moment)
    ax.set_title(titles[name], fontsize="small")
    ax.set(xlabel="eigenvalue of κμμᵀ", xticks=np.arange(1, len(eigenvalues) + 1))
axes[0, 0].legend(fontsize="small")
results.figure(figure, "corrections")

# %% [markdown]
# ## The rank that an edit needs
#
# Without oscillators: the exact exchange of two class units changes the synapses by a matrix with two eigenvalues,
# one of each sign. Each part alone, and both, added to the synapses so many times. With either part added once,
# all other units send the same to both, and little decides between them.

# %%
zero, one = network.size - 10, network.size - 9
exchanged = exchange(network.synapses.matrix(), zero, one)
parts = {
    "positive part": exchanged.positive,
    "negative part": exchanged.negative,
    "both": exchanged.positive + exchanged.negative,
}
some = spread(len(images), 500)
wanted_labels = {
    "no edit": labels[some],
    "conflation": edited_labels(labels[some], "conflation"),
    "swap": edited_labels(labels[some], "swap"),
}
rows = []
for part, change in parts.items():
    for times in (0.0, 0.5, 0.8, 1.0, 1.2, 1.5, 2.0):
        changed = with_added_synapses(network, times * change)
        answers_after = class_units(changed, images[some], solve=adaptive).argmax(axis=1)
        accuracy_after = {
            name: 100 * float(np.mean(answers_after == wanted)) for name, wanted in wanted_labels.items()
        }
        rows.append({"added": part, "times": times, **accuracy_after})
ranks = pd.DataFrame(rows)
results.table(ranks, "exchange", precision=1)
by_part = ranks.set_index(["added", "times"])
line_colours = {"no edit": "#7a7a7a", "conflation": colours["conflation"], "swap": colours["swap"]}
figure, axes = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True, layout="constrained")
for ax, (part, of_part) in zip(axes, ranks.groupby("added", sort=False), strict=True):
    for name, colour in line_colours.items():
        ax.plot(of_part["times"], of_part[name], marker="o", markersize=4, color=colour, label=name)
    ax.set(title=part, xlabel="times added", xticks=(0, 0.5, 1, 1.5, 2))
axes[0].set_ylabel("test accuracy, %")
handles, texts = axes[0].get_legend_handles_labels()
figure.legend(handles, texts, loc="outside lower center", ncols=3, fontsize="small")
results.figure(figure, "exchange")
ranks

# %% [markdown]
# ## Where the oscillators go
#
# One test digit; every oscillator projected onto the two directions in which they spread most at the end.

# %%
hidden = network.size - images.shape[1] - 10
groups = {"pixels": images.shape[1], "further units": hidden, "class units": 10}
group_colours = ("#b9b9b9", "#3b5b92", "#d1603d")
figure, axes = plt.subplots(
    2, len(networks), figsize=(2.3 * len(networks), 4.8), squeeze=False, layout="constrained"
)
for column, name in zip(axes.T, names, strict=True):
    ends = moved[name]
    _, _, directions = np.linalg.svd(ends[1], full_matrices=False)
    for ax, mu in zip(column, ends, strict=True):
        flat = mu @ directions[:2].T
        first = 0
        for (group, count), colour in zip(groups.items(), group_colours, strict=True):
            part = flat[first : first + count]
            ax.scatter(
                *part.T, s=14 if group == "class units" else 3, color=colour, label=group, linewidths=0
            )
            first += count
        ax.add_patch(plt.Circle((0, 0), 1, fill=False, color="#7a7a7a", linewidth=0.6))
        ax.set(xlim=(-1.08, 1.08), ylim=(-1.08, 1.08), aspect="equal", xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    column[0].set_title(titles[name], fontsize="small")
axes[0, 0].set_ylabel("before")
axes[1, 0].set_ylabel("after")
handles, texts = axes[0, 0].get_legend_handles_labels()
figure.legend(handles, texts, loc="outside lower center", ncols=3, fontsize="small")
results.figure(figure, "spheres")

# %% [markdown]
# ## Gram matrices
#
# The scalar products of the same digit's oscillators. Units stand by kind, and within a kind in the order of the
# direction that is strongest after recall, which is the same order before and after.

# %%
boundaries = np.cumsum(list(groups.values()))[:-1]
kinds = np.repeat(range(len(groups)), list(groups.values()))
figure, axes = plt.subplots(
    2, len(networks), figsize=(2.3 * len(networks), 4.9), squeeze=False, layout="constrained"
)
for column, name in zip(axes.T, names, strict=True):
    before_recall, after_recall = moved[name]
    strongest = np.linalg.svd(after_recall, full_matrices=False)[2][0]
    order = np.lexsort((after_recall @ strongest, kinds))
    for ax, mu in zip(column, (before_recall, after_recall), strict=True):
        gram = correction(jnp.asarray(mu[order]), jnp.asarray(1.0)).matrix
        image = ax.imshow(gram, cmap="RdBu_r", vmin=-1, vmax=1)
        for boundary in boundaries:
            ax.axhline(boundary - 0.5, color="black", linewidth=0.4)
            ax.axvline(boundary - 0.5, color="black", linewidth=0.4)
        ax.set(xticks=[], yticks=[])
    column[0].set_title(titles[name], fontsize="small")
axes[0, 0].set_ylabel("before")
axes[1, 0].set_ylabel("after")
figure.colorbar(image, ax=axes, label="μᵢᵀμⱼ", shrink=0.6, ticks=(-1, 0, 1))
results.figure(figure, "grams")

# %% [markdown]
# ## The start
#
# The paper's start for the associative tasks points nearly all oscillators one way. Random directions keep the image
# in the scalar products with the first oscillator and are incoherent.

# %%
by_edit = wide.set_index("edit")
starting = spectra.pivot(
    index="edit", columns="moment", values=["coherence", "effective rank", "largest eigenvalue"]
)
starting.columns = [f"{quantity} {moment}" for quantity, moment in starting.columns]
starts_table = (
    starting.join(spectra.groupby("edit")[["strength", "steps"]].first())
    .join(by_edit[["adaptive test"]])
    .loc[names]
)
starts_table.insert(0, "task", [tasks[name] for name in names])
starts_table.insert(
    1, "start", [starts[name] if tasks[name].startswith("associative") else "learned μ(0)" for name in names]
)
starts_table = starts_table.rename(
    columns={"strength": "κ", "steps": "solver steps", "adaptive test": "test accuracy, %"}
).reset_index(drop=True)
results.table(starts_table, "starts", precision=3)
starts_table

# %%
keys = dict(zip(EDITING_TASKS, ("conflation", "swap", "assoc_conflation", "assoc_swap"), strict=True))
numbers = []
for (task, start), rows in wide.groupby(["dataset", "start"], sort=False):
    if start == "learned" or task.startswith("associative"):
        key = keys[task] + ("" if start == "learned" else f"_{start}")
        row = rows.iloc[0]
        numbers += [
            Headline(
                f"{key}_test",
                f"accuracy, {task} ({start} start), test",
                float(row["adaptive test"]),
                n=len(labels),
                unit="%",
                precision=1,
            ),
            Headline(f"{key}_k", f"neighbours k, {task} ({start} start)", int(row["k"]), precision=0),
            Headline(f"{key}_D", f"D, {task} ({start} start)", int(row["D"]), precision=0),
            Headline(f"{key}_updates", f"updates, {task} ({start} start)", int(row["updates"]), precision=0),
        ]
results.headline(
    *numbers,
    Headline(
        "solver_difference",
        "largest difference of fixed step and adaptive, test, points",
        float(wide["solver difference"].abs().max()),
        precision=2,
    ),
    Headline(
        "sizes_exact",
        "rows of Table 4 that agree to the paper's rounding",
        int((sizes["rounded to 10⁴"] == sizes["paper's"]).sum()),
        n=len(sizes),
        precision=0,
    ),
    Headline("edits", "edits made", len(names), precision=0),
    Headline(
        "exchange_eigenvalue",
        "eigenvalues ±λ of the exact exchange of 0 and 1",
        float(exchanged.eigenvalue),
        precision=1,
    ),
    *(
        Headline(
            f"exchange_{key}",
            f"accuracy without oscillators, {name}, {part} {times:g} times",
            float(by_part.loc[(part, times), name]),
            n=len(some),
            unit="%",
            precision=1,
        )
        for key, part, times, name in (
            ("none", "both", 0.0, "no edit"),
            ("swap", "both", 1.0, "swap"),
            ("swap_positive", "positive part", 1.5, "swap"),
            ("swap_negative", "negative part", 1.5, "swap"),
        )
    ),
    Headline(
        "solver_steps", "most steps that the adaptive solver took", int(spectra["steps"].max()), precision=0
    ),
)
