"""Time of the ridge fit of rectangular bins against a dense solve of its N × N system."""

import argparse

import pandas as pd
import torch
from measuring import report, seconds

from chmnet import RectangularBasis, frame_times, ridge_fit


def dense_fit(frames: torch.Tensor, design: torch.Tensor, ridge: float) -> torch.Tensor:
    """Equation 5 as it stands, by Cholesky."""
    gram = design @ design.mT + ridge * torch.eye(len(design))
    return torch.cholesky_solve(design @ frames, torch.linalg.cholesky(gram))


def main() -> None:
    """Read the options, measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=4096, help="frames L")
    parser.add_argument("--width", type=int, default=768, help="width D of frames")
    parser.add_argument("--bases", type=int, nargs="+", default=[64, 512, 2048], help="basis functions N")
    parser.add_argument("--ridge", type=float, default=0.5)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--csv", default="chmnet_fit.csv")
    options = parser.parse_args()

    frames = torch.randn(options.frames, options.width, generator=torch.Generator().manual_seed(0))
    rows = []
    for count in options.bases:
        basis = RectangularBasis(count)
        design = basis.evaluate(frame_times(len(frames))).float()
        fitted, dense = (
            ridge_fit(frames, None, basis, options.ridge),
            dense_fit(frames, design, options.ridge),
        )
        fast = seconds(lambda b=basis: ridge_fit(frames, None, b, options.ridge), options.repeats)
        slow = seconds(lambda d=design: dense_fit(frames, d, options.ridge), options.repeats)
        rows.append(
            {
                "N": count,
                "dense milliseconds": 1e3 * slow,
                "chmnet milliseconds": 1e3 * fast,
                "times faster": slow / fast,
                "largest difference": float((fitted - dense).abs().max()),
            }
        )
    report(pd.DataFrame(rows), options.csv)


if __name__ == "__main__":
    main()
