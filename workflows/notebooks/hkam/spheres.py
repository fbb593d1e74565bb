# %% [markdown]
# # When oscillators on spheres disagree
#
# **Asked.** The energy theorem wants one rotation Ω for all. What happens if every oscillator has its own, in any
# number of dimensions: where do they begin to agree, and does it begin with a jump? And can such rotations drive a
# memory out of a minimum of its energy, as section 3.2 of the paper suggests?

# %% tags=["parameters"]
output = "results/smoke/hkam/spheres"
oscillators = 100
dimensions = [1, 2]
couplings = [0.4, 0.8, 1.6, 3.0]
duration = 60.0
step = 0.05
seeds = [0]
driven = [1, 2]
strengths = [0.0, 0.25, 3.0]
drives = 3

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder
from hkam.analysis import DRIVES, driven_groups, driven_out, sphere_transitions, transition_table
from hkam.analysis.drawing import drive_panels, sphere_panels

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## Where agreement begins
#
# All oscillators attract each other equally; the entries of each Ω are normal numbers of variance one. The order
# parameter is averaged over the second half of each run, once from scattered and once from equal oscillators.

# %%
columns = [d + 1 for d in dimensions]
measured = sphere_transitions(oscillators, columns, np.array(couplings), seeds, duration=duration, step=step)
figure, (even, odd) = plt.subplots(1, 2, figsize=(9.5, 3.9), sharey=True)
sphere_panels(even, odd, measured)
results.figure(figure, "transition")

# %%
table = transition_table(measured, oscillators)
results.table(
    table.astype({"D": str}).rename(
        columns={
            "weakest": "r at the weakest coupling",
            "expected": "expected",
            "chance": "r of chance",
            "apart": "largest distance between the starts",
            "where": "at K =",
        }
    ),
    "transitions",
    precision=2,
)
table

# %% [markdown]
# At the weakest coupling oscillators in an even number of dimensions are as good as unrelated. In an odd number they
# are not: each has an axis that its rotation leaves alone.

# %%
even_rows, odd_rows = (table[(table["D"] + 1) % 2 == rest] for rest in (0, 1))
assert (even_rows["weakest"] < 2.5 * even_rows["chance"]).all()
assert ((odd_rows["weakest"] - odd_rows["expected"]).abs() < 0.12).all()

# %% [markdown]
# ## Out of a minimum
#
# Two groups of six oscillators, near a minimum of Example 4's energy in which the groups are orthogonal. A rotation is
# switched on for a time of 10 and off again: each oscillator's own, or one for all of the same size.

# %%
left_minimum = driven_out([d + 1 for d in driven], strengths, range(drives))
examples = {kind: driven_groups(driven[-1] + 1, max(strengths), kind, seed=0) for kind in DRIVES}
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8))
drive_panels(left, right, examples, 10.0, left_minimum)
results.figure(figure, "driven")

# %% [markdown]
# One Ω for all never raises the energy beyond what the solver's tolerance leaves, and never leads elsewhere. The
# strongest rotations of their own always raise it.

# %%
own, shared = (left_minimum[left_minimum["variant"] == kind] for kind in DRIVES)
strongest = own[own["strength"] == max(strengths)]
assert shared["value"].max() == 0
assert shared["rise"].max() < 1e-3
assert strongest["rise"].min() > 0.1
metrics = [
    measured.assign(variant="D = " + measured["D"].astype(str), metric="order parameter"),
    left_minimum.assign(metric="another minimum"),
]
results.metrics(pd.concat(metrics, ignore_index=True), dataset="random rotations")

# %%
first = {rest: rows.iloc[0] for rest, rows in (("even", even_rows), ("odd", odd_rows))}
led = own.groupby("strength")["value"].max()
safe = led.index[(led == 0).cummin()].max()
results.headline(
    Headline("weakest", "weakest coupling", min(couplings), precision=2),
    Headline(
        "odd", f"r at the weakest coupling, D = {first['odd']['D']:.0f}", first["odd"]["weakest"], precision=2
    ),
    Headline(
        "odd_expected", f"expected r, D = {first['odd']['D']:.0f}", first["odd"]["expected"], precision=2
    ),
    Headline(
        "even",
        f"r at the weakest coupling, D = {first['even']['D']:.0f}",
        first["even"]["weakest"],
        precision=2,
    ),
    Headline("chance", "r of unrelated oscillators", oscillators**-0.5, precision=2),
    Headline("apart", "largest distance between the two starts", table["apart"].max(), precision=2),
    Headline("oscillators", "oscillators", oscillators, precision=0),
    Headline(
        "gone", "another minimum, strongest rotation", 100 * strongest["value"].mean(), unit="%", precision=0
    ),
    Headline("strongest", "strongest rotation", max(strengths), precision=1),
    Headline("safe", "strongest rotation that led elsewhere in no dimension", safe, precision=2),
    Headline(
        "rise_own", "least rise of the energy, strongest rotation", strongest["rise"].min(), precision=2
    ),
    Headline("rise_shared", "largest rise of the energy, one Ω", shared["rise"].max(), precision=7),
)
