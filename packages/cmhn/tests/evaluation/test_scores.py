"""Ranks are taken within galleries and counted over all of them."""

import numpy as np
import pandas as pd
import pytest
import torch

from cmhn.evaluation.scores import CUTOFFS, chance_scores, direction_scores
from cmhn.ranking import Gallery

NAMES = ("text", "vision", "audio")


class Same:
    """Scores by the distance of numbers: an item of one modality goes with the nearest of another."""

    def scores(self, source, queries, target, candidates):
        return -(queries - candidates.mT).abs()


class Constant:
    """A method that knows nothing."""

    def scores(self, source, queries, target, candidates):
        return torch.zeros(len(queries), len(candidates))


def _states(count):
    return dict.fromkeys(NAMES, torch.arange(float(count))[:, None])


def _galleries():
    return [Gallery(np.arange(4), list("abcd")), Gallery(np.arange(4, 13), list("efghijjjj"))]


def test_what_knows_all_is_first_in_every_direction():
    scores = direction_scores(Same(), _states(13), _galleries())
    pairs = scores[["source", "target"]].drop_duplicates()
    assert len(pairs) == 6
    assert len(scores) == 6 * (len(CUTOFFS) + 1)
    assert set(scores["value"]) == {1.0}
    assert set(scores["n"]) == {13}
    assert scores.set_index("metric")["unit"].to_dict() == {
        **{f"recall@{k}": "share" for k in CUTOFFS},
        "median rank": "",
    }


def test_a_rank_is_within_its_gallery_and_a_mean_over_all_queries():
    # The second gallery's sounds come in another order: every query of it finds its neighbour's.
    states = {**_states(6), "audio": torch.tensor([0.0, 1, 2, 4, 5, 3])[:, None]}
    galleries = [Gallery(np.arange(3), list("abc")), Gallery(np.arange(3, 6), list("def"))]
    scores = direction_scores(Same(), states, galleries).set_index(["source", "target", "metric"])["value"]
    assert scores["text", "vision", "recall@1"] == 1.0
    assert scores["text", "audio", "recall@1"] == pytest.approx(0.5)
    assert scores["audio", "text", "recall@1"] == pytest.approx(0.5)


def test_chance_has_the_form_of_scores_and_the_median_rank_of_knowing_nothing():
    columns = ["source", "target", "metric"]
    nothing = direction_scores(Constant(), _states(13), _galleries()).set_index(columns).sort_index()
    chance = chance_scores(NAMES, _galleries()).set_index(columns).sort_index()
    pd.testing.assert_frame_equal(nothing[["unit", "n"]], chance[["unit", "n"]])
    median = chance.xs("median rank", level="metric")["value"]
    assert set(median) == set(nothing.xs("median rank", level="metric")["value"])
    # Four queries of 4 candidates, five of 9 and four whose three twins are left out.
    expected = (4 * 1 / 4 + 5 * 1 / 9 + 4 * 1 / 6) / 13
    np.testing.assert_allclose(chance.xs("recall@1", level="metric")["value"], expected)
    np.testing.assert_allclose(chance.xs("recall@10", level="metric")["value"], 1.0)


def test_no_gallery_is_refused():
    with pytest.raises(ValueError, match="galleries must hold at least one gallery, but are empty"):
        direction_scores(Same(), _states(3), [])
    with pytest.raises(ValueError, match="galleries must hold at least one gallery, but are empty"):
        chance_scores(NAMES, [])
