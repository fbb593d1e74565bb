# %% [markdown]
# # The paper's tables, cell by cell
#
# **Asked.** How good are the edits with as many neighbours k and degrees of freedom D as the paper used (Tables 2 and
# 3), over seeds? How few oscillator weights are enough? And what does the start do, over seeds?
#
# The edits were made by the same rules as the ones of the default profile under the profile `tables`,
# which takes hours. Their accuracies are data of the package, with the commit that made each.

# %% tags=["parameters"]
output = "results/smoke/hkam/tables"
profile = "smoke"

# %%
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, join_reference
from hkam.editing import EDITING_TASKS

use_style()
results = ResultsFolder(output)
with (files("hkam") / "measured.csv").open() as file:
    rows = pd.read_csv(file)
with (files("hkam") / "reference.csv").open() as file:
    reference = pd.read_csv(file)
assert rows["commit"].str.fullmatch("[0-9a-f]{7,40}").all(), "every row must name the commit that made it"

measurements = rows.melt(
    id_vars=[name for name in rows if name not in ("adaptive", "fixed_step")],
    value_vars=["adaptive", "fixed_step"],
    var_name="variant",
    value_name="value",
).rename(columns={"task": "dataset", "profile": "made_by"})
results.metrics(measurements, metric="accuracy", unit="%", profile=profile)

# %% [markdown]
# ## Tables 2 and 3
#
# One row a cell: the mean over seeds, beside the paper's, and beside what the classifier made of the digits before the
# edit, which an edit keeps at best, up to what it learns besides. The paper prints one row for D = 4 and 6 in the tasks
# with a cue.

# %%
colours = dict(zip(EDITING_TASKS, ("#3b5b92", "#4a7c59", "#d1603d", "#8a4f7d"), strict=True))
cued = rows["task"].str.startswith("associative")
rows["table"] = np.where(cued, "Table 3", "Table 2")
rows["row"] = "k=" + rows["k"].astype(str) + np.where(cued, " D=4,6", " D=" + rows["D"].astype(str))
rows["column"] = rows["task"] + " " + rows["split"] + " accuracy"
rows["order"] = rows["task"].map(list(EDITING_TASKS).index)
joined = join_reference(rows.assign(value=rows["adaptive"]), reference, on=("table", "row", "column"))
printed = joined[joined["paper"].notna() & (joined["start"] == "learned")]


def spelt(values):
    """Every value once, in order."""
    return ", ".join(str(value) for value in sorted(set(values)))


cells = (
    printed.groupby(["table", "order", "task", "D", "k", "split"])
    .agg(
        here=("adaptive", "mean"),
        least=("adaptive", "min"),
        fixed=("fixed_step", "mean"),
        paper=("paper", "first"),
        classifier=("classifier", "mean"),
        seeds=("seed", spelt),
        updates=("updates", spelt),
        profile=("profile", spelt),
        commit=("commit", lambda commits: spelt(commit[:7] for commit in commits)),
    )
    .reset_index()
)
cells["difference"] = cells["here"] - cells["paper"]
cells["at least"] = cells["here"].round(1) >= cells["paper"]
for table, name in (("Table 2", "second"), ("Table 3", "third")):
    of_table = cells[cells["table"] == table]
    wide = of_table.pivot(
        index=["order", "task", "D", "k", "seeds", "updates", "profile", "commit"],
        columns="split",
        values=["here", "paper", "difference", "classifier"],
    )
    wide.columns = [f"{split}: {quantity}" for quantity, split in wide.columns]
    order = [
        f"{split}: {quantity}"
        for split in ("train", "test")
        for quantity in ("here", "paper", "difference", "classifier")
    ]
    shown = wide.reindex(columns=order).reset_index().drop(columns="order")
    results.table(
        shown[["task", "k", "D", *order, "seeds", "updates", "profile", "commit"]], name, precision=1
    )
cells[["task", "k", "D", "split", "here", "least", "paper", "difference", "seeds", "updates"]]

# %% [markdown]
# Every edit at full size as a dot, lines through the means of the seeds, the paper's numbers as crosses. Dotted: the
# classifier before the edit on digits as they are, here (coloured) and in the paper (black), and, below, the paper's on
# the labels of the task.

# %%
pretrained = reference[reference["table"] == "Table 1"].set_index(["row", "column"])["value"]
figure, axes = plt.subplots(1, 4, figsize=(11, 3.1), sharey=True, layout="constrained")
for ax, task in zip(axes, EDITING_TASKS, strict=True):
    of_task = printed[(printed["task"] == task) & (printed["split"] == "test")]
    for D, line in ((4, "-"), (6, "--")):
        one = of_task[of_task["D"] == D]
        if len(one):
            ax.scatter(one["k"], one["adaptive"], s=16, color=colours[task], linewidths=0, zorder=3)
            means = one.groupby("k")["adaptive"].mean()
            face = colours[task] if D == 4 else "white"
            look = {"marker": "o", "markersize": 5, "markerfacecolor": face, "linewidth": 1.2, "zorder": 4}
            ax.plot(means.index, means, line, color=colours[task], label=f"here, D = {D}", **look)
        column = f"{task} test accuracy"
        keys = [
            f"k={k} D=4,6" if task.startswith("associative") else f"k={k} D={D}" for k in (150, 250, 350, 450)
        ]
        theirs = reference[(reference["column"] == column)].set_index("row")["value"].reindex(keys)
        marker = {"marker": "x", "linestyle": line, "linewidth": 0.8, "color": "#7a7a7a"}
        if D == 4 or not task.startswith("associative"):
            name = "the paper" + ("" if task.startswith("associative") else f", D = {D}")
            ax.plot([150, 250, 350, 450], theirs, label=name, **marker)
    if len(of_task):
        ax.axhline(of_task["classifier"].mean(), color=colours[task], linewidth=0.6, linestyle=":")
    ax.axhline(pretrained["MNIST", "test accuracy"], color="black", linewidth=0.6, linestyle=":")
    ax.axhline(pretrained[task, "test accuracy"], color="black", linewidth=0.6, linestyle=":")
    ax.set(title=task, xlabel="neighbours k", xticks=[150, 250, 350, 450])
    ax.legend(fontsize="x-small", loc="lower right")
axes[0].set_ylabel("test accuracy, %")
results.figure(figure, "cells")

# %% [markdown]
# ## How few oscillator weights are enough
#
# Every k and D that was tried with a learned start, against the entries of R and S. Dotted: no edit, on the labels of
# the task, in the paper; dash-dotted: the classifier before the edit on digits as they are, here.

# %%
test = rows[rows["split"] == "test"]
few = test[test["start"] == "learned"]
figure, axes = plt.subplots(1, 4, figsize=(11, 3.1), sharex=True, sharey=True, layout="constrained")
marks = dict(zip(sorted(few["D"].unique()), "osD^v", strict=False))
for ax, task in zip(axes, EDITING_TASKS, strict=True):
    for D, of_size in few[few["task"] == task].groupby("D"):
        means = of_size.groupby("weights")["adaptive"].mean()
        ax.plot(means.index, means, marker=marks[D], markersize=4, linewidth=0.9, label=f"D = {D}")
    ax.axhline(pretrained[task, "test accuracy"], color="black", linewidth=0.6, linestyle=":")
    ax.axhline(few["classifier"].mean(), color="black", linewidth=0.6, linestyle="-.")
    ax.set(title=task, xlabel="entries of R and S")
    if ax.get_legend_handles_labels()[0]:
        ax.set_xscale("log")
        ax.legend(fontsize="small")
    else:
        ax.set_xticks([])
        ax.text(0.5, 0.5, "no cell has been made", transform=ax.transAxes, ha="center")
axes[0].set_ylabel("test accuracy, %")
results.figure(figure, "least")
least = (
    few.groupby(["order", "task", "D", "k", "weights"])["adaptive"]
    .mean()
    .reset_index()
    .pivot(index=["order", "task", "D"], columns="k", values="adaptive")
    .reset_index()
    .drop(columns="order")
    .rename(columns=lambda name: f"k = {name}" if isinstance(name, int) else name)
)
results.table(least.astype(object).where(least.notna(), None), "least_table", precision=1)
least

# %% [markdown]
# ## The start, over seeds

# %%
starts = test[test["task"].str.startswith("associative") & (test["k"] == 150)]
by_start = (
    starts.groupby(["order", "task", "D", "start"])
    .agg(
        mean=("adaptive", "mean"),
        lowest=("adaptive", "min"),
        highest=("adaptive", "max"),
        seeds=("seed", spelt),
        updates=("updates", spelt),
    )
    .reset_index()
    .drop(columns="order")
)
results.table(by_start, "starts", precision=1)
by_start

# %%
at_150 = test[(test["k"] == 150) & (test["start"] == "learned")]
numbers = [
    Headline(
        f"{name.replace(' ', '_').replace('associative', 'assoc')}_k150",
        f"accuracy, {name}, k = 150, test, mean of seeds and D",
        float(of_task["adaptive"].mean()),
        n=len(of_task),
        unit="%",
        precision=1,
    )
    for name, of_task in at_150.groupby("task")
]
for table, name in (("Table 2", "second"), ("Table 3", "third")):
    of_table = cells[cells["table"] == table]
    wanted = int((reference["table"] == table).sum()) * (2 if table == "Table 3" else 1)
    numbers += [
        Headline(
            f"{name}_cells", f"accuracies of {table} made, of {wanted}", len(of_table), n=wanted, precision=0
        ),
        Headline(
            f"{name}_reached",
            f"accuracies of {table} at or above the paper's",
            int(of_table["at least"].sum()),
            n=len(of_table),
            precision=0,
        ),
    ]
results.headline(
    *numbers,
    Headline("edits", "edits made at full size", len(test), precision=0),
    *(
        Headline(f"{split}_images", f"{split} images read, at least", int(of_split["n"].min()), precision=0)
        for split, of_split in rows.groupby("split")
    ),
    *(
        Headline(
            f"classifier_{split}",
            f"accuracy of the classifier before the edits, {split}",
            float(of_split["classifier"].mean()),
            unit="%",
            precision=1,
        )
        for split, of_split in rows.groupby("split")
    ),
    Headline(
        "solver_difference",
        "largest difference of fixed step and adaptive, test, points",
        float((test["fixed_step"] - test["adaptive"]).abs().max()),
        precision=2,
    ),
    Headline("hours", "hours that making them took", float(test["minutes"].sum() / 60), precision=1),
)
