"""Time and peak memory of one retrieval from N patterns, against softmax(Q Kᵀ) K in plain PyTorch.

Each measurement runs in a process of its own. "above patterns" is that process' peak resident size, PyTorch itself
included, less the size of the patterns. The network's time holds two energies besides the step. Mean-only ways compute
what the plain expression computes.
"""

import argparse
import math

import pandas as pd
import torch
from measuring import in_a_process_of_its_own, peak_bytes, report, seconds

from cmhn import FusedAttention, HarmonicNetwork, JointEnergy, JointMemory, PlainAttention, TiledAttention

WAYS = ["softmax(Q Kᵀ) K", "tiles", "fused", "network"]


def measure(way: str, count: int, width: int, cues: int, beta: float, repeats: int) -> dict[str, float]:
    """Seconds, peak memory, and the largest difference from the plain answer where that fits."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    patterns = torch.empty(count, width)
    for rows in patterns.split(8192):
        rows.normal_(generator=generator).div_(math.sqrt(width))
    chosen = torch.randint(count, (cues,), generator=generator)
    queries = patterns[chosen] + 0.5 * torch.randn(cues, width, generator=generator) / math.sqrt(width)

    model = HarmonicNetwork(
        JointEnergy(JointMemory.from_joint({"only": width}, patterns), beta=beta, gamma=0.0)
    )
    calls = {
        "softmax(Q Kᵀ) K": lambda: torch.softmax(beta * queries @ patterns.T, dim=1) @ patterns,
        "tiles": lambda: TiledAttention().attend(beta * queries, patterns, partition=False).mean,
        "fused": lambda: FusedAttention().attend(beta * queries, patterns, partition=False).mean,
        "network": lambda: model.retrieve({"only": queries}, steps=1, weights=False).states["only"],
    }
    with torch.no_grad():
        took = seconds(calls[way], repeats)
        peak = peak_bytes()
        plain = PlainAttention().attend(beta * queries, patterns, partition=False).mean
        difference = float((calls[way]() - plain).abs().max())
    return {"seconds": took, "peak": peak, "difference": difference}


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--counts", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="patterns N"
    )
    parser.add_argument("--width", type=int, default=512, help="width of patterns")
    parser.add_argument("--cues", type=int, default=64)
    parser.add_argument("--beta", type=float, default=20.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--csv", default="cmhn_retrieval.csv")
    options = parser.parse_args()

    rows = []
    for count in options.counts:
        size = 4 * count * options.width
        for way in WAYS:
            result = in_a_process_of_its_own(
                measure, way, count, options.width, options.cues, options.beta, options.repeats
            )
            rows.append(
                {
                    "N": count,
                    "way": way,
                    "seconds": result["seconds"],
                    "patterns MiB": size / 2**20,
                    "above patterns MiB": (result["peak"] - size) / 2**20,
                    "within patterns + 1 GiB": result["peak"] <= size + 2**30,
                    "largest difference": result["difference"],
                }
            )
    report(pd.DataFrame(rows), options.csv)


if __name__ == "__main__":
    main()
