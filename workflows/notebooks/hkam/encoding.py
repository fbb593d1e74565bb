# %% [markdown]
# # How much fits
#
# **Asked.** Two questions that the paper leaves open. Appendix C: N oscillators hold N − 1 numbers in the worst case;
# how many in the typical one? Example 4: oscillators choose between two functions of one set of threshold units, and
# "more than two" are said to be possible; how many are?

# %% tags=["parameters"]
output = "results/smoke/hkam/encoding"
oscillators = [6]
dimensions = [1, 2]
amplitudes = [0.5, 1.0]
rows = 4
starts = 2
numbers = 4
units = [24]
keys = 8
answering = 8
selecting = [1, 2]
functions = [1, 2, 3, 4, 5]
seeds = [0]

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder
from hkam.analysis import encoded_shares, functions_held, half_encoded, held_table
from hkam.analysis.drawing import encoded_panels, function_panels

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## Numbers in scalar products
#
# Random numbers, uniform in an interval, are to be scalar products of given pairs of oscillators. The first N − 1
# pairs are those of eq. 36, which always works; the others are drawn at random. A search looks for oscillators that
# hold all of them exactly. Oscillators have N D − D (D + 1)/2 degrees of freedom up to a common rotation, and more
# numbers than that cannot fit.

# %%
columns = [d + 1 for d in dimensions]
found = [
    encoded_shares(size, columns, amplitudes, range(rows), starts=starts, most=numbers).assign(N=size)
    for size in oscillators
]
shares = pd.concat(found, ignore_index=True)
figure, axes = plt.subplots(1, len(amplitudes), figsize=(9.5, 3.9), sharey=True, squeeze=False)
encoded_panels(axes[0], shares[shares["N"] == oscillators[-1]], oscillators[-1])
results.figure(figure, "numbers")
half = pd.concat([half_encoded(part).assign(N=size) for size, part in zip(oscillators, found, strict=True)])
table = half.assign(worst=half["N"] - 1)[["N", "amplitude", "D", "worst", "limit", "numbers", "share"]]
names = ["N", "amplitude", "D", "always, N − 1", "degrees of freedom", "half of the rows", "of the limit"]
table = table.set_axis(names, axis=1)
whole = [name for name in names if name not in ("amplitude", "of the limit")]
results.table(table.astype(dict.fromkeys(whole, str)), "numbers_table", precision=2)
table

# %% [markdown]
# At N − 1 numbers every row is encoded, beyond the degrees of freedom none. One number more than N − 1 closes a
# triangle: three numbers from −1 to 1 are scalar products of three unit vectors with probability π²/16, if D is at
# least 2.

# %%
assert (shares.loc[shares["numbers"] == shares["N"] - 1, "value"] == 1).all()
assert (shares.loc[shares["numbers"] > shares["limit"], "value"] == 0).all()
triangle = shares[(shares["numbers"] == shares["N"]) & (shares["amplitude"] == 1) & (shares["D"] >= 2)][
    "value"
]

# %% [markdown]
# ## Functions of one set of keys
#
# Every function has its own random answer to each of the same random keys. Weights W and W̃ are those of least squares;
# the key is shown as a bias throughout, and the network settles. Three ways to say which function is asked for: a
# direction of every oscillator; one direction for each of the two groups, as in Example 4; and no oscillators, but as
# many threshold units more, which makes the number of synapses the same.

# %%
cases = [
    *(("an oscillator per unit", d) for d in selecting),
    ("a direction per group", 2),
    ("threshold units", 0),
]
measured = pd.concat(
    [
        functions_held(cases if size == units[-1] else cases[:-2], size, keys, answering, functions, seeds)
        for size in units
    ],
    ignore_index=True,
)
held = held_table(measured, keys)
results.table(
    held.rename(
        columns={
            "predicted": "functions, predicted",
            "told": "held by the weights",
            "ended": "answered by the network",
        }
    ),
    "functions_table",
    precision=0,
)
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 4.2), sharey=True)
function_panels(left, right, measured, held)
results.figure(figure, "functions")
held

# %% [markdown]
# With an oscillator per unit the weights hold as many functions as counting says, whatever D is.

# %%
by_unit = held[held["variant"] == "an oscillator per unit"]
assert (by_unit["told"] >= np.minimum(by_unit["predicted"], max(functions))).all()
assert (held.loc[held["variant"] != "an oscillator per unit", "ended"] <= 2).all()
encoded = shares.assign(variant="D = " + shares["D"].astype(str), metric="encoded")
answered = measured.assign(metric="right answers", value=measured["ended"])
results.metrics(pd.concat([encoded, answered], ignore_index=True), dataset="random")

# %%
largest, last = by_unit[by_unit["units"] == units[-1]], table[table["N"] == oscillators[-1]]
wide, narrow = (last[last["amplitude"] == a].iloc[-1] for a in (max(amplitudes), min(amplitudes)))
by_others = held.set_index("variant")["ended"]
words = {
    "oscillators": ("oscillators", oscillators[-1]),
    "always": ("numbers that always fit", oscillators[-1] - 1),
    "dimension": ("largest D", max(dimensions)),
    "limit": ("degrees of freedom at the largest D", wide["degrees of freedom"]),
    "half_wide": ("numbers at which half of the rows fit, largest amplitude", wide["half of the rows"]),
    "half_narrow": ("numbers at which half of the rows fit, smallest amplitude", narrow["half of the rows"]),
    "keys": ("keys", keys),
    "units": ("units for the keys", units[-1]),
    "predicted": ("functions that fit, predicted", largest["predicted"].iloc[0]),
    "told": ("functions that the weights hold, least over D", largest["told"].min()),
    "ended": ("functions that the network answers, least over D", largest["ended"].min()),
    "grouped": ("functions with one direction per group", by_others["a direction per group"]),
    "threshold": ("functions with threshold units alone", by_others["threshold units"]),
}
results.headline(
    *(Headline(key, label, value, precision=0) for key, (label, value) in words.items()),
    Headline("wide", "largest amplitude", max(amplitudes), precision=1),
    Headline("narrow", "smallest amplitude", min(amplitudes), precision=1),
    Headline("triangle", "rows of N numbers encoded, amplitude 1, D ≥ 2", triangle.mean(), precision=2),
    Headline("triangle_theory", "rows of N numbers encoded, by theory, π²/16", np.pi**2 / 16, precision=2),
)
