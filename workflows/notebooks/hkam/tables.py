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
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder
from hkam.digits.reference import paper_accuracies
from hkam.digits.tables import fewest_weights, measured_accuracies, over_seeds, table_cells, trained_most
from hkam.digits.tasks import EDITING_TASKS

use_style()
results = ResultsFolder(output)
every_row, reference = measured_accuracies(), paper_accuracies()
rows = trained_most(every_row)
test = rows[rows["split"] == "test"]
learned = test[test["start"] == "learned"]

measurements = (
    every_row.astype({"task": str})
    .melt(
        id_vars=[name for name in every_row if name not in ("adaptive", "fixed_step")],
        value_vars=["adaptive", "fixed_step"],
        var_name="variant",
        value_name="value",
    )
    .rename(columns={"task": "dataset", "profile": "made_by"})
)
results.metrics(measurements, metric="accuracy", unit="%", profile=profile)

# %% [markdown]
# ## Tables 2 and 3
#
# One row a cell: the mean over seeds, beside the paper's. The paper prints one row for D = 4 and 6 in the tasks with
# a cue.

# %%
cells = table_cells(rows, reference)
about = ["task", "k", "D", "seeds", "updates", "steps", "profile", "commit"]
quantities = ["here", "paper", "difference"]
order = [f"{split}: {quantity}" for split in ("train", "test") for quantity in quantities]
for table, name in (("Table 2", "second"), ("Table 3", "third")):
    of_table = cells[cells["table"] == table].rename(columns={"mean": "here"})
    wide = of_table.pivot(index=about, columns="split", values=quantities)
    wide.columns = [f"{split}: {quantity}" for quantity, split in wide.columns]
    wide = wide.reset_index().sort_values(["task", "k", "D"])
    results.table(wide[["task", "k", "D", *order, *about[3:]]], name, precision=1)
cells

# %% [markdown]
# Every edit at full size as a dot, lines through the means of the seeds, the paper's numbers as crosses. Dotted: the
# classifier before the edit on digits as they are, here (coloured) and in the paper (black), and, below, the paper's on
# the labels of the task.

# %%
colours = dict(zip(EDITING_TASKS, ("#3b5b92", "#4a7c59", "#d1603d", "#8a4f7d"), strict=True))
neighbours = [150, 250, 350, 450]
pretrained = reference[reference["table"] == "Table 1"].set_index(["row", "column"])["value"]
figure, axes = plt.subplots(1, 4, figsize=(11, 3.1), sharey=True, layout="constrained")
for ax, task in zip(axes, EDITING_TASKS, strict=True):
    of_task = learned[(learned["task"] == task) & learned["k"].isin(neighbours)]
    means = cells[(cells["task"] == task) & (cells["split"] == "test")]
    for D, line in ((4, "-"), (6, "--")):
        one, mean = of_task[of_task["D"] == D], means[means["D"] == D]
        if len(one):
            ax.scatter(one["k"], one["adaptive"], s=16, color=colours[task], linewidths=0, zorder=3)
            face = colours[task] if D == 4 else "white"
            look = {"marker": "o", "markersize": 5, "markerfacecolor": face, "linewidth": 1.2, "zorder": 4}
            ax.plot(mean["k"], mean["mean"], line, color=colours[task], label=f"here, D = {D}", **look)
        cued = task.startswith("associative")
        keys = [f"k={k} D=4,6" if cued else f"k={k} D={D}" for k in neighbours]
        theirs = (
            reference[reference["column"] == f"{task} test accuracy"].set_index("row")["value"].reindex(keys)
        )
        marker = {"marker": "x", "linestyle": line, "linewidth": 0.8, "color": "#7a7a7a"}
        if D == 4 or not cued:
            ax.plot(neighbours, theirs, label="the paper" + ("" if cued else f", D = {D}"), **marker)
    if len(of_task):
        ax.axhline(of_task["classifier"].mean(), color=colours[task], linewidth=0.6, linestyle=":")
    ax.axhline(pretrained["MNIST", "test accuracy"], color="black", linewidth=0.6, linestyle=":")
    ax.axhline(pretrained[task, "test accuracy"], color="black", linewidth=0.6, linestyle=":")
    ax.set(title=task, xlabel="neighbours k", xticks=neighbours)
    ax.legend(fontsize="x-small", loc="lower right")
axes[0].set_ylabel("test accuracy, %")
results.figure(figure, "cells")

# %% [markdown]
# ## How few oscillator weights are enough
#
# Every k and D that was tried with a learned start, against the entries of R and S. Dotted: no edit, on the labels of
# the task, in the paper; dash-dotted: the classifier before the edit on digits as they are, here.

# %%
few = over_seeds(learned, ["task", "D", "k", "weights"])
figure, axes = plt.subplots(1, 4, figsize=(11, 3.1), sharex=True, sharey=True, layout="constrained")
dimensions = sorted(few["D"].unique())
marks = dict(zip(dimensions, "osD^v", strict=False))
tones = dict(
    zip(dimensions, plt.get_cmap("viridis_r")(np.linspace(0.15, 0.95, len(dimensions))), strict=True)
)
for ax, task in zip(axes, EDITING_TASKS, strict=True):
    for D, of_size in few[few["task"] == task].groupby("D"):
        ax.plot(
            of_size["weights"],
            of_size["mean"],
            marker=marks[D],
            color=tones[D],
            markersize=4,
            linewidth=0.9,
            label=f"D = {D}",
        )
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
least = few.pivot(index=["task", "D"], columns="k", values="mean").add_prefix("k = ").reset_index()
results.table(least.astype(object).where(least.notna(), None), "least_table", precision=1)
least

# %% [markdown]
# The edit with the fewest entries of R and S whose test accuracy reaches 97 %, of those that were made, and the
# paper's.

# %%
enough = fewest_weights(every_row, reference, accuracy=97.0).rename(
    columns={
        "weights": "entries of R and S",
        "mean": "here, %",
        "paper_k": "the paper's k",
        "paper_weights": "the paper's entries",
        "paper": "the paper's, %",
    }
)
enough = enough.astype(dict.fromkeys(["k", "D", *enough.filter(regex="entries|s k$")], "Int64")).astype(
    object
)
results.table(enough.where(enough.notna(), None), "enough", precision=1)
enough

# %% [markdown]
# ## The start, over seeds
#
# Edits with as many updates as each other are to be compared. Dotted: no edit, on the labels of the task, in the paper;
# dash-dotted: the classifier before the edit on digits as they are, here.

# %%
starts = every_row[
    every_row["task"].str.startswith("associative") & (every_row["split"] == "test") & (every_row["k"] == 150)
]
starts = starts[starts["steps"] == starts["steps"].max()]
by_start = over_seeds(starts, ["task", "D", "updates", "start"])
by_start = by_start[["task", "D", "updates", "start", "mean", "lowest", "highest", "seeds"]]
results.table(by_start, "starts", precision=1)
by_start

# %%
with_starts = starts.groupby("task", observed=True).filter(lambda of_task: of_task["start"].nunique() > 1)
figure, ax = plt.subplots(figsize=(5.2, 3), layout="constrained")
if len(with_starts):
    sns.stripplot(
        with_starts[with_starts["D"] == 4],
        x="adaptive",
        y="start",
        hue="updates",
        order=["coherent", "incoherent", "learned"],
        palette=dict(
            zip(sorted(with_starts["updates"].unique()), ("#b9b9b9", "#8a4f7d", "black"), strict=False)
        ),
        dodge=True,
        jitter=False,
        size=6,
        ax=ax,
    )
    ax.axvline(with_starts["classifier"].mean(), color="black", linewidth=0.6, linestyle="-.")
    ax.legend(title="updates", loc=(0.55, 0.62), fontsize="small", title_fontsize="small")
ax.axvline(pretrained["associative swap", "test accuracy"], color="black", linewidth=0.6, linestyle=":")
ax.set(title="associative swap, k = 150, D = 4", xlabel="test accuracy, %", ylabel="start")
results.figure(figure, "starts")

# %% [markdown]
# ## An edit learns its solver
#
# Edits that were trained twice, with few and with more steps of Heun's method over t ∈ [0, 1]: what the training's
# solver reads, and what the adaptive one does.

# %%
of_edit = ["task", "k", "D", "seed"]
trained_twice = every_row[
    (every_row["split"] == "test")
    & every_row.groupby([*of_edit, "start"], observed=True)["steps"].transform("nunique").gt(1)
]
by_steps = (
    trained_twice.assign(lost=trained_twice["fixed_step"] - trained_twice["adaptive"])
    .sort_values([*of_edit, "steps", "updates"])
    .rename(columns={"fixed_step": "training's steps", "lost": "difference"})
)
by_steps = by_steps[[*of_edit, "steps", "updates", "training's steps", "adaptive", "difference"]]
results.table(by_steps, "steps", precision=1)
by_steps

# %%
at_150 = learned[learned["k"] == 150]
numbers = [
    Headline(
        f"{name.replace(' ', '_').replace('associative', 'assoc')}_k150",
        f"accuracy, {name}, k = 150, test, mean of seeds and D",
        float(of_task["adaptive"].mean()),
        n=len(of_task),
        unit="%",
        precision=1,
    )
    for name, of_task in at_150.groupby("task", observed=True)
]
for table, name in (("Table 2", "second"), ("Table 3", "third")):
    of_table = cells[cells["table"] == table]
    wanted = int((reference["table"] == table).sum()) * (2 if table == "Table 3" else 1)
    numbers += [
        Headline(
            f"{name}_cells", f"accuracies of {table} made, of {wanted}", len(of_table), n=wanted, precision=0
        ),
        Headline(f"{name}_wanted", f"accuracies of {table} wanted", wanted, precision=0),
        Headline(
            f"{name}_reached",
            f"accuracies of {table} at or above the paper's",
            int(of_table["reached"].sum()),
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
    *(
        Headline(
            f"paper_classifier_{split}",
            f"the paper's, before the edits, {split}",
            float(pretrained["MNIST", f"{split} accuracy"]),
            unit="%",
            precision=1,
        )
        for split in ("train", "test")
    ),
    Headline(
        "solver_difference",
        "largest difference of fixed step and adaptive, test, points",
        float((test["fixed_step"] - test["adaptive"]).abs().max()),
        precision=2,
    ),
    Headline(
        "hours", "hours that making them took, added up", float(test["minutes"].sum() / 60), precision=1
    ),
)
