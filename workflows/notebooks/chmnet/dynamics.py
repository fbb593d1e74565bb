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
steps = 100
queries = 400
shown = 12
grid = 160
reaches = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5]
orders = 20
seed = 0

# %%
import matplotlib.pyplot as plt
import pandas as pd
import torch

from amcore.data import load_curves
from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, headlines
from amcore.statistics import summarise
from chmnet import ContinuousHopfield, DiscreteHopfield, RectangularBasis
from chmnet.evaluation import descents, landing_differences, scattered_queries
from chmnet.evaluation.drawing import landscape_panels, nearer_panels

use_style()
results = ResultsFolder(output)

# %%
curves = {name: torch.tensor(points) for name, points in load_curves(data).items()}
wide = {name: points for name, points in curves.items() if name.startswith("wide")}
basis = RectangularBasis(basis_count)
memories = {
    name: {
        "discrete": DiscreteHopfield(points, beta),
        "continuous": ContinuousHopfield.fit(points, basis, beta=beta, ridge=ridge),
    }
    for name, points in curves.items()
}
generator = torch.Generator().manual_seed(seed)
starts = {
    name: scattered_queries(points, queries, reach=1.3, generator=generator)
    for name, points in curves.items()
}

# %% [markdown]
# ## The landscapes
#
# Darker is lower. Green: the stored points, and the function that the continuous memory made of them. Each thin path
# starts at one of the first queries and ends, after all updates, at a star.

# %%
first = {name: points[:shown] for name, points in starts.items()}
for title, names, size in (
    ("contours", [name for name in curves if name not in wide], (9.6, 5)),
    ("wide", list(wide), (6.4, 6.2)),
):
    figure = plt.figure(figsize=size)
    chosen = {name: memories[name] for name in names}
    landscape_panels(figure, chosen, curves, first, steps=steps, resolution=grid)
    results.figure(figure, title)

# %% [markdown]
# ## The descent
#
# The energy of every query, update by update. It never rises: that is the property the update is built on, and here
# is the largest rise over all memories, queries and updates. The first table has the mean distance between a query and
# where it ends. It also gives β times the largest variance of what is stored. Linearised about the mean of a memory,
# an update multiplies a small displacement by β times the covariance: below 1 it shrinks, and the mean is where
# queries come to rest.

# %%
landed = pd.concat(
    [descents(memories[name], curves[name], starts[name], steps).assign(dataset=name) for name in curves]
)
rises = landed.loc[landed["metric"] == "largest rise of the energy", "value"]
print(f"Largest rise of the energy: {rises.max():.1e}")
assert rises.max() < 1e-9

SHOWN = {
    "distance moved": "moved",
    "distance to nearest stored point": "to nearest point",
    "β × largest variance stored": "β × variance",
}
landings = landed.replace({"metric": SHOWN}).pivot(
    index="dataset", columns=["metric", "variant"], values="value"
)
columns = [(name, variant) for name in SHOWN.values() for variant in ("discrete", "continuous")]
landings = landings.loc[list(curves), columns]
landings.columns = [f"{name}, {variant}" for name, variant in landings.columns]
landings = landings.reset_index(names="configuration")
results.table(landings, "landings")
landings

# %% [markdown]
# ## Which end is nearer to its query
#
# The paper reads off its figure that on the line and the sinusoid the continuous memory ends *closer to the initial
# query*. Its authors' points are the wide ones, at times in random order. Here the order of times and the ridge of the
# fit are varied, and how far out the queries start.

# %%
boxes = {
    name: {
        reach: scattered_queries(points, queries, reach=reach, generator=torch.Generator().manual_seed(seed))
        for reach in reaches
    }
    for name, points in wide.items()
}
differences = pd.concat(
    [
        landing_differences(
            points, basis, boxes[name], beta=beta, ridges=[ridge, 0.0], orders=orders, steps=steps, seed=seed
        ).assign(dataset=name)
        for name, points in wide.items()
    ]
)
figure = plt.figure(figsize=(9, 4.2))
nearer_panels(figure, differences)
results.figure(figure, "nearer")

# %%
within = differences[differences["reach"] == 1.0]
causes = (
    within.assign(
        value=within["value"].where(within["metric"] != "nearer to the query", 100 * within["value"])
    )
    .pivot_table(index=["dataset", "order", "ridge"], columns="metric", values="value", sort=False)
    .reset_index()
    .rename(
        columns={
            "dataset": "configuration",
            "order": "times",
            "nearer to the query": "nearer to the query, %",
        }
    )
)
results.table(causes, "causes")
causes

# %% [markdown]
# ## The verdict
#
# In the setting of the authors' code (wide, random times, the ridge) the paper's observation holds for queries that
# start among the points. The ridge makes most of it: it draws the continuous function towards the origin, about which
# the queries are scattered, and away from the stored points.

# %%
near, full = min(reaches), causes.set_index(["configuration", "times", "ridge"])
inner = differences[
    (differences["metric"] == "nearer to the query")
    & (differences["reach"] == near)
    & (differences["order"] == "random")
    & (differences["ridge"] == ridge)
]
for name in wide:
    assert (inner.loc[inner["dataset"] == name, "value"] > 0.5).all()
    with_ridge, without = full.loc[(name, "sorted", ridge)], full.loc[(name, "sorted", 0.0)]
    assert with_ridge["distance moved"] < 2 * without["distance moved"] < 0
    assert with_ridge["distance to the origin"] < without["distance to the origin"]
    assert with_ridge["distance to nearest stored point"] > 0

# %%
results.metrics(pd.concat([landed.assign(seed=seed), differences.assign(variant="continuous − discrete")]))
code = differences[(differences["order"] == "random") & (differences["ridge"] == ridge)]
nearer = summarise(code[code["metric"] == "nearer to the query"], by=["dataset", "reach"])
nearer = nearer[nearer["reach"].isin([near, 1.0])].replace({"reach": {near: "inner", 1.0: "all"}})
sorted_times = causes[causes["times"] == "sorted"].replace({"ridge": {ridge: "ridge", 0.0: "plain"}})
sorted_times = sorted_times.assign(
    n=queries, configuration=sorted_times["configuration"].str.removeprefix("wide ")
)
moved = landings.assign(value=landings["moved, continuous"] - landings["moved, discrete"], n=queries)
moved = moved[~moved["configuration"].isin(list(wide))]
spread = landings.loc[moved.index, [f"β × variance, {variant}" for variant in ("discrete", "continuous")]]
results.headline(
    *headlines(
        moved,
        "moved_{configuration}",
        "distance moved, continuous − discrete, {configuration}",
        value="value",
    ),
    *headlines(
        nearer.assign(
            mean=100 * nearer["mean"],
            std=100 * nearer["std"],
            dataset=nearer["dataset"].str.removeprefix("wide "),
        ),
        "nearer_{dataset}_{reach}",
        "queries nearer to the continuous end, wide {dataset}, {reach} queries, random orders of time",
        unit="%",
        precision=1,
    ),
    *(
        number
        for name, column in (
            ("shift", "distance moved"),
            ("missed", "distance to nearest stored point"),
            ("origin", "distance to the origin"),
        )
        for number in headlines(
            sorted_times,
            f"{name}_{{configuration}}_{{ridge}}",
            f"{column}, continuous − discrete, wide {{configuration}}, sorted times, {{ridge}}",
            value=column,
            precision=2,
        )
    ),
    Headline(
        "spread",
        "β × largest variance stored, largest of the arrangements within [−1, 1]²",
        spread.max().max(),
    ),
    Headline("inner", "smallest box of queries, in boxes of the points", near, precision=2),
    Headline("orders", "random orders of time", orders, precision=0),
    Headline("queries", "queries a configuration", queries, precision=0),
    Headline("basis", "basis functions", basis_count, precision=0),
)
