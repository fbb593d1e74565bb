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
import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
import torch
from sklearn.decomposition import PCA

from amcore.data import load_mnist
from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from amcore.statistics import compare, summarise
from chmnet import ContinuousHopfieldLayer, DiscreteHopfieldLayer, RectangularBasis
from chmnet.evaluation import Films, RecallNetwork, recall_accuracy, train_recall

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
example = Films(coordinates["train"], scenes=scenes, noise=noises[0]).sample(
    1, length, generator=torch.Generator().manual_seed(seeds[0])
)
spread = slice(None, None, max(1, length // 12))
film = example.films[0, spread]
images = analysis.inverse_transform(torch.cat([film, example.query[0]])[:, :components].numpy() * scale)
titles = [chr(ord("A") + int(label)) for label in film[:, components:].argmax(-1)]
figure, axes = plt.subplots(1, len(images) + 1, figsize=(8, 1.2))
axes[-2].axis("off")
answer = f"{chr(ord('A') + int(example.target[0]))}?"
for ax, image, title in zip([*axes[:-2], axes[-1]], images, [*titles, answer], strict=True):
    ax.imshow(image.reshape(28, 28), cmap="gray")
    ax.set_title(title, loc="center")
    ax.set(xticks=[], yticks=[])
results.figure(figure, "film")

# %% [markdown]
# ## Training
#
# The three networks differ in the layer alone: the same embedding, heads, readout, films, updates and rate. They are
# trained on films of one length and asked about films of others, of as many scenes and of more scenes than the
# continuous memory has coefficients.

# %%
few = f"discrete, {bins} frames"
layers = {
    "discrete, all frames": lambda: DiscreteHopfieldLayer(hidden, heads=heads),
    few: lambda: DiscreteHopfieldLayer(hidden, heads=heads),
    f"continuous, {bins} bins": lambda: ContinuousHopfieldLayer(hidden, RectangularBasis(bins), heads=heads),
}
everything, _, continuous = layers
rows, curves = [], []
for noise in noises:
    train = Films(coordinates["train"], scenes=scenes, noise=noise)
    tests = {count: Films(coordinates["test"], scenes=count, noise=noise) for count in (scenes, many_scenes)}
    for seed in seeds:
        for variant, layer in layers.items():
            torch.manual_seed(seed)
            network = RecallNetwork(
                train.width, train.labels, layer(), hidden=hidden, kept=bins if variant == few else None
            )
            generator = torch.Generator().manual_seed(seed)
            losses = train_recall(network, train, length=length, steps=steps, generator=generator)
            curves.append(
                pd.DataFrame(
                    {"update": range(steps), "loss": losses, "variant": variant, "noise": noise, "seed": seed}
                )
            )
            for count, films in tests.items():
                for frames in lengths:
                    if frames < count:
                        continue
                    generator = torch.Generator().manual_seed(10_000 + seed)
                    accuracy = recall_accuracy(
                        network, films, length=frames, count=questions, generator=generator
                    )
                    rows.append(
                        {
                            "variant": variant,
                            "dataset": "films of MNIST digits",
                            "split": "test",
                            "seed": seed,
                            "metric": "accuracy",
                            "value": accuracy,
                            "n": questions,
                            "noise": noise,
                            "scenes": count,
                            "L": frames,
                        }
                    )
measurements = results.metrics(pd.DataFrame(rows))
curves = pd.concat(curves, ignore_index=True)
parameters = sum(tensor.numel() for tensor in network.parameters())

# %% [markdown]
# ## Accuracy against the length of the film

# %%
colours = dict(zip(layers, (PALETTE["discrete"], PALETTE["reference"], PALETTE["continuous"]), strict=True))
panels = [(noise, count) for count in (scenes, many_scenes) for noise in noises]
figure, axes = plt.subplots(
    2, len(noises), figsize=(3.6 * len(noises), 6), sharex=True, sharey=True, squeeze=False
)
for ax, (noise, count) in zip(axes.flat, panels, strict=True):
    part = measurements[(measurements["noise"] == noise) & (measurements["scenes"] == count)]
    sns.lineplot(
        part, x="L", y="value", hue="variant", hue_order=list(layers), palette=colours, style="variant",
        style_order=list(layers), markers=True, dashes=False, errorbar="sd", ax=ax, legend=ax is axes.flat[0],
    )  # fmt: skip
    ax.axhline(1 / train.labels, color=PALETTE["reference"], linestyle=":", linewidth=1)
    ax.set_xscale("log", base=2)
    ax.set(
        title=f"{count} scenes, noise {noise}", xlabel="length L of the film", ylabel="accuracy", ylim=(0, 1)
    )
handles, names = axes.flat[0].get_legend_handles_labels()
axes.flat[0].get_legend().remove()
figure.legend(handles, names, loc="outside lower center", ncols=3)
results.figure(figure, "accuracy")

# %%
figure, axes = plt.subplots(1, len(noises), figsize=(4 * len(noises), 3.2), sharey=True, squeeze=False)
window = max(1, steps // 30)
for ax, noise in zip(axes.flat, noises, strict=True):
    for variant in layers:
        part = curves[(curves["noise"] == noise) & (curves["variant"] == variant)]
        mean = part.groupby("update")["loss"].mean().rolling(window, min_periods=1).mean()
        ax.plot(mean.index, mean, color=colours[variant], label=variant)
    ax.set(title=f"noise {noise}", xlabel="update", ylabel="cross-entropy")
axes.flat[0].legend()
results.figure(figure, "training")

# %% [markdown]
# ## The numbers
#
# Accuracy of each network at the length it was trained on and at the longest, mean over seeds.

# %%
summary = summarise(measurements, by=["noise", "scenes", "L", "variant"])
ends = summary[summary["L"].isin([length, max(lengths)])]
table = ends.pivot(index=["noise", "scenes", "L"], columns="variant", values="mean")[
    list(layers)
].reset_index()
results.table(table, "accuracy_table", bars=list(layers))
table

# %% [markdown]
# Pairs of the same seed, length and noise, the films of as many scenes as in training: continuous against the discrete
# twin with all frames, tested over all lengths from the one trained on.

# %%
longer = measurements[(measurements["scenes"] == scenes) & (measurements["L"] >= length)]
tests = compare(longer, baseline=everything, over=["seed", "L"], within=["noise"])
tests = tests[["noise", "variant", "baseline", "difference", "n", "p_holm", "significant"]]
results.table(tests, "tests")
tests

# %%
at = summary.set_index(["noise", "scenes", "L", "variant"])
keys = dict(zip(layers, ("all", "few", "continuous"), strict=True))
results.headline(
    *(
        Headline(
            f"{key}_{where}_{level}",
            f"accuracy, {variant}, {count} scenes, noise {noise}, L = {frames}",
            float(at.loc[(noise, count, frames, variant), "mean"]),
            std=float(at.loc[(noise, count, frames, variant), "std"]),
            n=len(seeds),
        )
        for variant, key in keys.items()
        for level, noise in (("low", noises[0]), ("high", noises[-1]))
        for where, count, frames in (
            ("trained", scenes, length),
            ("longest", scenes, max(lengths)),
            ("many", many_scenes, max(lengths)),
        )
    ),
    Headline("bins", "coefficients of the continuous memory", bins, precision=0),
    Headline("scenes", "scenes of the films trained on", scenes, precision=0),
    Headline("many_scenes", "scenes of the busier films", many_scenes, precision=0),
    Headline("length", "frames of the films trained on", length, precision=0),
    Headline("longest", "frames of the longest films asked about", max(lengths), precision=0),
    Headline("steps", "updates of the training", steps, precision=0),
    Headline("parameters", "parameters of each network", parameters, precision=0),
)
