# %% [markdown]
# # A caption calls back its picture and its sound
#
# **Asked.** All triples of a data set are stored. A caption that has lost letters is given as the only cue: does
# the memory bring back the picture and the sound that belong to it? Everything here is asked of *stored* triples;
# held-out ones have their own experiment, and the two are never mixed.

# %% tags=["parameters"]
data = "data"
features = "data/features/smoke"
output = "results/smoke/cmhn/completion"
dataset = "avsynth"
queries = 40
damages = [0.0, 0.3]
played = 0.2
samples = 3
beta = 100.0
seeds = [0, 1]

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
import torch

from amcore.metrics import cosine_similarity
from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder, Sample
from amcore.statistics import summarise
from cmhn import HarmonicNetwork, JointEnergy, JointMemory
from cmhn.baselines import NearestTriple, RidgeRegression
from cmhn.encoders import SentenceEncoder
from cmhn.evaluation.damage import drop_letters
from cmhn.evaluation.features import encode_captions, load_features, standardise
from cmhn.evaluation.triples import load_triples

use_style()
results = ResultsFolder(output)
triples = load_triples(dataset, data)
table = triples.table

# %% [markdown]
# ## The store
#
# A caption's features are the meaning of the English sentence and the letters of the language it is spoken in; a
# picture's are those of an image encoder; a sound's are its log-mel energies. All encoders are frozen and nothing
# is trained.

# %%
raw = load_features(Path(features) / dataset, triples)
everything = np.arange(len(triples))
stored = standardise(raw, everything)
memory = JointMemory({name: x.shape[1] for name, x in stored.items()})
memory.store(**stored)
network = HarmonicNetwork(JointEnergy(memory, beta=beta, gamma=0.0)).requires_grad_(False)
store = pd.DataFrame(
    [
        ("triples", len(triples)),
        ("pictures", table["picture"].nunique()),
        ("sounds", table["sound"].nunique()),
        ("languages", table["language"].nunique()),
        *((f"numbers in a {name} pattern", width) for name, width in memory.widths.items()),
    ],
    columns=[dataset, "count"],
)
results.table(store, "store", precision=0)
store

# %% [markdown]
# ## Captions that have lost letters

# %%
sentences = SentenceEncoder()


# %%
def cue(rows: np.ndarray, share: float, random: np.random.Generator) -> tuple[list[str], torch.Tensor]:
    """Damaged captions and their features; one that is English is damaged once, not twice in different ways."""
    own = [drop_letters(caption, share, random=random) for caption in table["caption"].iloc[rows]]
    english = [
        text if language == "en" else drop_letters(whole, share, random=random)
        for text, whole, language in zip(
            own, table["english"].iloc[rows], table["language"].iloc[rows], strict=True
        )
    ]
    # On the scale of the stored ones: the mean that is taken off is theirs.
    together = torch.cat([raw["text"], encode_captions(english, own, sentences=sentences)])
    return own, standardise({"text": together}, everything)["text"][len(triples) :]


ridge = RidgeRegression(stored, ridge=1.0)
nearest = NearestTriple(stored)
pictures, groups = table["picture"].to_numpy(), table["group"].to_numpy()
rows = []
for seed in seeds:
    random = np.random.default_rng(seed)
    asked = random.choice(len(triples), size=min(queries, len(triples)), replace=False)
    for damage in damages:
        _, text = cue(asked, damage, random)
        retrieval = network.retrieve({"text": text}, clamp=["text"], steps=1, weights=False)
        found, _ = network.strongest({"text": text})
        answers = {
            "joint memory": retrieval.states,
            "nearest triple": {name: nearest.complete("text", text, name) for name in ("vision", "audio")},
            "ridge": {name: ridge.complete("text", text, name) for name in ("vision", "audio")},
        }
        for variant, answer in answers.items():
            for name in ("vision", "audio"):
                cosine = cosine_similarity(
                    answer[name].numpy(), stored[name][torch.from_numpy(asked)].numpy()
                )
                rows.append((variant, seed, damage, f"cosine, {name}", float(cosine.mean())))
        strongest = found[:, 0].numpy()
        rows += [
            (
                "joint memory",
                seed,
                damage,
                "right picture",
                float((pictures[strongest] == pictures[asked]).mean()),
            ),
            ("joint memory", seed, damage, "right triple", float((strongest == asked).mean())),
            ("joint memory", seed, damage, "right group", float((groups[strongest] == groups[asked]).mean())),
        ]
measurements = results.metrics(
    pd.DataFrame(rows, columns=["variant", "seed", "damage", "metric", "value"]),
    dataset=dataset,
    split="stored",
    n=min(queries, len(triples)),
)
summary = summarise(measurements, by=["variant", "metric", "damage"])

# %%
colours = {
    "joint memory": PALETTE["continuous"],
    "nearest triple": PALETTE["discrete"],
    "ridge": PALETTE["reference"],
}
figure, axes = plt.subplots(1, 3, figsize=(9, 3.2), sharey=True)
percent = measurements.assign(lost=100 * measurements["damage"])
for ax, metric in zip(axes, ("cosine, vision", "cosine, audio"), strict=False):
    sns.lineplot(
        percent[percent["metric"] == metric], x="lost", y="value", hue="variant", palette=colours, errorbar="sd", ax=ax,
        style="variant", markers=True, dashes=False, legend=metric == "cosine, vision",
    )  # fmt: skip
    ax.axhline(0.85, color="black", linestyle=":", linewidth=1)
    ax.set(title=metric, xlabel="letters lost, %", ylabel="")
handles, names = axes[0].get_legend_handles_labels()
axes[0].get_legend().remove()
figure.legend(handles, names, loc="outside lower center", ncols=3)
right = percent[percent["metric"].str.startswith("right")]
sns.lineplot(
    right, x="lost", y="value", hue="metric", palette="Greys_d", errorbar="sd", ax=axes[2], marker="o"
)
axes[2].legend(title="")
axes[2].set(title="share of answers", xlabel="letters lost, %", ylim=(0, 1.03))
results.figure(figure, "completion")

# %%
wide = summary.pivot(index=["metric", "variant"], columns="damage", values="mean").reset_index()
wide.columns = [
    f"{100 * column:.0f} % lost" if isinstance(column, float) else column for column in wide.columns
]
results.table(wide, "completion_table")
wide

# %% [markdown]
# ## Seen and heard
#
# Under each picture that came back, the sound that came back with it.

# %%
random = np.random.default_rng(seeds[0])
shown = random.choice(len(triples), size=min(samples, len(triples)), replace=False)
texts, text = cue(shown, played, random)
found = network.strongest({"text": text})[0][:, 0].numpy()
spoken = table["caption"].to_numpy()
results.samples(
    "samples",
    [
        Sample(
            triples.picture(int(answer)),
            triples.sound(int(answer)),
            f"asked: “{asked}” ({table['language'].iloc[row]}); "
            # Several triples may have one caption: none of them is a wrong answer to it.
            f"found{'' if spoken[answer] == spoken[row] else ' instead'}: “{spoken[answer]}”",
        )
        for asked, row, answer in zip(texts, shown, found, strict=True)
    ],
    rate=triples.rate,
)

# %%
at = summary.set_index(["variant", "metric", "damage"])["mean"]
low, high = damages[0], damages[-1]
reached = [
    damage
    for damage in damages
    if all(at["joint memory", f"cosine, {name}", damage] > 0.85 for name in ("vision", "audio"))
]
results.headline(
    Headline("triples", "triples stored", len(triples), precision=0),
    Headline("lost", "letters lost at the largest damage", 100 * high, unit="%", precision=0),
    Headline(
        "right_whole",
        "right picture, whole captions",
        100 * at["joint memory", "right picture", low],
        unit="%",
        precision=1,
    ),
    Headline(
        "right_damaged",
        "right picture at the largest damage",
        100 * at["joint memory", "right picture", high],
        unit="%",
        precision=1,
    ),
    Headline(
        "triple_whole",
        "right triple, whole captions",
        100 * at["joint memory", "right triple", low],
        unit="%",
        precision=1,
    ),
    Headline(
        "reached",
        "largest damage at which picture and sound have a cosine above 0.85",
        100 * max(reached, default=0.0),
        unit="% of letters",
        precision=0,
    ),
    *(
        Headline(
            f"{key}_{name}",
            f"cosine, {name}, {variant}, largest damage",
            at[variant, f"cosine, {name}", high],
        )
        for variant, key in (("joint memory", "memory"), ("nearest triple", "nearest"), ("ridge", "ridge"))
        for name in ("vision", "audio")
    ),
)
