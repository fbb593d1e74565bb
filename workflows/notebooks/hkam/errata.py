# %% [markdown]
# # Misprints, in numbers
#
# **Asked.** Several formulas of the paper cannot be right as printed. For each, one number is computed that is zero
# if the formula is right: with the printed formula, and with the corrected one. It is the largest over a few random
# networks, for a wrong rate may come out right at one state by chance.

# %% tags=["parameters"]
output = "results/smoke/hkam/errata"
seeds = [0]

# %%
import jax
import matplotlib.pyplot as plt
import numpy as np

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder
from hkam.analysis import errata_formulas, errata_measurements
from hkam.analysis.drawing import evidence_marks
from hkam.analysis.evidence import NETWORKS

jax.config.update("jax_enable_x64", True)
use_style()
results = ResultsFolder(output)

# %%
metric = "distance from what a right formula gives"
entries, measurements = errata_measurements(seeds, metric=metric)
measurements = results.metrics(measurements)

# %% [markdown]
# ## The evidence
#
# One mark per seed, on a logarithmic scale; a corrected formula that is exact has its mark at the left edge.

# %%
edge = 1e-17
figure = plt.figure(figsize=(8, 0.5 * len(entries) + 1))
evidence_marks(figure, entries, measurements, edge=edge, label=metric)
results.figure(figure, "evidence")

# %% [markdown]
# ## The formulas
#
# Of all seeds, the printed formula is shown with its smallest number and the corrected one with its largest.

# %%
table = errata_formulas(entries, measurements)
results.table(table, "formulas", precision=2)
table

# %%
largest = float(measurements.loc[measurements["variant"] == "corrected", "value"].max())
smallest = float(measurements.loc[measurements["variant"] == "printed", "value"].min())
digits = int(-np.log10(max(largest, edge)))
assert smallest > 0.1, f"a printed formula is off by {smallest} only"
assert digits >= 12, f"a corrected formula is off by {largest}"
results.headline(
    Headline("count", "misprinted formulas with numerical evidence", len(entries), precision=0),
    Headline("networks", "random networks that each number is the largest of", NETWORKS, precision=0),
    Headline(
        "printed",
        "smallest number of a printed formula, rounded down",
        np.floor(100 * smallest) / 100,
        precision=2,
    ),
    Headline("digits", "digits to which every corrected formula is right", digits, precision=0),
)
