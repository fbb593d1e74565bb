import sys

import pytest
import torch

from cmhn import HarmonicNetwork, JointEnergy, JointMemory, PlainAttention
from cmhn.attention.approximate import ApproximateAttention


def _rows(make, count, width=16, seed=0):
    return torch.nn.functional.normalize(make.normal(count, width, seed=seed, dtype=torch.float32), dim=1)


def test_all_neighbours_give_the_exact_answer(make):
    patterns = _rows(make, 40)
    queries = 10 * _rows(make, 5, seed=1)
    exact = PlainAttention().attend(queries, patterns)
    answer = ApproximateAttention(patterns, 40, factory="Flat").attend(queries, patterns)
    torch.testing.assert_close(answer.mean, exact.mean, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(answer.log_partition, exact.log_partition, atol=1e-5, rtol=1e-5)


def test_fewer_neighbours_lose_what_they_do_not_weigh(make):
    patterns = _rows(make, 400)
    queries = 30 * patterns[:5]
    exact = PlainAttention().attend(queries, patterns)
    errors = []
    for k in (1, 8, 64, 400):
        found = ApproximateAttention(patterns, k, factory="Flat").attend(queries, patterns)
        assert bool((found.log_partition <= exact.log_partition + 1e-5).all())
        errors.append(float((found.mean - exact.mean).abs().amax()))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-5


def test_recall_is_the_share_of_true_neighbours_that_are_found(make):
    patterns, queries = _rows(make, 2000), _rows(make, 20, seed=1)
    assert ApproximateAttention(patterns, 10, factory="Flat").recall(queries, patterns) == 1
    narrow = ApproximateAttention(patterns, 10, factory="HNSW8,Flat", search="efSearch=10")
    wide = ApproximateAttention(patterns, 10, factory="HNSW8,Flat", search="efSearch=500")
    low, high = narrow.recall(queries, patterns), wide.recall(queries, patterns)
    assert 0 < low < high <= 1
    found, truth = narrow.neighbours(queries), (queries @ patterns.mT).topk(10).indices
    by_hand = sum(len(set(a) & set(b)) for a, b in zip(found.tolist(), truth.tolist(), strict=True)) / 200
    assert low == pytest.approx(by_hand)


def test_a_network_retrieves_through_it(make):
    patterns = _rows(make, 200)
    memory = JointMemory.from_joint({"text": 8, "vision": 8}, patterns)
    near = ApproximateAttention(patterns, 20)
    network = HarmonicNetwork(JointEnergy(memory, beta=60.0, gamma=0.0, attention=near))
    exact = HarmonicNetwork(JointEnergy(memory, beta=60.0, gamma=0.0))
    cue = {"text": memory.pattern("text")[:9]}
    found, expected = network.retrieve(cue), exact.retrieve(cue)
    torch.testing.assert_close(found.states["vision"], expected.states["vision"], atol=1e-4, rtol=1e-4)


def test_gradients_flow_through_what_was_found(make):
    patterns, queries = make.normal(9, 3).requires_grad_(), make.normal(2, 3, seed=1).requires_grad_()
    near = ApproximateAttention(patterns, 4, factory="Flat")
    assert torch.autograd.gradcheck(lambda q: tuple(near.attend(q, patterns)), (queries,))
    near.attend(queries, patterns).mean.sum().backward()
    assert int(patterns.grad.ne(0).any(dim=1).sum()) in range(4, 9)


def test_no_query_gives_no_answer(make):
    patterns = _rows(make, 10)
    answer = ApproximateAttention(patterns, 3).attend(patterns[:0], patterns)
    assert answer.mean.shape == (0, 16)
    assert answer.log_partition.shape == (0,)


def test_other_patterns_are_refused(make):
    patterns = _rows(make, 10)
    near = ApproximateAttention(patterns, 3)
    for other in (patterns[:9], 2 * patterns):
        with pytest.raises(ValueError, match=r"patterns must be those that were indexed"):
            near.attend(patterns[:1], other)
    with pytest.raises(ValueError, match=r"queries must hold at least one query, but are empty"):
        near.recall(patterns[:0], patterns)


def test_settings_that_cannot_be_are_refused(make):
    patterns = _rows(make, 10)
    with pytest.raises(ValueError, match=r"k must be at most the number of patterns 10, but is 11"):
        ApproximateAttention(patterns, 11)
    for bad in ({"factory": "Nonsense"}, {"search": "nonsense=3"}):
        with pytest.raises(ValueError, match=r"factory and search must be descriptions that FAISS knows"):
            ApproximateAttention(patterns, 3, **bad)


def test_a_missing_extra_is_named(make, monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    monkeypatch.setattr("cmhn.attention.approximate.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'cmhn\[faiss\]'"):
        ApproximateAttention(_rows(make, 10), 3)
