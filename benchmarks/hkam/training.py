"""Time one update of the fine-tuning against the same update written without the compiled interaction.

Both edit the same classifier (N = 1094) with the same oscillators on the same batch: squared error of the class units
at t = 1, its gradient with respect to R, S, κ and μ(0), one step of Lion.

``here``
    `hkam.digits.finetuning`: the batch as one system, the compiled interaction with its own derivative, Heun's method.
``edge list, Heun``
    ``jax.vmap`` of the recall of one sample, forces gathered from and scattered to an edge list and differentiated by
    JAX, Heun's method with the same steps, diffrax's default adjoint.
``edge list, Tsit5``
    The same with the paper's adaptive solver and tolerances.

    python benchmarks/hkam/training.py --output training.csv

The first two must agree in their loss and in their gradients. They run in turns; the best repetition counts.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TOLERANCE = 1e-4  # largest relative difference of the gradients, in float32 after a whole solve


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pixels", type=int, default=784)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--k", type=int, nargs="+", default=[150])
    parser.add_argument("--columns", type=int, nargs="+", default=[5], help="D + 1")
    parser.add_argument("--steps", type=int, default=4, help="steps of Heun's method")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--output", type=Path, default=Path("training.csv"))
    return parser.parse_args()


def main() -> None:
    """Time every cell, write the file and print the table."""
    options = arguments()
    # JAX starts as many threads as the process may use cores, so this must come before it is imported.
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < options.threads:
        raise SystemExit(
            f"threads must be at most the {len(cores)} cores of this machine, but is {options.threads}"
        )
    os.sched_setaffinity(0, cores[: options.threads])
    rows = []
    for k in options.k:
        for columns in options.columns:
            rows += [
                {"k": k, "columns": columns, "threads": options.threads} | row
                for row in cell(options, k, columns)
            ]
    times = pd.DataFrame(rows)
    times.to_csv(options.output, index=False)
    print(times.round(2).to_string(index=False))


def cell(options: argparse.Namespace, k: int, columns: int) -> list[dict[str, Any]]:
    """Time the three forms on one problem."""
    import diffrax
    import equinox as eqx
    import jax
    import jax.numpy as jnp
    from jaxtyping import Array, Float

    import hkam
    import hkam.kernels
    from hkam.digits.classifier import classifier_memory, squared_error
    from hkam.digits.finetuning import EditedClassifier, EditingBatch
    from hkam.digits.starts import LearnedStart
    from hkam.train import Schedule, recall_batch

    class EdgeListInteraction(hkam.AbstractInteraction):
        linear: Float[Array, "E"]
        rectified: Float[Array, "E"]
        graph: hkam.Graph
        invariant: bool = eqx.field(static=True, default=True)

        def energy(self, mu: Float[Array, "N D1"]) -> Float[Array, ""]:
            products = jnp.sum(mu[self.graph.edges[:, 0]] * mu[self.graph.edges[:, 1]], axis=-1)
            return -(self.linear @ products + 0.5 * self.rectified @ jax.nn.relu(products) ** 2)

        def force(self, mu: Float[Array, "N D1"]) -> Float[Array, "N D1"]:
            return hkam.kernels.edge_list_interaction(mu, self.linear, self.rectified, self.graph)

    classifier = classifier_memory(options.pixels, key=jax.random.key(0))
    graph = hkam.watts_strogatz_graph(classifier.size, k, seed=0)
    start = LearnedStart(hkam.random_unit_rows(classifier.size, columns, key=jax.random.key(1)))
    network = EditedClassifier.around(classifier, graph, start)
    random = np.random.default_rng(0)

    def weights(tree: EditedClassifier) -> list[Any]:
        return [tree.interaction.linear, tree.interaction.rectified]

    drawn = [jnp.asarray(random.normal(scale=0.1, size=graph.edge_count), jnp.float32) for _ in range(2)]
    network = eqx.tree_at(weights, network, drawn)
    plain = eqx.tree_at(
        lambda tree: tree.memory.kuramoto.interaction, network, EdgeListInteraction(*drawn, graph)
    )
    images = jnp.asarray(random.uniform(size=(options.batch, options.pixels)), jnp.float32)
    labels = jnp.asarray(random.integers(0, 10, size=options.batch))
    batch = EditingBatch(images, labels, None, None)

    def here(model: EditedClassifier, batch: EditingBatch) -> Float[Array, ""]:
        final = recall_batch(model.memory, model.cue(batch.images), steps=options.steps).state.x
        return squared_error(final, batch.labels)

    def written_plainly(**solver: Any) -> Callable[..., Float[Array, ""]]:
        def loss(model: EditedClassifier, batch: EditingBatch) -> Float[Array, ""]:
            solve = jax.vmap(lambda cue: hkam.recall(model.memory, cue, **solver).state.x)
            return squared_error(solve(model.cue(batch.images)), batch.labels)

        return loss

    heun = {
        "solver": diffrax.Heun(),
        "controller": diffrax.ConstantStepSize(),
        "first_step": 1 / options.steps,
    }
    forms = {
        "here": (here, network),
        "edge list, Heun": (written_plainly(**heun), plain),
        "edge list, Tsit5": (written_plainly(), plain),
    }
    optimiser = Schedule().optimiser()
    mask = network.trainable(start=True)

    def update_of(loss: Callable[..., Float[Array, ""]]) -> Callable[..., Any]:
        @eqx.filter_jit
        def update(learned: Any, frozen: Any, state: Any, batch: EditingBatch) -> Any:
            value, slope = eqx.filter_value_and_grad(lambda part: loss(eqx.combine(part, frozen), batch))(
                learned
            )
            change, state = optimiser.update(slope, state, learned)
            return value, slope, eqx.apply_updates(learned, change), state

        return update

    runs: dict[str, Callable[[], Any]] = {}
    for name, (loss, model) in forms.items():
        spec = mask if model is network else plain_mask(eqx, jax, plain)
        learned, frozen = eqx.partition(model, spec)
        state = optimiser.init(eqx.filter(learned, eqx.is_inexact_array))
        inputs = (learned, frozen, state, batch)
        update = update_of(loss).lower(*inputs).compile()
        runs[name] = lambda update=update, inputs=inputs: update(*inputs)
        print(k, columns, name, "is compiled", file=sys.stderr, flush=True)
    jax.block_until_ready(runs["here"]())  # the compiled interaction is loaded once
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    answers: dict[str, Any] = {}
    for _ in range(options.repetitions):
        for name, run in runs.items():
            begin = time.perf_counter()
            answers[name] = jax.block_until_ready(run())
            seconds[name].append(time.perf_counter() - begin)
            print(k, columns, name, seconds[name][-1], file=sys.stderr, flush=True)
    difference = _difference(answers["here"], answers["edge list, Heun"], jax)
    if difference > TOLERANCE:
        raise SystemExit(f"the forms disagree: relative difference of loss or gradients {difference:.2g}")
    best = min(seconds["here"])
    return [
        {
            "form": name,
            "seconds": min(taken),
            "slower": min(taken) / best,
            "repetitions": len(taken),
            "difference": difference,
        }
        for name, taken in seconds.items()
    ]


def plain_mask(eqx: Any, jax: Any, model: Any) -> Any:
    """Return which leaves the plain form trains: the same as the other."""
    fixed = jax.tree.map(lambda _: False, model)

    def learned(tree: Any) -> list[Any]:
        interaction = tree.memory.kuramoto.interaction
        return [interaction.linear, interaction.rectified, tree.memory.coupling.strength, tree.start.rows]

    return eqx.tree_at(learned, fixed, replace=[True] * 4)


def _difference(one: Any, other: Any, jax: Any) -> float:
    """Return the largest relative difference of losses and gradients."""
    pairs = zip(jax.tree.leaves(one[:2]), jax.tree.leaves(other[:2]), strict=True)
    return max(
        float(np.abs(np.asarray(a) - np.asarray(b)).max() / np.abs(np.asarray(b)).max()) for a, b in pairs
    )


if __name__ == "__main__":
    main()
