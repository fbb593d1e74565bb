# %% [markdown]
# # A layer with a continuous memory
#
# **Asked.** A network reads a long film of labelled scenes and is asked for the label of one of them. Does a layer
# whose memory is a function of N coefficients, trained end to end, answer as well as its discrete twin, which keeps
# every frame? And as well as a twin that keeps only N frames? (Santos et al. 2025, section 6, leave it to the future.)

# %% tags=["parameters"]
data = "data"
output = "results/smoke/chmnet/layer"
pictures = 600
components = 16
scenes = 4
many_scenes = 12
bins = 8
hidden = 32
heads = 2
noises = [0.5, 1.0]
length = 32
lengths = [16, 32, 64]
steps = 20
questions = 64
seeds = [0]

# %%
from itertools import product

import matplotlib.pyplot as plt
import pandas as pd
import torch
from sklearn.decomposition import PCA

from amcore.data import load_mnist
from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder, headlines, standings
from amcore.statistics import compare, summarise
from chmnet import ContinuousHopfieldLayer, DiscreteHopfieldLayer, RectangularBasis
from chmnet.evaluation import Films, Twin, train_twins
from chmnet.evaluation.drawing import accuracy_panels, film_strip, loss_panels

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## The films
#
# A scene shows one MNIST digit, as its first principal components with noise on every frame, and beside it a label
# that is drawn anew for every film: what a digit looks like does not tell its label, only the film does. The
# query is another noisy copy of one scene's digit. Networks are trained on digits of the training set and asked about
# digits of the test set.

# %%
digits = {
    split: load_mnist(data, split)[0][:pictures].reshape(-1, 28 * 28) / 255 for split in ("train", "test")
}
analysis = PCA(components, random_state=0).fit(digits["train"])
scale = analysis.transform(digits["train"]).std()
coordinates = {
    split: torch.from_numpy(analysis.transform(pixels) / scale).float() for split, pixels in digits.items()
}

# %%
generator = torch.Generator().manual_seed(seeds[0])
films = Films(coordinates["train"], scenes=scenes, noise=noises[0])
shown = slice(0, None, max(1, length // 12))
example = films.sample(1, length, generator=generator)
# Of some films a short scene falls between the frames that are shown; one that shows the answer is wanted.
while int(example.target[0]) not in example.films[0, shown, components:].argmax(-1):
    example = films.sample(1, length, generator=generator)
film = example.films[0, shown]
pictures = analysis.inverse_transform(torch.cat([film, example.query[0]])[:, :components].numpy() * scale)
titles = [chr(ord("A") + int(label)) for label in film[:, components:].argmax(-1)]
figure = plt.figure(figsize=(8, 1.2))
film_strip(figure, pictures.reshape(-1, 28, 28), [*titles, f"{chr(ord('A') + int(example.target[0]))}?"])
results.figure(figure, "film")

# %% [markdown]
# ## Training
#
# The three networks differ in the layer alone: the same embedding, heads, readout, films, updates and rate. They are
# trained on films of one length and asked about films of others, of as many scenes and of more scenes than the
# continuous memory has coefficients.

# %%
twins = {
    "discrete, all frames": Twin(lambda: DiscreteHopfieldLayer(hidden, heads=heads)),
    f"discrete, {bins} frames": Twin(lambda: DiscreteHopfieldLayer(hidden, heads=heads), kept=bins),
    f"continuous, {bins} bins": Twin(
        lambda: ContinuousHopfieldLayer(hidden, RectangularBasis(bins), heads=heads)
    ),
}
accuracies, losses = [], []
for noise, seed in product(noises, seeds):
    train = Films(coordinates["train"], scenes=scenes, noise=noise)
    tests = [
        Films(coordinates["test"], scenes=count, noise=noise)
        for count in dict.fromkeys((scenes, many_scenes))
    ]
    run = train_twins(
        twins, train, tests,
        hidden=hidden, length=length, lengths=lengths, steps=steps, questions=questions, seed=seed,
    )  # fmt: skip
    accuracies.append(run.accuracy.assign(seed=seed))
    losses.append(run.losses.assign(seed=seed))
measurements = results.metrics(
    pd.concat(accuracies, ignore_index=True), dataset="films of MNIST digits", split="test", metric="accuracy"
)
losses = pd.concat(losses, ignore_index=True)
(parameters,) = set(run.parameters.values())

# %% [markdown]
# ## Accuracy against the length of the film

# %%
colours = dict(zip(twins, (PALETTE["discrete"], PALETTE["reference"], PALETTE["continuous"]), strict=True))
figure = plt.figure(figsize=(3.6 * len(noises), 6))
accuracy_panels(figure, measurements, colours, chance=1 / train.labels)
results.figure(figure, "accuracy")

# %%
figure = plt.figure(figsize=(4 * len(noises), 3.2))
loss_panels(figure, losses, colours)
results.figure(figure, "training")

# %% [markdown]
# ## The numbers
#
# Accuracy of each network at the length it was trained on and at the longest, mean over seeds.

# %%
summary = summarise(measurements, by=["noise", "scenes", "L", "variant"])
ends = summary[summary["L"].isin([length, max(lengths)])]
table = ends.pivot(index=["noise", "scenes", "L"], columns="variant", values="mean")
table = table[list(twins)].reset_index()
results.table(table, "accuracy_table", bars=list(twins))
table

# %% [markdown]
# Pairs of the same seed: each network against the discrete twin with all frames, in the mean over the lengths from the
# one trained on. The trained networks are the units of the tests.

# %%
longer = measurements[measurements["L"] >= length]
of_seed = longer.groupby(["noise", "scenes", "variant", "seed"], as_index=False)["value"].mean()


def lead(variant: str, noise: float, count: int) -> pd.Series:
    """What a network is ahead of the discrete twin with all frames, seed by seed."""
    here = of_seed[(of_seed["noise"] == noise) & (of_seed["scenes"] == count)]
    here = here.pivot(index="seed", columns="variant", values="value")
    return here[variant] - here["discrete, all frames"]


if len(seeds) > 1:
    tests = compare(of_seed, baseline="discrete, all frames", within=["noise", "scenes"])
    tests = tests[["noise", "scenes", "variant", "difference", "n", "p_holm", "significant"]]
    results.table(tests, "tests")
else:
    tests = of_seed.drop(columns="seed")
    results.table(tests, "tests")
tests

# %%
continuous = f"continuous, {bins} bins"
places = {
    "trained": (scenes, length),
    "longest": (scenes, max(lengths)),
    "many": (many_scenes, max(lengths)),
}
asked = [
    (key, place, level, variant, noise, *places[place])
    for variant, key in zip(twins, ("all", "few", "continuous"), strict=True)
    for level, noise in (("low", noises[0]), ("high", noises[-1]))
    for place in places
]
asked = pd.DataFrame(asked, columns=["key", "place", "level", "variant", "noise", "scenes", "L"])
results.headline(
    *headlines(
        asked.merge(summary, how="left"),
        "{key}_{place}_{level}",
        "accuracy, {variant}, {scenes} scenes, noise {noise}, L = {L}",
    ),
    *(
        number
        for level, noise in (("low", noises[0]), ("high", noises[-1]))
        for place, count in (("few", scenes), ("many", many_scenes))
        for number in standings(
            f"lead_{place}_{level}",
            f"continuous less discrete with all frames, {count} scenes, noise {noise}, mean over lengths",
            lead(continuous, noise, count),
        )
    ),
    Headline("seeds", "trained networks of each kind", len(seeds), precision=0),
    Headline("bins", "coefficients of the continuous memory", bins, precision=0),
    Headline("scenes", "scenes of the films trained on", scenes, precision=0),
    Headline("many_scenes", "scenes of the busier films", many_scenes, precision=0),
    Headline("length", "frames of the films trained on", length, precision=0),
    Headline("longest", "frames of the longest films asked about", max(lengths), precision=0),
    Headline("steps", "updates of the training", steps, precision=0),
    Headline("parameters", "parameters of each network", parameters, precision=0),
)
