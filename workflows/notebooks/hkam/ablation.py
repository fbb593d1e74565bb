# %% [markdown]
# # What holds an edit back
#
# **Asked.** Equation (18) couples all pairs of units, and here the oscillators start at random. One may choose
# otherwise: κ couples only the neighbours on a second small world, the oscillators start all one way, R and S start at
# random. Which of these choices does an edit need?
#
# The edits were made at full size by the same rules as the ones of the default profile under the profile `tables`.
# Their accuracies are data of the package, with the commit that made each.

# %% tags=["parameters"]
output = "results/smoke/hkam/ablation"
profile = "smoke"

# %%
import matplotlib.pyplot as plt

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder
from hkam.digits.drawing import ablation_panels
from hkam.digits.reference import paper_accuracies
from hkam.digits.tables import ABLATION, ablation, measured_accuracies, tidy_accuracies

use_style()
results = ResultsFolder(output)
every_row, reference = measured_accuracies(), paper_accuracies()
cases = ablation(every_row)
kept = every_row[every_row["label"] == ABLATION]
results.metrics(tidy_accuracies(kept), metric="accuracy", unit="%", profile=profile)

# %% [markdown]
# ## Three choices
#
# The swap and the associative swap with k = 150 and D = 4, of one seed, read on test images with the adaptive solver.
# All edits of a task have as many updates. In the task with a cue the start that is not learned is the paper's, in the
# other one all oscillators start at the same point and the start is learned from there. Dotted: no edit, on the labels
# of the task, in the paper.

# %%
figure = plt.figure(figsize=(11, 3.4), layout="constrained")
ablation_panels(figure, cases, reference)
results.figure(figure, "ablation")

# %%
shown = ["task", "coupling", "start", "first_weights", "mean", "n", "updates", "seeds", "commit"]
names = {"first_weights": "R and S", "mean": "test accuracy, %", "n": "images", "seeds": "seed"}
table = cases[shown].rename(columns=names)
results.table(table, "cases", precision=2)
table

# %% [markdown]
# The sentences on the page hold only if each of the two choices alone, mask or start, leaves an edit near the accuracy
# without one, and the start of R and S changes little.

# %%
free, held = cases[cases["free"]], cases[~cases["free"]]
of_task = {
    kind: rows.groupby("task", observed=True)["mean"] for kind, rows in (("free", free), ("held", held))
}
assert (of_task["free"].min() - of_task["held"].max() > 5).all()
assert (of_task["free"].max() - of_task["free"].min() < 1).all()

# %%
numbers = []
for task, key in (("swap", "swap"), ("associative swap", "assoc_swap")):
    for kind, means in of_task.items():
        least, most = means.min()[task], means.max()[task]
        numbers += [
            Headline(f"{key}_{kind}_least", f"least accuracy, {task}, {kind}", least, unit="%", precision=1),
            Headline(f"{key}_{kind}_most", f"most accuracy, {task}, {kind}", most, unit="%", precision=1),
        ]
    updates = int(cases.loc[cases["task"] == task, "updates"].iloc[0])
    numbers.append(Headline(f"{key}_updates", f"updates, {task}", updates, precision=0))
results.headline(*numbers, Headline("images", "test images read", int(cases["n"].min()), precision=0))
