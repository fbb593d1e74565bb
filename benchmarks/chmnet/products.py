"""Time of the inner products of half-masked frames: symmetric halves against two full products."""

import argparse

import pandas as pd
import torch
from measuring import report, seconds

from chmnet import mask_lower_half
from chmnet.video import half_masked_products, query_products


def full_products(frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """X Xᵀ and Q Xᵀ, each as one product."""
    return frames @ frames.mT, mask_lower_half(frames) @ frames.mT


def main() -> None:
    """Read the options, measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=2048, help="frames L")
    parser.add_argument("--width", type=int, default=37632, help="width D of frames")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--csv", default="chmnet_products.csv")
    options = parser.parse_args()

    length, width = options.frames, options.width
    frames = torch.empty(length, width).uniform_(-1, 1, generator=torch.Generator().manual_seed(0))
    square = 1e-9 * length**2 * width
    gram, scores = full_products(frames)
    slow = seconds(lambda: full_products(frames), options.repeats)
    rows = [{"products": "two full ones", "seconds": slow, "times faster": 1.0, "GFLOP/s": 4 * square / slow}]
    for name, compute, operations in (
        ("query_products, any queries", lambda: query_products(frames, mask_lower_half(frames)), 3 * square),
        ("half_masked_products", lambda: half_masked_products(frames), square),
    ):
        products = compute()
        taken = seconds(compute, options.repeats)
        difference = max(
            float((products.gram - gram).abs().max() / gram.abs().max()),
            float((products.scores - scores).abs().max() / scores.abs().max()),
        )
        rows.append(
            {
                "products": name,
                "seconds": taken,
                "times faster": slow / taken,
                "GFLOP/s": operations / taken,
                "largest difference": difference,
            }
        )
    report(pd.DataFrame(rows), options.csv)


if __name__ == "__main__":
    main()
