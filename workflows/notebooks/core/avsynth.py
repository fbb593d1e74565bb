# %% [markdown]
# # Scenes to be seen, read and heard
#
# AVSynth is generated: each scene has six factors that its picture, its caption and its sound all carry, each in
# its own way, and nuisances that only one of them has.

# %% tags=["parameters"]
data = "data"
output = "results/smoke/core/avsynth"
samples = 12

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from amcore.data import load_avsynth, log_mel
from amcore.data.sets.avsynth import FACTORS, HEARD_ONLY, READ_ONLY, SEEN_ONLY
from amcore.plotting import use_style
from amcore.results import Headline, ResultsFolder, Sample

use_style()
results = ResultsFolder(output)
scenes = load_avsynth(data)

# %%
results.samples(
    "samples",
    [Sample(scenes.images[i], scenes.sounds[i], scenes.scenes["caption"][i]) for i in range(samples)],
    rate=scenes.rate,
)

# %% [markdown]
# ## What carries what

# %%
heard = {
    "shape": "timbre of the notes",
    "colour": "note within the octave",
    "size": "length of a note",
    "column": "place between the ears",
    "row": "octave",
    "count": "number of notes",
}
meanings = pd.DataFrame(
    [
        {"factor": name, "in the sound": heard[name], "values": scenes.scenes[name].nunique()}
        for name in FACTORS
    ]
    + [
        {"factor": name, "in the sound": note, "values": scenes.scenes[name].nunique()}
        for names, note in (
            (SEEN_ONLY, "not at all; seen alone"),
            (HEARD_ONLY, "there alone"),
            (READ_ONLY, "not at all; read alone"),
        )
        for name in names
    ]
)
results.table(meanings, "meanings", precision=0)
meanings

# %% [markdown]
# ## Pictures above the spectra of their sounds

# %%
shown = 6
figure, axes = plt.subplots(2, shown, figsize=(9, 3.4))
for column in range(shown):
    above, below = axes[:, column]
    above.imshow(scenes.images[column])
    energies = [log_mel(channel, rate=scenes.rate, bands=64).T for channel in scenes.sounds[column]]
    below.imshow(np.concatenate(energies), origin="lower", aspect="auto", cmap="magma")
    below.axhline(len(energies[0]) - 0.5, color="white", linewidth=0.8)
    for ax in (above, below):
        ax.set(xticks=[], yticks=[])
        ax.grid(False)
axes[0, 0].set_ylabel("picture")
axes[1, 0].set_ylabel("left | right")
results.figure(figure, "factors")

# %%
counts = scenes.scenes["split"].value_counts()
results.metrics(
    pd.DataFrame([{"split": split, "value": count} for split, count in counts.items()]),
    variant="scenes",
    dataset="avsynth",
    metric="size",
    unit="scenes",
)
combinations = scenes.scenes.groupby("split")[["shape", "colour"]].apply(
    lambda part: len(part.drop_duplicates())
)
results.headline(
    Headline("scenes", "scenes", len(scenes.scenes), precision=0),
    Headline("factors", "factors that all modalities carry", len(FACTORS), precision=0),
    Headline(
        "unseen",
        "combinations of shape and colour that are only tested on",
        int(combinations["test"]),
        precision=0,
    ),
)
