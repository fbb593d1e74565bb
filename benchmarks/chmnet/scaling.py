"""Time, counted operations and memory of discrete and continuous memories, against L and N."""

import argparse
from itertools import product

import pandas as pd
import torch
from measuring import report, seconds

from chmnet import ContinuousHopfield, DiscreteHopfield, RectangularBasis, retrieval_cost


def main() -> None:
    """Read the options, measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lengths", type=int, nargs="+", default=[512, 1024, 2048, 4096], help="frames L")
    parser.add_argument("--fractions", type=int, nargs="+", default=[1, 4, 16, 64], help="L / N")
    parser.add_argument("--width", type=int, default=1280, help="width D of frames")
    parser.add_argument("--queries", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--csv", default="chmnet_scaling.csv")
    options = parser.parse_args()

    generator = torch.Generator().manual_seed(0)
    queries = torch.randn(options.queries, options.width, generator=generator)
    rows = []
    for length, fraction in product(options.lengths, [None, *options.fractions]):
        frames = torch.randn(length, options.width, generator=generator)
        if fraction is None:
            count, variant, fit = length, "discrete", 0.0
            memory = DiscreteHopfield(frames, 1.0)
        else:
            count, variant = length // fraction, "continuous"
            basis = RectangularBasis(count)
            memory = ContinuousHopfield.fit(frames, basis, beta=1.0)
            fit = seconds(lambda x=frames, b=basis: ContinuousHopfield.fit(x, b, beta=1.0), options.repeats)
        cost = retrieval_cost(memory, options.queries)
        update = seconds(lambda m=memory: m.update(queries), options.repeats)
        rows.append(
            {
                "variant": variant,
                "L": length,
                "N": count,
                "fit milliseconds": 1e3 * fit,
                "microseconds a query": 1e6 * update / options.queries,
                "kFLOP a query": cost.operations / 1e3,
                "held MB": cost.held / 1e6,
            }
        )
    report(pd.DataFrame(rows), options.csv)


if __name__ == "__main__":
    main()
