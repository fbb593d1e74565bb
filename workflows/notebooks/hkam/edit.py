# %% [markdown]
# # One edit of the digit classifier
#
# **Asked.** The synapses of the trained classifier are frozen. Can oscillators that are bound to its units, and
# nothing else, change what it says about the digits 0 and 1, and leave the other digits alone?

# %% tags=["parameters"]
data = "data"
output = "results/smoke/hkam/edits/swap-k10-D4-seed0"
classifier = "results/smoke/hkam/mnist/classifier.safetensors"
checkpoints = "logs/smoke/hkam/checkpoints"
code = ""
profile = "smoke"
task = "swap"
k = 10
D = 4
start = "learned"
coupling = "all pairs"
first_weights = "zero"
seed = 0
pooling = 2
train_images = 6000
test_images = 1000
updates = 60
batch = 20
rate = 1.0e-3
halve_every = 120
warm_up = 30
reference_k = 150
start_rate = 10.0
strength_rate = 0.07
steps = 6
rotate = False
learn_omega = False
watch_every = 50
watch_images = 500
evaluated_train_images = 1000
evaluated_test_images = 1000

# %%
from pathlib import Path

import jax
import matplotlib.pyplot as plt
import numpy as np

from amcore.data import load_mnist
from amcore.plotting import use_style
from amcore.results import ResultsFolder
from hkam.checkpoints import Checkpoint
from hkam.digits.binding import untrained_edit
from hkam.digits.cards import edit_card
from hkam.digits.classifier import pooled_images
from hkam.digits.drawing import learning_curves
from hkam.digits.finetuning import editing_batches, fine_tune
from hkam.digits.reading import read_edit, samples_of
from hkam.digits.solvers import reading_solvers
from hkam.digits.watching import strength_and_accuracy, training_history
from hkam.digits.weights import load_classifier, save_edited
from hkam.train import Schedule

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## The classifier, and untrained oscillators bound to it
#
# With `neighbours` κ couples only the edges of a second small world.

# %%
images, labels = {}, {}
for split, number in {"train": train_images, "test": test_images}.items():
    pictures, digits = load_mnist(data, split)
    images[split] = pooled_images(pictures[:number], pooling)
    labels[split] = np.asarray(digits[:number], np.int32)

network = load_classifier(classifier)
untrained = untrained_edit(
    network,
    images["train"].shape[1],
    task,
    k=k,
    D=D,
    start=start,
    coupling=coupling,
    first_weights=first_weights,
    rotates=learn_omega,
    seed=seed,
)

# %% [markdown]
# ## Training
#
# The loss looks at the class units only. A run that is killed goes on from its last checkpoint.

# %%
schedule = Schedule(
    updates=updates, batch=batch, rate=rate, halve_every=halve_every, steps=steps, warm_up=warm_up
)
solvers = reading_solvers(steps)
watched = samples_of(task, images["train"], labels["train"], watch_images, split="train", seed=seed)
drawn = (task, k, D, start, coupling, first_weights, seed)
trained_as = (schedule, reference_k, start_rate, strength_rate, rotate, learn_omega)
run = repr((*drawn, *trained_as, pooling, train_images, code))
checkpoint = Checkpoint.for_run(Path(checkpoints), run, every=watch_every)
turned = D + 1 if rotate else None
learns_start = start == "learned" or not task.startswith("associative")
fitted = fine_tune(
    untrained,
    editing_batches(
        images["train"], labels["train"], task, size=batch, updates=updates, seed=seed, rotate=turned
    ),
    schedule=schedule,
    trainable=untrained.trainable(start=learns_start, omega=learn_omega),
    interaction_rate=1.0 if reference_k is None else reference_k / k,
    start_rate=start_rate,
    strength_rate=strength_rate,
    watch=strength_and_accuracy(watched, solve=solvers["fixed step"]),
    watch_every=watch_every,
    checkpoint=checkpoint,
)
trained = fitted.memory
history = training_history(fitted, window=watch_every)
results.table(history, "history", precision=4)

# %%
figure = plt.figure(figsize=(6, 4.2))
learning_curves(figure, history, f"{task}, k = {k}, D = {D}")
results.figure(figure, "learning")

# %% [markdown]
# ## Read with the paper's solver
#
# On images that the training has seen and on test images; digit by digit.

# %%
evaluated = {"train": evaluated_train_images, "test": evaluated_test_images}
samples = {
    split: samples_of(task, images[split], labels[split], number, split=split, seed=seed)
    for split, number in evaluated.items()
}
measurements = results.metrics(
    read_edit(trained, samples, solvers),
    dataset=task,
    unit="%",
    seed=seed,
    k=k,
    D=D,
    start=start,
    coupling=coupling,
    first_weights=first_weights,
    updates=updates,
    weights=trained.oscillator_weights,
    device=jax.devices()[0].device_kind,
    profile=profile,
)
measurements[measurements["metric"] == "accuracy"]

# %%
card = edit_card(
    trained, task, measurements, k=k, D=D, updates=updates, batch=batch, profile=profile, seed=seed
)
save_edited(Path(output) / "network.safetensors", trained, card=card)
checkpoint.path.unlink(missing_ok=True)
