# %% [markdown]
# # Energy landscapes and trajectories
#
# **Asked.** Twenty points are stored, once as separate patterns and once as a continuous function of time with half
# as many basis functions. Where do queries go, and what does the energy look like on the way? (Santos et al. 2025,
# section 5.1 and figure 1; β = 1 and ten rectangular basis functions in the paper.)

# %% tags=["parameters"]
data = "data"
output = "results/smoke/chmnet/dynamics"
beta = 1.0
basis_count = 10
ridge = 0.5
steps = 40
queries = 200
shown = 12
grid = 160
seed = 0

# %%
import matplotlib.pyplot as plt
import pandas as pd
import torch

from amcore.data import load_curves
from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, headlines
from chmnet import ContinuousHopfield, DiscreteHopfield, RectangularBasis
from chmnet.plotting import energy_landscape

use_style()
results = ResultsFolder(output)

# %%
curves = {name: torch.tensor(points) for name, points in load_curves(data).items()}
basis = RectangularBasis(basis_count)
memories = {
    (variant, name): memory
    for name, points in curves.items()
    for variant, memory in (
        ("discrete", DiscreteHopfield(points, beta)),
        ("continuous", ContinuousHopfield.fit(points, basis, beta=beta, ridge=ridge)),
    )
}
generator = torch.Generator().manual_seed(seed)
starts = 2.6 * torch.rand(queries, 2, generator=generator, dtype=torch.float64) - 1.3

# %% [markdown]
# ## The landscapes
#
# Darker is lower. Green: the stored points, and the function that the continuous memory made of them. Each thin path
# starts at one of the first queries and ends, after all updates, at a star.

# %%
figure, axes = plt.subplots(2, len(curves), figsize=(2.4 * len(curves), 5))
for (variant, name), memory in memories.items():
    ax = axes[int(variant == "continuous"), list(curves).index(name)]
    energy_landscape(ax, memory, points=curves[name], queries=starts[:shown], steps=steps, resolution=grid)
    if variant == "discrete":
        ax.set_title(name)
labels = (f"{len(next(iter(curves.values())))} patterns", f"{basis_count} basis functions")
for ax, label in zip(axes[:, 0], labels, strict=True):
    ax.set_ylabel(label)
results.figure(figure, "contours")

# %% [markdown]
# ## The descent
#
# The energy of every query, update by update. It never rises: that is the property the update is built on, and here
# is the largest rise over all memories, queries and updates.

# %%
rows, rises = [], []
for (variant, name), memory in memories.items():
    path = memory.trajectory(starts, steps)
    energies = memory.energy(path)
    rises.append(float(energies.diff(dim=0).max()))
    moved = (path[-1] - path[0]).norm(dim=-1)
    missed = torch.cdist(path[-1], curves[name]).amin(dim=-1)
    still = (path[-1] - path[-2]).norm(dim=-1)
    spread = beta * torch.linalg.eigvalsh(torch.cov(memory.memory.mT, correction=0)).amax().expand(queries)
    for metric, values in (
        ("distance moved", moved),
        ("distance to nearest stored point", missed),
        ("energy at the end", energies[-1]),
        ("length of the last step", still),
        ("β × largest variance stored", spread),
    ):
        rows.append(
            {
                "variant": variant,
                "dataset": name,
                "metric": metric,
                "value": float(values.mean()),
                "n": queries,
            }
        )
measurements = results.metrics(pd.DataFrame(rows), seed=seed)
print(f"Largest rise of the energy: {max(rises):.1e}")

# %% [markdown]
# ## Where queries end
#
# The paper reads off its figure that on the line and the sinusoid the continuous memory ends *closer to the initial
# query*. The table measures it: the mean distance between a query and where it ends. It also gives β times the largest
# variance of what is stored. Linearised about the mean of a memory, an update multiplies a small displacement by β
# times the covariance: below 1 it shrinks, and the mean is where queries come to rest.

# %%
shown_metrics = {
    "distance moved": "moved",
    "distance to nearest stored point": "to nearest point",
    "β × largest variance stored": "β × variance",
}
landings = (
    measurements[measurements["metric"].isin(shown_metrics)]
    .replace({"metric": shown_metrics})
    .pivot(index="dataset", columns=["metric", "variant"], values="value")
    .loc[list(curves)]
)
landings = landings[
    [(name, variant) for name in shown_metrics.values() for variant in ("discrete", "continuous")]
]
landings.columns = [f"{name}, {variant}" for name, variant in landings.columns]
landings = landings.reset_index(names="configuration")
results.table(landings, "landings")
landings

# %%
spreads = measurements.loc[measurements["metric"] == "β × largest variance stored", "value"]
moved = landings.assign(value=landings["moved, continuous"] - landings["moved, discrete"], n=queries)
results.headline(
    *headlines(
        moved,
        "moved_{configuration}",
        "distance moved, continuous − discrete, {configuration}",
        value="value",
    ),
    Headline("spread", "β × largest variance stored, largest of all memories", float(spreads.max())),
    Headline("queries", "queries a configuration", queries, precision=0),
    Headline("basis", "basis functions", basis_count, precision=0),
)
