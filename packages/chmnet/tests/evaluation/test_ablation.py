import pandas as pd
import pytest
import torch

from chmnet import Trapezoid
from chmnet.evaluation import (
    PADDINGS,
    ablation_memories,
    degradation_ablation,
    integration_sweep,
    retrieval_sweep,
    white_signal,
)


@pytest.fixture
def frames():
    return white_signal(24, 40, generator=torch.Generator().manual_seed(0)) * 10


def test_each_combination_has_a_row(frames):
    rows = degradation_ablation(frames, [6, 24], points=7)
    assert len(rows) == 2 * 2 * len(PADDINGS) * 2
    assert not rows.duplicated(["integration", "ridge", "padding", "N"]).any()


def test_corners_of_the_ablation_are_the_sweeps(frames):
    rows = degradation_ablation(frames, [6, 24], points=7).set_index(["integration", "ridge", "padding", "N"])
    for integration, rule in (("trapezoid", {"integration": Trapezoid(7)}), ("exact", {})):
        sweep = retrieval_sweep(frames, [6, 24], **rule).query("variant == 'continuous'").set_index("N")
        for count in (6, 24):
            cosine = rows.loc[(integration, 0.5, "none", count), "cosine"]
            assert cosine == pytest.approx(sweep.loc[count, "cosine"])


def test_too_few_points_are_what_loses_frames(frames):
    rows = degradation_ablation(frames, [24], points=7).set_index(["integration", "ridge", "padding"])
    assert rows.loc[("exact", 0.0, "none"), "cosine"] > 0.99
    assert rows.loc[("exact", 0.5, "none"), "cosine"] > 0.99
    assert rows.loc[("trapezoid", 0.0, "none"), "cosine"] < 0.5


def test_padding_halves_the_bins_that_frames_share(frames):
    rows = degradation_ablation(frames, [12, 24], ridges=[0.0]).set_index(["integration", "padding", "N"])
    padded = rows.loc[("exact", "bins", 24), "cosine"]
    assert padded == pytest.approx(rows.loc[("exact", "none", 12), "cosine"])


def test_an_unknown_padding_is_refused():
    with pytest.raises(ValueError, match=r"paddings must be among \['none', 'bins', .* but hold 'all'"):
        ablation_memories([4], paddings=["none", "all"])


def test_the_integration_sweep_nears_the_exact_value(frames):
    rows = integration_sweep(frames, 24, [2, 12, 500]).set_index(["integration", "points"])
    exact = rows.loc[("exact", 24), "cosine"]
    for rule in ("trapezoid", "gauss-legendre"):
        errors = [abs(rows.loc[(rule, points), "cosine"] - exact) for points in (2, 12, 500)]
        assert errors[0] > errors[1] > errors[2]
        assert errors[2] < 1e-3


def test_results_do_not_depend_on_chunks(frames):
    pd.testing.assert_frame_equal(
        integration_sweep(frames, 6, [9], query_chunk=5), integration_sweep(frames, 6, [9]), atol=1e-6
    )


def test_too_few_points_are_refused(frames):
    with pytest.raises(ValueError, match="points must be at least 2, but is 1"):
        integration_sweep(frames, 6, [1])
    with pytest.raises(ValueError, match="points must be at least 2, but is 1"):
        degradation_ablation(frames, [6], points=1)
