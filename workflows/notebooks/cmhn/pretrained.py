# %% [markdown]
# # The model that the package ships
#
# Small encoders of captions, pictures and sounds, trained end to end on AVSynth's training scenes through the
# harmonic term, with those scenes as the stored triples. This notebook makes the file that `cmhn.load_pretrained`
# reads, and its card.

# %% tags=["parameters"]
data = "data"
output = "results/smoke/cmhn/pretrained"
epochs = 1
batch_size = 32
learning_rate = 2.0e-3
width = 32
seed = 0

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch

from amcore.data.sets.avsynth import FACTORS
from amcore.metrics import median_rank, recall_at
from amcore.plotting import PALETTE, use_style
from amcore.results import Headline, ResultsFolder
from cmhn.evaluation.triples import load_triples
from cmhn.pretrained import EnergyMatcher, prepare_scenes, train_network
from cmhn.ranking import Gallery, chance_recall, directions, ranks

use_style()
results = ResultsFolder(output)
triples = load_triples("avsynth", data)
table = triples.table
split = np.array(triples.split(seed))
sounds = np.stack([triples.sound(row) for row in range(len(triples))])
prepared = prepare_scenes(table["caption"].tolist(), np.asarray(triples.pictures), sounds)


def gallery(part: str) -> Gallery:
    rows = np.flatnonzero(split == part)
    return Gallery(rows, table["group"].iloc[rows].tolist())


# %%
stored = np.flatnonzero(split == "train")
network, history = train_network(
    prepared,
    stored,
    gallery("validation"),
    width=width,
    epochs=epochs,
    batch_size=batch_size,
    learning_rate=learning_rate,
    seed=seed,
)
file = Path(output) / "avsynth.safetensors"
network.save(file)
figure, ax = plt.subplots(figsize=(5, 3))
ax.plot(range(1, epochs + 1), history, color=PALETTE["continuous"], marker="o", markersize=3)
ax.set(xlabel="epoch", ylabel="loss")
results.figure(figure, "training")

# %% [markdown]
# ## On scenes whose combination of shape and colour it has never met

# %%
with torch.no_grad():
    states = {name: encoder(prepared[name]) for name, encoder in network.encoders.items()}
tests = gallery("test")
matcher = EnergyMatcher(network.energy)
rows = []
for source, target in directions(list(states)):
    found = ranks(matcher, states, tests, source, target)
    about = {"variant": "avsynth", "split": "test", "n": len(found), "direction": f"{source} → {target}"}
    rows += [
        {**about, "metric": f"recall@{k}", "value": value}
        for k, value in recall_at(found, [1, 5, 10]).items()
    ]
    rows.append({**about, "metric": "median rank", "value": median_rank(found)})
# A caption calls back the nearest stored scene: which of its factors are right? None has the tested shape in that
# colour.
asked = {"text": states["text"][torch.from_numpy(tests.rows)]}
answers = stored[network.strongest(asked)[0][:, 0].numpy()]
rows += [
    {
        "variant": "avsynth",
        "split": "test",
        "n": len(answers),
        "direction": "text → stored scene",
        "metric": f"right {factor}",
        "value": float((table[factor].to_numpy()[answers] == table[factor].to_numpy()[tests.rows]).mean()),
    }
    for factor in FACTORS
]
measurements = results.metrics(pd.DataFrame(rows), dataset="avsynth", seed=seed)
wide = measurements.pivot(index="direction", columns="metric", values="value").reset_index()
recalls = wide.loc[
    wide["direction"] != "text → stored scene",
    ["direction", "recall@1", "recall@5", "recall@10", "median rank"],
]
results.table(recalls, "recall", precision=3)
recalls

# %% [markdown]
# ## The card

# %%
mean = recalls["recall@1"].mean()
size = file.stat().st_size / 1e6
beta, gamma = float(network.energy.beta), float(network.energy.gamma)
parameters = sum(
    parameter.numel() for encoder in network.encoders.values() for parameter in encoder.parameters()
)
card = f"""# avsynth.safetensors

- **What.** A cross-modal harmonic network: three small encoders ({parameters:,} numbers, features of
  width {width}), a joint memory of {len(stored):,} scenes, a joint energy with β = {beta:g} and γ = {gamma:g}.
  {size:.1f} MB, safetensors.
- **Trained on.** The training scenes of AVSynth, which is generated from a seed (licence MIT):
  {len(stored):,} of {len(triples):,}; no picture, voice or word of any person. Split by combination of
  shape and colour, seed {seed}.
- **How.** Encoders end to end by the composite loss (contrast, margin, weight decay) on every pair of
  modalities, Adam with warm-up and a cosine, {epochs} epochs, batches of {batch_size}, learning rate
  {learning_rate:g}, seed {seed}; β and γ chosen on validation scenes.
- **How well.** Among {len(tests.rows)} held-out scenes of combinations that were never seen, recall@1
  {100 * mean:.1f} % as the mean over six directions (chance {100 * chance_recall(tests, 1):.1f} %).
- **For.** Trying the network without training, tests, examples. **Not for** photographs, speech or
  other words: it knows ten colours, a few shapes and a one-second code of tones.
- **Made again by** the workflow's rule `cmhn_pretrained`.
"""
(Path(output) / "card.md").write_text(card, encoding="utf-8")
results.headline(
    Headline(
        "recall", "recall@1 on held-out scenes, mean of six directions", 100 * mean, unit="%", precision=1
    ),
    Headline("chance", "recall@1 by chance", 100 * chance_recall(tests, 1), unit="%", precision=1),
    Headline("size", "weight file", size, unit="MB", precision=1),
    Headline("parameters", "numbers in the encoders", parameters, precision=0),
    Headline("stored", "scenes in its memory", len(stored), precision=0),
    Headline("tested", "held-out scenes", len(tests.rows), precision=0),
    Headline("epochs", "epochs", epochs, precision=0),
)
