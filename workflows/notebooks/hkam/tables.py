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

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, headlines
from hkam.digits.cell_counts import count_cells
from hkam.digits.comparisons import compare_steps, edits_by_start
from hkam.digits.drawing import cell_panels, start_dots, weight_panels
from hkam.digits.reference import paper_accuracies
from hkam.digits.table_columns import cell_columns, fewest_columns, neighbour_columns
from hkam.digits.tables import (
    fewest_weights,
    measured_accuracies,
    over_seeds,
    table_cells,
    tidy_accuracies,
    trained_most,
)
from hkam.digits.titles import task_key

use_style()
results = ResultsFolder(output)
every_row, reference = measured_accuracies(), paper_accuracies()
rows = trained_most(every_row)
test = rows[rows["split"] == "test"]
printed = test[(test["coupling"] == "all pairs") & (test["first_weights"] == "zero")]
learned = printed[printed["start"] == "learned"]

results.metrics(tidy_accuracies(every_row), metric="accuracy", unit="%", profile=profile)

# %% [markdown]
# ## Tables 2 and 3
#
# One row per cell: the mean over seeds, beside the paper's, with half the 95 % interval of the images read. The paper
# prints one row for D = 4 and 6 in the tasks with a cue. `lost`: by how much an edit is below its own classifier.

# %%
cells = table_cells(rows, reference)
results.table(cell_columns(cells, "Table 2"), "second", precision=1)
results.table(cell_columns(cells, "Table 3"), "third", precision=1)
cells

# %% [markdown]
# Every edit at full size as a dot, lines through the means of the seeds, the paper's numbers as crosses. Dotted: the
# classifier before the edit on digits as they are, here (coloured) and in the paper (black), and, below, the paper's on
# the labels of the task.

# %%
figure = plt.figure(figsize=(11, 3.1), layout="constrained")
cell_panels(figure, learned, cells, reference)
results.figure(figure, "cells")

# %% [markdown]
# ## How few oscillator weights are enough
#
# Every k and D that was tried with a learned start, against the entries of R and S. Dotted: no edit, on the labels of
# the task, in the paper; dash-dotted: the classifier before the edit on digits as they are, here.

# %%
few = over_seeds(learned, ["task", "D", "k", "weights"])
figure = plt.figure(figsize=(11, 3.1), layout="constrained")
weight_panels(figure, few, reference)
results.figure(figure, "least")
least = neighbour_columns(few)
results.table(least, "least_table", precision=1)
least

# %% [markdown]
# The edit with the fewest entries of R and S whose test accuracy reaches 97 %, of those that were made, and the
# paper's.

# %%
enough = fewest_columns(fewest_weights(every_row, reference, accuracy=97.0))
results.table(enough, "enough", precision=1)
enough

# %% [markdown]
# ## The start, over seeds
#
# Edits with as many updates as each other are to be compared. Dotted: no edit, on the labels of the task, in the paper;
# dash-dotted: the classifier before the edit on digits as they are, here.

# %%
starts = edits_by_start(every_row, k=150)
by_start = over_seeds(starts, ["task", "D", "updates", "start"])
by_start = by_start[["task", "D", "updates", "start", "mean", "lowest", "highest", "seeds"]]
results.table(by_start, "starts", precision=1)
by_start

# %%
with_starts = starts.groupby("task", observed=True).filter(lambda of_task: of_task["start"].nunique() > 1)
figure, ax = plt.subplots(figsize=(5.2, 3), layout="constrained")
start_dots(ax, with_starts[with_starts["D"] == 4], reference, task="associative swap")
ax.set_title("associative swap, k = 150, D = 4")
results.figure(figure, "starts")

# %% [markdown]
# ## An edit learns its solver
#
# Edits that were trained twice, with few and with more steps of Heun's method over t ∈ [0, 1]: what the training's
# solver reads, and what the adaptive one does.

# %%
by_steps = compare_steps(every_row)
results.table(by_steps, "steps", precision=1)
by_steps

# %%
at_150 = over_seeds(learned[learned["k"] == 150], ["task"])
edits_at_150 = learned[learned["k"] == 150].groupby("task", observed=True).size()
at_150 = at_150.assign(key=at_150["task"].astype(str).map(task_key), n=edits_at_150.to_numpy())
results.headline(
    *headlines(at_150, "{key}_k150",
               "accuracy, {task}, k = 150, test, mean of seeds and D", unit="%", precision=1),
    *headlines(count_cells(cells, reference), "{key}", "{label}", value="value", precision=0),
    Headline("edits", "edits made at full size", int((every_row["split"] == "test").sum()), precision=0),
    *(
        number
        for split, of_split in rows.groupby("split")
        for number in (
            Headline(f"{split}_images", f"{split} images read, at least", int(of_split["n"].min()), precision=0),
            Headline(f"classifier_{split}", f"accuracy of the classifier before the edits, {split}",
                     float(of_split["classifier"].mean()), unit="%", precision=1),
        )
    ),
    *headlines(
        reference[(reference["table"] == "Table 1") & (reference["row"] == "MNIST")].assign(
            split=lambda first: first["column"].str.removesuffix(" accuracy")
        ),
        "paper_classifier_{split}", "the paper's, before the edits, {split}", value="value", unit="%", precision=1,
    ),
    Headline("solver_difference", "largest difference of fixed step and adaptive, test, points",
             float((test["fixed_step"] - test["adaptive"]).abs().max()), precision=2),
    Headline("hours", "hours that making them took, added up", float(test["minutes"].sum() / 60), precision=1),
)  # fmt: skip
