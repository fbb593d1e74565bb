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
import torch
from torch.nn.functional import normalize

from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from amcore.statistics import summarise
from cmhn import (
    Couplings,
    EulerUpdate,
    GradientFlow,
    HarmonicNetwork,
    HarmonicUpdate,
    JointEnergy,
    JointMemory,
    LinearEnergy,
    SeparableEnergy,
    SoftmaxUpdate,
    train,
)
from cmhn.losses import contrastive_loss, margin_loss, match_scores

use_style()
results = ResultsFolder(output)
NAMES = ("text", "vision", "audio")
widths = dict.fromkeys(NAMES, width)

# %% [markdown]
# ## Energies and updates
#
# Random patterns of unit length; each stored triple, with noise on all of its parts, is a cue. A cue is recalled if
# the state it ends in is nearer (by cosine) to its own pattern than to any other. Couplings are near the identity,
# as the proposal starts them.

# %%
DYNAMICS = {
    "linear energy, flow": (LinearEnergy, GradientFlow(duration=10.0)),
    "linear energy, Euler step as printed": (LinearEnergy, EulerUpdate(step_size=0.5, activation="tanh")),
    "separable energy, softmax update as printed, tanh": (SeparableEnergy, SoftmaxUpdate("tanh")),
    "separable energy, softmax update as printed, identity": (SeparableEnergy, SoftmaxUpdate("identity")),
    "separable energy, harmonic update": (SeparableEnergy, HarmonicUpdate()),
    "joint energy, harmonic update": (JointEnergy, HarmonicUpdate()),
}
rows, paths = [], {}
for seed in seeds:
    generator = torch.Generator().manual_seed(seed)
    triples = {
        name: normalize(torch.randn(patterns, width, generator=generator, dtype=torch.float64), dim=1)
        for name in NAMES
    }
    noise = {
        name: 0.3 * torch.randn(patterns, width, generator=generator, dtype=torch.float64) / width**0.5
        for name in NAMES
    }
    cues = {name: triples[name] + noise[name] for name in NAMES}
    memory = JointMemory(widths, dtype=torch.float64)
    memory.store(**triples)
    couplings = Couplings(widths, dtype=torch.float64, generator=generator)
    for variant, (kind, update) in DYNAMICS.items():
        options = {"gamma": gamma} | ({} if kind is LinearEnergy else {"beta": beta})
        network = HarmonicNetwork(kind(memory, couplings, **options), update).requires_grad_(False)
        retrieval = network.retrieve(cues, steps=steps, tolerance=1e-12, weights=False)
        ends = normalize(torch.cat([retrieval.states[name] for name in NAMES], dim=1), dim=1)
        truth = normalize(memory.patterns, dim=1)
        energies = retrieval.energies
        rises = (energies[1:] > energies[:-1] + 1e-9 * energies[:-1].abs()).double().mean()
        length = torch.cat([retrieval.states[name] for name in NAMES], dim=1).norm(dim=1)
        apart = torch.cdist(ends, ends)
        found = {
            "recalled": float(((ends @ truth.mT).argmax(dim=1) == torch.arange(patterns)).double().mean()),
            # Two ends are one attractor if the directions differ by less than a hundredth.
            "attractors": float(len({tuple(row.nonzero().flatten().tolist()) for row in apart < 0.01})),
            "steps that raise the energy": float(rises),
            "length of the last state": float(length.mean()),
        }
        rows += [
            {
                "variant": variant,
                "dataset": "random triples",
                "seed": seed,
                "metric": metric,
                "value": value,
                "n": patterns,
            }
            for metric, value in found.items()
        ]
        if seed == seeds[0]:
            paths[variant] = energies.mean(dim=1).numpy()

# %% [markdown]
# ## Losses
#
# A linear map for each modality is trained on linear views of one hidden cause, and asked for held-out items. As
# printed, the margin loss rewards a true triple for a *higher* energy than a mixed one; the contrast permutes
# picture and sound together, and never asks which sound goes with which picture. The memory is left empty here, so
# that the energy is the harmonic term.


# %%
def printed_margin(energy, states):
    """max{0, E⁻ − E⁺ + δ}, with the sign of the proposal."""
    names = list(states)
    others = {name: states[name] for name in names[1:]}
    matrix = energy.cross({names[0]: states[names[0]]}, others)
    mixed = ~torch.eye(len(matrix), dtype=torch.bool)
    return torch.relu(matrix - matrix.diagonal()[:, None] + 1.0)[mixed].mean()


def printed_contrast(energy, states):
    """The proposal's contrast: the first modality against the others, which are permuted as one."""
    names = list(states)
    matrix = energy.cross({names[0]: states[names[0]]}, {name: states[name] for name in names[1:]})
    return torch.nn.functional.cross_entropy(-matrix, torch.arange(len(matrix)))


LOSSES = {
    "margin as printed": printed_margin,
    "margin, sign turned": margin_loss,
    "contrast as printed": printed_contrast,
    "contrast, symmetric": contrastive_loss,
}
HIDDEN, ITEMS, TESTED = 8, 256, 64
for seed in seeds:
    for variant, loss in LOSSES.items():
        generator = torch.Generator().manual_seed(seed)
        views = {name: torch.randn(HIDDEN, 2 * width, generator=generator) for name in NAMES}
        hidden = torch.randn(ITEMS + TESTED, HIDDEN, generator=generator)
        items = {
            name: hidden @ view + 0.5 * torch.randn(ITEMS + TESTED, 2 * width, generator=generator)
            for name, view in views.items()
        }
        torch.manual_seed(seed)
        maps = torch.nn.ModuleDict({name: torch.nn.Linear(2 * width, width, bias=False) for name in NAMES})
        silent = JointMemory.from_joint(widths, torch.zeros(1, 3 * width))
        energy = JointEnergy(silent, Couplings(widths, noise=0.0, learnable=False), gamma=2.0)

        def embedded(batch, maps=maps):
            return {name: normalize(maps[name](x), dim=1) for name, x in batch.items()}

        train(
            maps.parameters(),
            lambda batch, energy=energy, loss=loss, embedded=embedded: loss(energy, embedded(batch)),
            {name: x[:ITEMS] for name, x in items.items()},
            epochs=epochs,
            batch_size=64,
            learning_rate=0.01,
            generator=torch.Generator().manual_seed(seed),
        )
        with torch.no_grad():
            states = embedded({name: x[ITEMS:] for name, x in items.items()})
            for source, target in (("text", "vision"), ("vision", "audio")):
                scores = match_scores(energy, {source: states[source]}, {target: states[target]})
                rows.append(
                    {
                        "variant": variant,
                        "dataset": "linear views",
                        "seed": seed,
                        "metric": f"recall@1, {source} → {target}",
                        "value": float((scores.argmax(dim=1) == torch.arange(TESTED)).double().mean()),
                        "n": TESTED,
                    }
                )
measurements = results.metrics(pd.DataFrame(rows))
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
right.axvline(100 / TESTED, color="black", linestyle=":", linewidth=1)
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
results.headline(
    Headline("patterns", "patterns stored", patterns, precision=0),
    Headline(
        "linear_attractors", "attractors of the linear energy", summary[linear, "attractors"], precision=0
    ),
    Headline(
        "linear_recalled",
        "cues recalled, linear energy",
        100 * summary[linear, "recalled"],
        unit="%",
        precision=0,
    ),
    Headline(
        "linear_length",
        "length of the last state, linear energy",
        summary[linear, "length of the last state"],
        precision=0,
    ),
    Headline(
        "printed_rises",
        "steps of the printed softmax update (identity) that raise the energy",
        100 * summary[printed, "steps that raise the energy"],
        unit="%",
        precision=0,
    ),
    Headline(
        "printed_length",
        "length of the last state, printed softmax update (identity)",
        summary[printed, "length of the last state"],
        precision=0,
    ),
    Headline(
        "joint_recalled",
        "cues recalled, joint energy",
        100 * summary[harmonic, "recalled"],
        unit="%",
        precision=0,
    ),
    Headline(
        "joint_rises",
        "steps of the harmonic update that raise the joint energy",
        100 * summary[harmonic, "steps that raise the energy"],
        unit="%",
        precision=0,
    ),
    *(
        Headline(
            f"{key}_{short}",
            f"recall@1, {source} → {target}, {variant}",
            100 * summary[variant, f"recall@1, {source} → {target}"],
            unit="%",
            precision=0,
        )
        for variant, key in (
            ("margin as printed", "margin_printed"),
            ("margin, sign turned", "margin"),
            ("contrast as printed", "contrast_printed"),
            ("contrast, symmetric", "contrast"),
        )
        for short, source, target in (("tv", "text", "vision"), ("va", "vision", "audio"))
    ),
    Headline("chance", "recall@1 by chance", 100 / TESTED, unit="%", precision=1),
)
