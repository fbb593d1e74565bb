"""Time of one update with exact integrals against a literal quadrature of the paper's equations.

The literal version is what the paper's text describes, vectorised: the basis functions are evaluated at all points,
and everything is a tensor operation over all queries of a tile. It holds the integrand p(t) ψ(t) as a tensor
[points × queries × N] before it sums it with the trapezoid's weights; tiles of queries keep it small.
"""

import argparse

import pandas as pd
import torch
from measuring import report, seconds

from chmnet import ContinuousHopfield, RectangularBasis, Trapezoid


def literal_update(
    coefficients: torch.Tensor,
    basis: RectangularBasis,
    beta: float,
    queries: torch.Tensor,
    points: int,
    tile: int,
) -> torch.Tensor:
    """Equations 7 and 8 by the trapezoidal rule."""
    t = torch.linspace(0, 1, points, dtype=torch.float64)
    psi = basis.evaluate(t).to(queries).mT
    weights = torch.full((points,), 1 / (points - 1)).to(queries)
    weights[[0, -1]] /= 2
    states = []
    for part in queries.split(tile):
        scores = beta * psi @ (coefficients @ part.mT)
        mass = torch.exp(scores - scores.amax(0)) * weights[:, None]
        density = mass / mass.sum(0)
        integrand = density[:, :, None] * psi[:, None, :]
        states.append(integrand.sum(0) @ coefficients)
    return torch.cat(states)


def main() -> None:
    """Read the options, measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bases", type=int, default=512, help="basis functions N")
    parser.add_argument("--queries", type=int, default=256)
    parser.add_argument("--width", type=int, default=768, help="width D of frames")
    parser.add_argument("--points", type=int, default=500, help="points of the trapezoid")
    parser.add_argument("--tile", type=int, default=64, help="queries of a tile of the literal version")
    parser.add_argument("--beta", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--csv", default="chmnet_update.csv")
    options = parser.parse_args()

    generator = torch.Generator().manual_seed(0)
    frames = torch.randn(2 * options.bases, options.width, generator=generator) / options.width**0.5
    queries = torch.randn(options.queries, options.width, generator=generator)
    basis = RectangularBasis(options.bases)
    exact = ContinuousHopfield.fit(frames, basis, beta=options.beta)
    sampled = ContinuousHopfield.fit(frames, basis, beta=options.beta, integration=Trapezoid(options.points))

    def literal(points: int = options.points) -> torch.Tensor:
        return literal_update(exact.memory, basis, options.beta, queries, points, options.tile)

    # Where a bin has many points the literal sum is the integral, up to its first-order error.
    dense = 64 * options.bases + 1
    few = queries[:4]
    converged = literal_update(exact.memory, basis, options.beta, few, dense, 1)
    expected = literal()
    rows = []
    slow = seconds(literal, options.repeats)
    for name, update in (
        ("literal quadrature", literal),
        ("chmnet, Trapezoid", lambda: sampled.update(queries)),
        ("chmnet, Exact", lambda: exact.update(queries)),
    ):
        taken = slow if name.startswith("literal") else seconds(update, options.repeats)
        rows.append({"update": name, "milliseconds": 1e3 * taken, "times faster": slow / taken})
    rows[1]["largest difference"] = float((sampled.update(queries) - expected).abs().max())
    rows[2]["largest difference"] = float((exact.update(few) - converged).abs().max())
    rows[1]["held against"] = f"literal, {options.points} points"
    rows[2]["held against"] = f"literal, {dense} points"
    report(pd.DataFrame(rows), options.csv)


if __name__ == "__main__":
    main()
