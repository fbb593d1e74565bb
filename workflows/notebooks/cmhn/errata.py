# %% [markdown]
# # The proposal's formulas, as printed
#
# **Asked.** The proposal prints an energy that is linear in the state, two updates, and two losses. Each is built
# as printed. Do states fall into stored patterns, does the energy fall, and do the losses teach what they are meant
# to?

# %% tags=["parameters"]
output = "results/smoke/cmhn/errata"
patterns = 20
width = 12
beta = 20.0
gamma = 0.1
steps = 10
epochs = 10
seeds = [0, 1]

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder, headlines
from amcore.statistics import summarise
from cmhn.evaluation.formulas import DYNAMICS, LOSSES, TESTED_ITEMS, recall_by_dynamics, recall_by_losses

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## Energies and updates
#
# Random patterns of unit length; each stored triple, with noise on all of its parts, is a cue. A cue is recalled if
# the state it ends in is nearer (by cosine) to its own pattern than to any other. Couplings are near the identity,
# as the proposal starts them.

# %%
recalled, paths = recall_by_dynamics(
    seeds, patterns=patterns, width=width, beta=beta, gamma=gamma, steps=steps
)

# %% [markdown]
# ## Losses
#
# A linear map for each modality is trained on linear views of one hidden cause, and asked for held-out items. As
# printed, the margin loss rewards a true triple for a *higher* energy than a mixed one; the contrast permutes
# picture and sound together, and never asks which sound goes with which picture. The memory is left empty here, so
# that the energy is the harmonic term.

# %%
taught = recall_by_losses(seeds, width=width, epochs=epochs)
measurements = results.metrics(pd.concat([recalled, taught], ignore_index=True))
summary = summarise(measurements, by=["variant", "metric"]).set_index(["variant", "metric"])["mean"]

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), width_ratios=[1.25, 1])
shades = ["#b9b9b9", "#7a7a7a", PALETTE["query"], "#c9a0c0", PALETTE["discrete"], PALETTE["continuous"]]
for (variant, path), colour in zip(paths.items(), shades, strict=True):
    # Energies of different kinds have no common scale: each is shown as its change, in a scale that keeps the sign.
    left.plot(path - path[0], color=colour, label=variant, marker="o", markersize=3)
left.axhline(0, color="black", linewidth=0.8)
left.set_yscale("symlog", linthresh=1)
lowest, highest = left.get_ylim()
left.set_yticks([tick for tick in (-1e4, -1e2, 0, 1e2, 1e6, 1e10, 1e14, 1e18) if lowest <= tick <= highest])
left.set(title="change of the energy, mean over cues", xlabel="step")
kinds = list(LOSSES)
places = np.arange(len(kinds))
for offset, (direction, colour) in enumerate(
    (("text → vision", PALETTE["discrete"]), ("vision → audio", PALETTE["continuous"]))
):
    values = [100 * summary[kind, f"recall@1, {direction}"] for kind in kinds]
    right.barh(places + 0.4 * offset - 0.2, values, 0.38, color=colour, label=direction)
right.axvline(100 / TESTED_ITEMS, color="black", linestyle=":", linewidth=1)
right.set_yticks(places, kinds)
right.invert_yaxis()
right.set(title="recall@1 on held-out items, %", xlabel="")
right.legend(fontsize="small", ncols=2, loc="upper center", bbox_to_anchor=(0.4, -0.1))
figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize="small")
results.figure(figure, "dynamics")

# %%
columns = ["recalled", "attractors", "steps that raise the energy", "length of the last state"]
table = pd.DataFrame(
    [{"dynamics": name, **{column: summary[name, column] for column in columns}} for name in DYNAMICS]
)
table["recalled"] *= 100
table["steps that raise the energy"] *= 100
table = table.rename(
    columns={
        "recalled": "cues recalled, %",
        "attractors": f"attractors of {patterns}",
        "steps that raise the energy": "steps that raise the energy, %",
    }
)
results.table(table, "formulas", precision=1)
table

# %%
linear, printed, harmonic = (list(DYNAMICS)[place] for place in (0, 3, 5))
rises, length = "steps that raise the energy", "length of the last state"
quoted = pd.DataFrame(
    [
        ("linear_attractors", "attractors of the linear energy", summary[linear, "attractors"], ""),
        ("linear_recalled", "cues recalled, linear energy", 100 * summary[linear, "recalled"], "%"),
        ("linear_length", "length of the last state, linear energy", summary[linear, length], ""),
        ("printed_rises", "steps of the printed softmax update (identity) that raise the energy",
         100 * summary[printed, rises], "%"),
        ("printed_length", "length of the last state, printed softmax update (identity)", summary[printed, length], ""),
        ("joint_recalled", "cues recalled, joint energy", 100 * summary[harmonic, "recalled"], "%"),
        ("joint_rises", "steps of the harmonic update that raise the joint energy",
         100 * summary[harmonic, rises], "%"),
        *(
            (f"{key}_{short}", f"recall@1, {direction}, {variant}",
             100 * summary[variant, f"recall@1, {direction}"], "%")
            for variant, key in zip(
                LOSSES, ("margin_printed", "margin", "contrast_printed", "contrast"), strict=True
            )
            for short, direction in (("tv", "text → vision"), ("va", "vision → audio"))
        ),
    ],
    columns=["key", "label", "value", "unit"],
)  # fmt: skip
results.headline(
    Headline("patterns", "patterns stored", patterns, precision=0),
    *headlines(quoted, "{key}", "{label}", value="value", unit="unit", precision=0),
    Headline("chance", "recall@1 by chance", 100 / TESTED_ITEMS, unit="%", precision=1),
)
