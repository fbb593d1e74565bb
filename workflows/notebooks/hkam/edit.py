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
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import hkam
from amcore.data import load_mnist
from amcore.plotting import PALETTE, use_style
from amcore.results import ResultsFolder
from hkam.checkpoints import Checkpoint
from hkam.digits.classifier import pooled_images, spread
from hkam.digits.finetuning import (
    EditedClassifier,
    edited_class_units,
    editing_batches,
    fine_tune,
    random_weights,
)
from hkam.digits.starts import first_start, shown_digits
from hkam.digits.tasks import edited_labels
from hkam.digits.weights import load_classifier, save_edited
from hkam.train import Schedule, recall_batch

use_style()
results = ResultsFolder(output)

# %% [markdown]
# ## The classifier, and untrained oscillators bound to it

# %%
images, labels = {}, {}
for split, number in {"train": train_images, "test": test_images}.items():
    pictures, digits = load_mnist(data, split)
    images[split] = pooled_images(pictures[:number], pooling)
    labels[split] = np.asarray(digits[:number], np.int32)

network = load_classifier(classifier)
associative = task.startswith("associative")
graph = hkam.watts_strogatz_graph(network.size, k, seed=seed)
masked = coupling == "neighbours"
key = jax.random.key(seed)
untrained = EditedClassifier.around(
    network,
    graph,
    first_start(start, images["train"].shape[1], network.size, D + 1, associative=associative, key=key),
    omega=jnp.zeros((D + 1, D + 1)) if learn_omega else None,
    weights=random_weights(graph, k, key=jax.random.fold_in(key, 1)) if first_weights == "random" else None,
    mask=hkam.watts_strogatz_graph(network.size, k, seed=1000 + seed)
    if masked
    else None,  # a second small world
)

# %% [markdown]
# ## Training
#
# The loss looks at the class units only. A run that is killed goes on from its last checkpoint.

# %%
schedule = Schedule(
    updates=updates, batch=batch, rate=rate, halve_every=halve_every, steps=steps, warm_up=warm_up
)


def fixed_step(memory, cues):
    return recall_batch(memory, cues, steps=steps)


def adaptive(memory, cues):
    return hkam.recall(hkam.BatchedMemory(memory), cues, 1.0)


def samples(split, number):
    """Images, what their oscillators are shown, and the labels that the task wants."""
    shown, cues = None, None
    taken = spread(len(images[split]), number)
    if associative:
        shown, cues = shown_digits(
            images[split], labels[split], len(taken), seed=[seed, ["train", "test"].index(split)]
        )
    digits = labels[split][taken]
    return images[split][taken], shown, edited_labels(digits, task, cues=cues), digits


watched = samples("train", watch_images)


def watch(model):
    units = edited_class_units(model, *watched[:2], solve=fixed_step)
    right = np.mean(units.argmax(axis=1) == watched[2])
    return {"strength": float(model.coupling.strength), "accuracy": 100 * float(right)}


run = repr(
    (
        task,
        k,
        D,
        start,
        coupling,
        first_weights,
        seed,
        schedule,
        reference_k,
        start_rate,
        strength_rate,
        rotate,
        learn_omega,
        pooling,
        train_images,
        code,
    )
)
checkpoint = Checkpoint.for_run(Path(checkpoints), run, every=watch_every)
learned_start = not associative or start == "learned"
trained, losses, records = fine_tune(
    untrained,
    editing_batches(
        images["train"],
        labels["train"],
        task,
        size=batch,
        updates=updates,
        seed=seed,
        rotate=D + 1 if rotate else None,
    ),
    schedule=schedule,
    trainable=untrained.trainable(start=learned_start, omega=learn_omega),
    interaction_rate=1.0 if reference_k is None else reference_k / k,
    start_rate=start_rate,
    strength_rate=strength_rate,
    watch=watch,
    watch_every=watch_every,
    checkpoint=checkpoint,
)
history = pd.DataFrame(records)
history["loss"] = (
    pd.Series(losses).rolling(watch_every, min_periods=1).mean().reindex(history["update"] - 1).to_numpy()
)
results.table(history, "history", precision=4)

# %%
figure, (upper, lower) = plt.subplots(2, 1, figsize=(6, 4.2), sharex=True)
upper.plot(history["update"], history["accuracy"], color=PALETTE["discrete"])
upper.set(ylabel="accuracy, %", title=f"{task}, k = {k}, D = {D}")
lower.plot(history["update"], history["strength"], color=PALETTE["continuous"])
lower.set(xlabel="update", ylabel="κ")
results.figure(figure, "learning")

# %% [markdown]
# ## Read with the paper's solver
#
# On images that the training has seen and on test images; digit by digit.

# %%
rows = []
for split, number in {"train": evaluated_train_images, "test": evaluated_test_images}.items():
    pictures, shown, wanted, digits = samples(split, number)
    for variant, solver in (("adaptive", adaptive), ("fixed step", fixed_step)):
        answers = edited_class_units(trained, pictures, shown, solve=solver).argmax(axis=1)
        groups = {"accuracy": np.ones(len(wanted), bool)}
        groups |= {f"accuracy of {digit}": digits == digit for digit in range(10)}
        rows += [
            {
                "variant": variant,
                "split": split,
                "metric": metric,
                "value": 100 * float(np.mean(answers[chosen] == wanted[chosen])),
                "n": int(chosen.sum()),
            }
            for metric, chosen in groups.items()
        ]
measurements = results.metrics(
    pd.DataFrame(rows),
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
after = measurements[measurements["metric"] == "accuracy"].set_index(["variant", "split"])["value"]
card = "\n".join(
    [
        f"# A digit classifier edited by oscillators: {task}",
        "",
        "The Hopfield network that classifies MNIST digits, its synapses unchanged, and oscillators that edit what it",
        f"says of 0 and 1 by {trained.oscillator_weights} weights (k = {k}, D = {D}). Trained in {updates} updates of",
        f"{batch} images, profile {profile}, seed {seed}.",
        "",
        "| accuracy, % | train | test |",
        "|---|---|---|",
        *(
            f"| {name} | {after[name, 'train']:.2f} | {after[name, 'test']:.2f} |"
            for name in ("adaptive", "fixed step")
        ),
    ]
)
save_edited(Path(output) / "network.safetensors", trained, card=card)
checkpoint.path.unlink(missing_ok=True)
