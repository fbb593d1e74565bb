"""Whole captions bring back what was stored with them; damage costs, and a seed repeats a draw."""

import numpy as np
import pandas as pd
import pytest
import torch

from cmhn import HarmonicNetwork, JointEnergy, JointMemory
from cmhn.encoders import SentenceEncoder
from cmhn.evaluation.completion import CompletionTask, answer_samples, completion_sweep
from cmhn.evaluation.features import standardise

WORDS = [
    "red car",
    "blue boat",
    "green tree",
    "tall house",
    "small cat",
    "old clock",
    "wide river",
    "dark moon",
]
VARIANTS = ["joint memory", "nearest triple", "ridge"]


def _counts(texts, width):
    """Counts of letters, and of pairs of them, folded to a width."""
    features = torch.zeros(len(texts), width)
    for row, text in enumerate(texts):
        for place, letter in enumerate(text):
            features[row, ord(letter) % width] += 1
            features[row, (7 * ord(letter) + ord(text[place - 1])) % width] += 1
    return features


def _encode(english, captions):
    return torch.cat([_counts(english, SentenceEncoder.width), _counts(captions, 40)], dim=1)


@pytest.fixture
def task(toy, make):
    triples = toy(len(WORDS))
    table = triples.table
    table["english"] = [WORDS[thing] for thing in table["picture"]]
    table["caption"] = [
        WORDS[thing] if language == "en" else f"le {WORDS[thing]} là"
        for thing, language in zip(table["picture"], table["language"], strict=True)
    ]
    raw = {
        "text": _encode(table["english"].tolist(), table["caption"].tolist()),
        "vision": make.normal(len(WORDS), 9, dtype=torch.float32)[torch.tensor(table["picture"].tolist())],
        "audio": make.normal(len(table), 12, seed=3, dtype=torch.float32),
    }
    return CompletionTask(triples, raw, _encode)


def _network(task):
    memory = JointMemory({name: x.shape[1] for name, x in task.stored.items()})
    memory.store(**task.stored)
    return HarmonicNetwork(JointEnergy(memory, beta=100.0, gamma=0.0)).requires_grad_(False)


def test_a_whole_caption_is_the_cue_that_was_stored(task):
    rows = np.array([5, 0, 11])
    texts, cue = task.cue(rows, 0.0, random=np.random.default_rng(0))
    assert texts == task.triples.table["caption"].iloc[rows].tolist()
    torch.testing.assert_close(cue, task.stored["text"][torch.from_numpy(rows)])


def test_what_is_stored_has_length_1_and_no_mean_of_its_own(task):
    stored = task.stored
    expected = standardise(task.raw, np.arange(len(task.triples)))
    for name, x in stored.items():
        torch.testing.assert_close(x.norm(dim=1), torch.ones(len(x)))
        torch.testing.assert_close(x, expected[name])


def test_captions_are_drawn_once_each_and_no_more_than_there_are(task):
    drawn = task.draw(5, random=np.random.default_rng(0))
    assert len(set(drawn.tolist())) == 5
    assert sorted(task.draw(99, random=np.random.default_rng(0))) == list(range(16))
    with pytest.raises(ValueError, match="count must be at least 1, but is 0"):
        task.draw(0, random=np.random.default_rng(0))


def test_whole_captions_find_their_own_triples_and_damage_costs(task):
    found = completion_sweep(task, _network(task), [0.0, 0.6], [0, 1], queries=16)
    means = found.groupby(["variant", "metric", "damage"])["value"].mean()
    for what in ("picture", "triple", "group"):
        assert means["joint memory", f"right {what}", 0.0] == 1.0
        assert means["joint memory", f"right {what}", 0.6] < 1.0
    assert means["joint memory", "right picture", 0.6] >= means["joint memory", "right triple", 0.6]
    for variant in VARIANTS[:2]:
        for name in ("vision", "audio"):
            assert means[variant, f"cosine, {name}", 0.0] > 0.99
            assert means[variant, f"cosine, {name}", 0.6] < 0.99
    assert means["ridge", "cosine, audio", 0.0] < means["joint memory", "cosine, audio", 0.0]


def test_each_seed_and_damage_is_measured_once_and_a_seed_repeats_itself(task):
    network = _network(task)
    found = completion_sweep(task, network, [0.0, 0.3], [4, 5], queries=6)
    factors = ["variant", "seed", "damage", "metric"]
    assert list(found) == [*factors, "value"]
    assert not found.duplicated(factors).any()
    # Two cosines for each method, and three shares of the memory.
    assert len(found) == 2 * 2 * (2 * len(VARIANTS) + 3)
    alone = completion_sweep(task, network, [0.0, 0.3], [5], queries=6)
    pd.testing.assert_frame_equal(found[found["seed"] == 5].reset_index(drop=True), alone)


def test_a_sample_shows_and_plays_what_came_back(task):
    samples = answer_samples(task, _network(task), 0.0, count=16, seed=0)
    rows = task.draw(16, random=np.random.default_rng(0))
    table = task.triples.table
    assert len(samples) == 16
    for sample, row in zip(samples, rows.tolist(), strict=True):
        np.testing.assert_array_equal(sample.picture, task.triples.picture(row))
        np.testing.assert_array_equal(sample.sound, task.triples.sound(row))
        caption, language = table["caption"].iloc[row], table["language"].iloc[row]
        assert sample.words == f"asked: “{caption}” ({language}); found: “{caption}”"


def test_another_caption_than_the_one_that_was_damaged_is_found_instead(task):
    found = answer_samples(task, _network(task), 0.8, count=16, seed=1)
    instead = [sample for sample in found if "found instead: “" in sample.words]
    assert 0 < len(instead) < len(found)
    captions = set(task.triples.table["caption"])
    for sample in instead:
        right = sample.words.split("right is “")[1].removesuffix("”")
        assert right in captions
        assert f"instead: “{right}”" not in sample.words


def test_a_damage_out_of_range_is_refused(task):
    with pytest.raises(ValueError, match=r"share must lie in \[0, 1\), but is 1.5"):
        completion_sweep(task, _network(task), [1.5], [0], queries=3)
