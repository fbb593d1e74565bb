"""Time the oscillator interaction and its gradient against the edge-list and the Gram-matrix form.

All forms compute ``F_i = Σ_j [R_ij + S_ij ReLU(μ_iᵀ μ_j)] μ_j`` for a batch of states on one Watts–Strogatz graph, and
the slopes of ``⟨c, F⟩`` with respect to μ, R and S; and the energies of the states, from the sum over edges and from
the forces, ``−½ Σ_i ⟨μ_i, F_i(R, S/2)⟩``. They are checked against each other, then run in turns, each as
often as the others, so that whatever else the machine does hits all alike. The best of the repetitions counts. On a
machine that is busy with other work, the processor's time, summed over threads, says more than the clock.

    python benchmarks/hkam/interaction.py --output interaction.csv

Arithmetic operations, the same for every form, are counted as the sum needs them: ``4 (D+1) + 3`` forward and
``10 (D+1) + 7`` for the gradient, a sample and ordered pair of neighbours; ``2 (D+1) + 3`` for the energy, a sample and
edge. Each number of threads runs in a process of
its own that is bound to so many cores.
"""

import argparse
import functools
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Array, Float

FORMS = ("edge list", "Gram matrix", "portable", "compiled")
BASELINE = "edge list"
TOLERANCE = 1e-4  # largest relative difference among the forms, in float32


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=1094)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--columns", type=int, nargs="+", default=[5, 7], help="D + 1")
    parser.add_argument("--k", type=int, nargs="+", default=[150, 250, 350, 450], help="neighbours")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS))
    parser.add_argument("--output", type=Path, default=Path("interaction.csv"))
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Run one process a number of threads, then write the file and print the table."""
    options = arguments()
    if options.worker:
        measure(options).to_csv(options.output, index=False)
        return
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        for threads in options.threads:
            part = Path(folder) / f"{threads}.csv"
            subprocess.run(
                [sys.executable, *sys.argv, "--worker", "--threads", str(threads), "--output", str(part)],
                check=True,
            )
            parts.append(pd.read_csv(part))
    times = with_ratios(pd.concat(parts, ignore_index=True))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    times.to_csv(options.output, index=False)
    print(table(times).to_string(index=False))
    print(
        f"\nN = {options.nodes}, batch {options.batch}; best of {options.repetitions}; written to {options.output}"
    )


def measure(options: argparse.Namespace) -> pd.DataFrame:
    """Time all forms on as many cores as there are threads."""
    (threads,) = options.threads
    # JAX starts as many threads as the process may use cores, so this must come before it is imported.
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < threads:
        raise SystemExit(f"threads must be at most the {len(cores)} cores of this machine, but is {threads}")
    os.sched_setaffinity(0, cores[:threads])
    os.environ["JAX_PLATFORMS"] = "cpu"
    rows = []
    for columns, k in itertools.product(options.columns, options.k):
        cell = {
            "nodes": options.nodes,
            "batch": options.batch,
            "columns": columns,
            "k": k,
            "threads": threads,
        }
        for row in time_forms(options, columns, k):
            rows.append(cell | row)
            print(rows[-1], file=sys.stderr, flush=True)
    return pd.DataFrame(rows)


def time_forms(options: argparse.Namespace, columns: int, k: int) -> list[dict[str, object]]:
    """Time the forms in turns on one problem."""
    import jax
    import jax.numpy as jnp

    import hkam
    import hkam.kernels

    graph = hkam.watts_strogatz_graph(options.nodes, k, seed=0)
    random = np.random.default_rng(0)
    states = random.normal(size=(options.batch, options.nodes, columns))
    mu = jnp.asarray(states / np.linalg.norm(states, axis=-1, keepdims=True), jnp.float32)
    linear, rectified = (jnp.asarray(random.normal(size=graph.edge_count), jnp.float32) for _ in range(2))
    cotangent = jnp.asarray(random.normal(size=states.shape), jnp.float32)

    States, Weights = Float[Array, "B N D1"], Float[Array, "E"]
    Slopes = tuple[States, Weights, Weights]

    def edge_list(mu: States, linear: Weights, rectified: Weights, graph: hkam.Graph) -> States:
        return jax.vmap(lambda one: hkam.kernels.edge_list_interaction(one, linear, rectified, graph))(mu)

    def gram(mu: States, linear: Weights, rectified: Weights, graph: hkam.Graph) -> States:
        products = jnp.einsum("bnd,bmd->bnm", mu, mu)
        weights = graph.dense(linear) + graph.dense(rectified) * jax.nn.relu(products)
        return jnp.einsum("bnm,bmd->bnd", weights, mu)

    def edge_list_energy(mu: States, linear: Weights, rectified: Weights, graph: hkam.Graph) -> Array:
        products = jnp.sum(mu[:, graph.edges[:, 0]] * mu[:, graph.edges[:, 1]], axis=-1)
        return -(products @ linear + 0.5 * jax.nn.relu(products) ** 2 @ rectified)

    def energy(form: Callable[..., States], *inputs: Any) -> Array:
        mu, linear, rectified, graph = inputs
        return -0.5 * jnp.sum(mu * form(mu, linear, 0.5 * rectified, graph), axis=(1, 2))

    def gradient(form: Callable[..., States], cotangent: States, graph: hkam.Graph, *inputs: Array) -> Slopes:
        return jax.vjp(lambda *moving: form(*moving, graph), *inputs)[1](cotangent)

    interaction = hkam.kernels.oscillator_interaction
    forms = {
        "edge list": edge_list,
        "Gram matrix": gram,
        "portable": functools.partial(interaction, implementation="portable"),
        "compiled": functools.partial(interaction, implementation="compiled"),
    }
    forms = {name: forms[name] for name in options.forms}
    pairs = 2 * graph.edge_count * options.batch
    # Everything is an argument: what is a constant, XLA would compute while it compiles.
    tasks = {
        "forward": (
            {name: jax.jit(form) for name, form in forms.items()},
            (mu, linear, rectified, graph),
            (4 * columns + 3) * pairs,
        ),
        "energy": (
            {
                name: jax.jit(edge_list_energy if name == BASELINE else functools.partial(energy, form))
                for name, form in forms.items()
            },
            (mu, linear, rectified, graph),
            (2 * columns + 3) * pairs // 2,
        ),
        "gradient": (
            {name: jax.jit(functools.partial(gradient, form)) for name, form in forms.items()},
            (cotangent, graph, mu, linear, rectified),
            (10 * columns + 7) * pairs,
        ),
    }
    rows = []
    for task, (programs, inputs, operations) in tasks.items():
        wanted = None
        for name, program in programs.items():  # the first run compiles and is not timed
            got = [np.asarray(leaf) for leaf in jax.tree.leaves(program(*inputs))]
            wanted = got if wanted is None else wanted
            for one, other in zip(got, wanted, strict=True):
                if np.abs(one - other).max() > TOLERANCE * np.abs(other).max():
                    raise SystemExit(f"{name} and {options.forms[0]} disagree on the {task}")
        seconds, processor = ({name: [] for name in programs} for _ in range(2))
        for _ in range(options.repetitions):
            for name, program in programs.items():
                start, start_processor = time.perf_counter(), time.process_time()
                jax.block_until_ready(program(*inputs))
                seconds[name].append(time.perf_counter() - start)
                processor[name].append(time.process_time() - start_processor)
        rows += [
            {
                "task": task,
                "form": name,
                "milliseconds": 1e3 * min(taken),
                "median_milliseconds": 1e3 * float(np.median(taken)),
                "processor_milliseconds": 1e3 * min(processor[name]),
                "gflops": operations / min(taken) / 1e9,
                "repetitions": len(taken),
            }
            for name, taken in seconds.items()
        ]
    return rows


def with_ratios(times: pd.DataFrame) -> pd.DataFrame:
    """Add how many times faster than the edge list each form is, and than itself with one thread."""
    cell, own = ["columns", "k", "threads", "task"], ["columns", "k", "task", "form"]
    times = times.assign(
        **{
            f"faster_{by}": _relative_to(times, times["form"] == BASELINE, cell, f"{unit}milliseconds")
            for by, unit in (("by_clock", ""), ("by_processor", "processor_"))
        }
    )
    return times.assign(
        faster_than_one_thread=_relative_to(times, times["threads"] == 1, own, "milliseconds")
    )


def _relative_to(times: pd.DataFrame, chosen: pd.Series, keys: list[str], quantity: str) -> np.ndarray:
    baseline = times[chosen].set_index(keys)[quantity]
    return baseline.reindex(pd.MultiIndex.from_frame(times[keys])).to_numpy() / times[quantity].to_numpy()


def table(times: pd.DataFrame) -> pd.DataFrame:
    """Return what a reader wants to see of the measurements."""
    return times.drop(columns=["nodes", "batch", "median_milliseconds", "repetitions"]).round(1)


if __name__ == "__main__":
    main()
