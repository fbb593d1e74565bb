"""Time of the contrastive loss' energy matrices against a Python loop that takes one pair at a time."""

import argparse

import pandas as pd
import torch
from measuring import report, seconds
from torch import Tensor

from cmhn import Energy, JointEnergy, JointMemory, SeparableEnergy
from cmhn.losses import pair_energies


def by_loop(energy: Energy, states: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same matrices, one call of the energy a pair."""
    count = len(next(iter(states.values())))
    matrices = {}
    for name in states:
        matrix = torch.empty(count, count)
        for i in range(count):
            for j in range(count):
                item = {other: x[i : i + 1] for other, x in states.items()}
                item[name] = states[name][j : j + 1]
                matrix[i, j] = energy(item)[0]
        matrices[name] = matrix
    return matrices


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batch", type=int, default=256, help="triples in a batch")
    parser.add_argument("--patterns", type=int, default=1000)
    parser.add_argument("--width", type=int, default=128, help="width of each of three modalities")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--csv", default="cmhn_contrastive.csv")
    options = parser.parse_args()

    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    widths = dict.fromkeys(("text", "vision", "audio"), options.width)

    def draw(count: int) -> dict[str, Tensor]:
        return {
            name: torch.nn.functional.normalize(torch.randn(count, width, generator=generator), dim=1)
            for name, width in widths.items()
        }

    memory = JointMemory(widths)
    memory.store(**draw(options.patterns))
    states = draw(options.batch)
    rows = []
    with torch.no_grad():
        for kind in (JointEnergy, SeparableEnergy):
            energy = kind(memory, beta=20.0)
            fast = seconds(lambda e=energy: pair_energies(e, states), options.repeats)
            looped = {}
            slow = seconds(lambda e=energy, found=looped: found.update(by_loop(e, states)), 1)
            matrices = pair_energies(energy, states)
            rows.append(
                {
                    "energy": kind.__name__,
                    "batch": options.batch,
                    "loop seconds": slow,
                    "cmhn milliseconds": 1e3 * fast,
                    "times faster": slow / fast,
                    "largest difference": max(
                        float((matrices[name] - looped[name]).abs().max()) for name in matrices
                    ),
                }
            )
    report(pd.DataFrame(rows), options.csv)


if __name__ == "__main__":
    main()
