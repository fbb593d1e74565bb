# %% [markdown]
# # Misprints, in numbers
#
# **Asked.** Several formulas of the paper cannot be right as printed. For each, one number is computed that is zero
# if the formula is right: with the printed formula, and with the corrected one.

# %% tags=["parameters"]
output = "results/smoke/hkam/errata"
seeds = [0]

# %%
import jax
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from hkam.analysis import errata

jax.config.update("jax_enable_x64", True)
use_style()
results = ResultsFolder(output)

# %%
found = {seed: errata(key=jax.random.key(seed)) for seed in seeds}
entries = found[seeds[0]]

# %%
metric = "distance from what a right formula gives"
measurements = results.metrics(
    pd.DataFrame(
        [
            {"variant": which, "dataset": entry.key, "seed": seed, "metric": metric, "value": value}
            for seed, errors in found.items()
            for entry in errors
            for which, value in (("printed", entry.printed_error), ("corrected", entry.corrected_error))
        ]
    )
)

# %% [markdown]
# ## The evidence
#
# One mark a seed, on a logarithmic scale; a corrected formula that is exact has its mark at the left edge.

# %%
edge = 1e-17
places = {entry.key: row for row, entry in enumerate(entries[::-1])}
figure, ax = plt.subplots(figsize=(8, 0.5 * len(entries) + 1))
for which, role, marker in (("corrected", "truth", "o"), ("printed", "continuous", "X")):
    rows = measurements[measurements["variant"] == which]
    ax.scatter(
        rows["value"].clip(lower=edge),
        rows["dataset"].map(places),
        color=PALETTE[role],
        marker=marker,
        s=45,
        edgecolors="white",
        linewidths=0.5,
        label=which,
        zorder=3,
        clip_on=False,
    )
ax.set(xscale="log", xlim=(edge, None), xlabel=metric, ylim=(-0.6, len(entries) - 0.4))
ax.set_yticks(list(places.values()), [entry.place for entry in entries[::-1]])
figure.legend(loc="outside lower center", ncols=2)
results.figure(figure, "evidence")

# %% [markdown]
# ## The formulas
#
# Of all seeds, the printed formula is shown with its smallest number and the corrected one with its largest.


# %%
def tex(formula: str) -> str:
    """A formula in a cell of a Markdown table, where a bar would end the cell."""
    return f"${formula.replace(chr(92) + '|', chr(92) + 'Vert ')}$"


def below(value: float) -> str:
    """The power of ten that a tiny number stays below."""
    return "0" if value == 0 else rf"$< 10^{{{int(np.floor(np.log10(value))) + 1}}}$"


extremes = measurements.groupby(["dataset", "variant"])["value"].agg(["min", "max"])
table = pd.DataFrame(
    [
        {
            "where": entry.place,
            "printed": tex(entry.printed),
            "corrected": tex(entry.corrected),
            "what should be zero": entry.quantity,
            "is, as printed": float(extremes.loc[(entry.key, "printed"), "min"]),
            "is, corrected": below(float(extremes.loc[(entry.key, "corrected"), "max"])),
        }
        for entry in entries
    ]
)
results.table(table, "formulas", precision=2)
table

# %%
largest = float(measurements.loc[measurements["variant"] == "corrected", "value"].max())
smallest = float(measurements.loc[measurements["variant"] == "printed", "value"].min())
results.headline(
    Headline("count", "misprinted formulas with numerical evidence", len(entries), precision=0),
    Headline("printed", "smallest number of a printed formula", smallest, precision=2),
    Headline(
        "digits",
        "digits to which every corrected formula is right",
        float(-np.log10(max(largest, edge))),
        precision=0,
    ),
)
