"""Peak memory of a whole video: fit, retrieval of every half-masked frame, and inner products.

Each measurement runs in a process of its own, and is the most that process ever held, Python and torch included.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from measuring import peak_of, report

from chmnet import ContinuousHopfield, RectangularBasis, mask_lower_half
from chmnet.video import half_masked_products


def fit_and_retrieve(length: int, width: int, count: int, asked: int, chunk: int) -> float:
    """A memory of float32 frames, asked about evenly spaced ones of them, a chunk at a time."""
    frames = torch.empty(length, width).uniform_(-1, 1, generator=torch.Generator().manual_seed(0))
    start = time.perf_counter()
    memory = ContinuousHopfield.fit(frames, RectangularBasis(count), beta=10.0)
    for rows in torch.arange(0, length, max(1, length // asked)).split(chunk):
        memory.retrieve(mask_lower_half(frames[rows]))
    return time.perf_counter() - start


def products_of(path: str) -> float:
    """Inner products of a memory-mapped file of bytes."""
    levels = np.load(path, mmap_mode="r")
    start = time.perf_counter()
    half_masked_products(levels)
    return time.perf_counter() - start


def main() -> None:
    """Read the options, measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=4096, help="frames L")
    parser.add_argument("--side", type=int, default=224, help="side of a frame in pixels")
    parser.add_argument("--bases", type=int, default=1024, help="basis functions N")
    parser.add_argument("--asked", type=int, default=1024, help="queries")
    parser.add_argument("--chunk", type=int, default=256, help="queries at once")
    parser.add_argument(
        "--folder", help="folder for a file of L × side × side × 3 bytes; a temporary one if left out"
    )
    parser.add_argument("--csv", default="chmnet_memory.csv")
    options = parser.parse_args()

    length, width = options.frames, 3 * options.side**2
    arguments = (length, width, options.bases, options.asked, options.chunk)
    taken, peak = peak_of(fit_and_retrieve, *arguments)
    rows = [{"work": "fit and retrieval", "seconds": taken, "peak GB": peak}]
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = str(Path(folder) / "frames.npy")
        shape = (length, options.side, options.side, 3)
        levels = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
        random = np.random.default_rng(0)
        for row in range(length):
            levels[row] = random.integers(0, 256, shape[1:], dtype=np.uint8)
        levels.flush()
        del levels
        taken, peak = peak_of(products_of, path)
    # Two products of L × L sums over all pixels, as if none were symmetric.
    rate = 4e-9 * length**2 * width / taken
    rows.append({"work": "inner products", "seconds": taken, "peak GB": peak, "GFLOP/s, full products": rate})
    table = pd.DataFrame(rows)
    table.insert(0, "frames GB, float32", 4e-9 * length * width)
    report(table, options.csv)


if __name__ == "__main__":
    main()
