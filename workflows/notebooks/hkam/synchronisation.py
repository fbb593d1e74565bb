# %% [markdown]
# # When oscillators agree
#
# **Asked.** Kuramoto oscillators with different frequencies run apart where they are weakly coupled and together
# where they are strongly coupled. Where does the one turn into the other, and does the model here turn where theory
# says? For frequencies with a Lorentzian density of half width γ, infinitely many oscillators have the order
# parameter r = √(1 − K_c/K) above the critical coupling K_c = 2γ.

# %% tags=["parameters"]
output = "results/smoke/hkam/synchronisation"
sizes = [50, 200]
seeds = [0]
width = 0.5
couplings = 8
near = 9
duration = 40.0
step = 0.05

# %%
import diffrax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from hkam import PhaseState, phases_to_vectors, recall
from hkam.analysis import (
    MeanFieldKuramotoMemory,
    coupling_sweep,
    critical_table,
    drawn_turns,
    lorentzian_critical_coupling,
    lorentzian_frequencies,
    lorentzian_order_parameter,
    order_parameter,
    random_phases,
    spread_sweep,
)
from hkam.analysis.plotting import phase_circle

use_style()
results = ResultsFolder(output)
critical = lorentzian_critical_coupling(width)

# %% [markdown]
# ## Below and above
#
# The same oscillators from the same random phases, at three couplings. Colour is frequency, from slow (dark) to
# fast (light). The black line from the centre is their mean; its length is the order parameter r.

# %%
count = min(sizes[-1], 200)
frequencies = lorentzian_frequencies(count, width)
ranks = np.argsort(np.argsort(np.asarray(frequencies)))
pictures = {0.5: "below", 1.3: "just above", 4.0: "far above"}
figure, axes = plt.subplots(1, 3, figsize=(9, 3.3))
for ax, (factor, where) in zip(axes, pictures.items(), strict=True):
    memory = MeanFieldKuramotoMemory(jnp.asarray(factor * critical), frequencies)
    end = recall(
        memory,
        PhaseState(random_phases(count, seeds[0])),
        duration,
        solver=diffrax.Heun(),
        controller=diffrax.ConstantStepSize(),
        first_step=step,
    ).state
    mu = phases_to_vectors(end.phi)
    phase_circle(ax, mu, colours=plt.get_cmap("viridis")(ranks / count), size=22)
    ax.set_title(f"{where}: K = {factor:g} $K_c$, r = {float(order_parameter(mu)):.2f}", loc="center")
results.figure(figure, "circles")

# %% [markdown]
# ## The transition
#
# The order parameter, averaged over the second half of each run, against the coupling at fixed γ, and against the
# spread γ at fixed coupling. Frequencies stand at the quantiles of the Lorentzian, phases start at random, once a
# seed.

# %%
ratios = np.geomspace(0.25, 4.0, couplings)
run = {"t1": duration, "step": step}
by_coupling = coupling_sweep(sizes, ratios, seeds, width=width, **run)
by_spread = spread_sweep(sizes[-1], ratios, seeds, **run)

# %%
fine = np.linspace(0.25, 4.0, 400)
theory = np.asarray(lorentzian_order_parameter(jnp.asarray(fine * critical), width))
shades = dict(zip(sizes, plt.get_cmap("Blues")(np.linspace(0.35, 0.95, len(sizes))), strict=True))
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), sharey=True)
for size, group in by_coupling.groupby("N"):
    mean = group.groupby("ratio")["value"].mean()
    left.plot(mean.index, mean, "o-", markersize=3.5, linewidth=1.2, color=shades[size], label=f"N = {size}")
left.plot(fine, theory, color=PALETTE["continuous"], label="theory, N → ∞", linewidth=1.3, zorder=3)
left.axvline(1, color=PALETTE["reference"], linewidth=0.8, linestyle=":")
left.set(
    xlabel="coupling $K / K_c$",
    ylabel="order parameter r",
    title=f"stronger coupling, γ = {width:g}",
    ylim=(0, 1),
)
left.legend()
mean = by_spread.groupby("ratio")["value"].mean()
right.plot(1 / (2 * mean.index), mean, "o", markersize=4, color=shades[sizes[-1]], label=f"N = {sizes[-1]}")
right.plot(1 / (2 * fine), theory, color=PALETTE["continuous"], linewidth=1.3, zorder=3)
right.axvline(0.5, color=PALETTE["reference"], linewidth=0.8, linestyle=":")
right.set(xlabel="spread γ of the frequencies", title="wider frequencies, K = 1")
right.legend()
results.figure(figure, "transition")

# %% [markdown]
# ## Where it turns
#
# The coupling at which r rises most steeply, from many couplings about the transition; no formula for r enters. Here
# each seed draws the frequencies, too, so that the spread is that of populations. Far below the transition (at most
# ½ K_c), r is what chance leaves of N oscillators, of the order of 1/√N.

# %%
turns = drawn_turns(sizes, np.linspace(0.6, 1.6, near), seeds, width=width, **run)
order = pd.concat([by_coupling, by_spread]).assign(metric="order parameter")
results.metrics(
    pd.concat([order, turns.assign(metric="steepest rise, K / K_c", sweep="drawn")]),
    dataset="Lorentzian frequencies",
)
table = critical_table(by_coupling, turns)
results.table(table, "critical", precision=3)
table

# %%
last = turns.loc[turns["N"] == sizes[-1], "value"]
spacing = 1 / (near - 1)
tolerance = max(3 * last.std(ddof=0) / len(last) ** 0.5, 2 * spacing)
assert abs(last.mean() - 1) < tolerance, f"r turns at {last.mean():.2f} K_c"

# %%
largest = table.iloc[-1]
results.headline(
    Headline("critical", "critical coupling 2γ by theory", critical, precision=2),
    Headline(
        "critical_measured",
        f"coupling of the steepest rise / critical coupling, N = {sizes[-1]}",
        float(last.mean()),
        std=float(last.std()) if len(seeds) > 1 else None,
        n=len(seeds),
        precision=2,
    ),
    Headline("populations", "populations whose frequencies are drawn", len(seeds), precision=0),
    Headline(
        "deviation",
        f"largest distance of r from theory, N = {sizes[-1]}",
        float(largest.iloc[3]),
        precision=4,
    ),
    Headline("incoherent", f"r below half the critical coupling, N = {sizes[-1]}", float(largest.iloc[4])),
    Headline(
        "incoherent_small", f"r below half the critical coupling, N = {sizes[0]}", float(table.iloc[0, 4])
    ),
    Headline("largest", "largest number of oscillators", sizes[-1], precision=0),
    Headline("smallest", "smallest number of oscillators", sizes[0], precision=0),
)
