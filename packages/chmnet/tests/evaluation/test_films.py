"""Films hold the answer to their question, and only there; networks learn to find it."""

import pytest
import torch

from chmnet import ContinuousHopfieldLayer, DiscreteHopfieldLayer, RectangularBasis
from chmnet.evaluation.films import Films, RecallNetwork, recall_accuracy, train_recall

PICTURES = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_without_noise_the_frames_that_show_the_query_carry_its_label():
    films = Films(PICTURES, scenes=5, noise=0.0)
    batch = films.sample(30, 60, generator=generator())
    shows = (batch.films[..., :6] == batch.query[..., :6]).all(-1)
    assert shows.any(1).all()
    labels = batch.films[..., 6:].argmax(-1)
    assert (labels[shows] == batch.target.repeat_interleave(shows.sum(1))).all()
    assert (batch.query[..., 6:] == 0).all()


@pytest.mark.parametrize("length", [5, 61])
def test_every_scene_lasts_at_least_half_its_share(length):
    films = Films(PICTURES, scenes=5, noise=0.0)
    batch = films.sample(50, length, generator=generator())
    cuts = (batch.films.diff(dim=1)[..., :6] != 0).any(-1).sum(1)
    assert (cuts <= 4).all()
    if length >= 20:
        assert (cuts == 4).all()


def test_labels_are_drawn_anew_for_every_film():
    films = Films(PICTURES[:5], scenes=5, labels=4, noise=0.0)
    targets = films.sample(400, 5, generator=generator()).target
    assert torch.bincount(targets, minlength=4).min() > 60


def test_the_same_generator_gives_the_same_films():
    films = Films(PICTURES, scenes=3)
    first, second = (films.sample(4, 12, generator=generator(7)) for _ in range(2))
    assert torch.equal(first.films, second.films)
    assert torch.equal(first.target, second.target)


@pytest.mark.parametrize(
    ("layer", "kept"),
    [
        (ContinuousHopfieldLayer(16, RectangularBasis(12)), None),
        (DiscreteHopfieldLayer(16), None),
        (DiscreteHopfieldLayer(16), 12),
    ],
)
def test_training_beats_guessing_on_pictures_never_seen(layer, kept):
    torch.manual_seed(0)
    train, test = (Films(part, scenes=3, labels=4, noise=0.1) for part in (PICTURES[:30], PICTURES[30:]))
    network = RecallNetwork(train.width, 4, layer, hidden=16, kept=kept)
    losses = train_recall(network, train, length=24, steps=250, batch=32, rate=1e-2, generator=generator(1))
    assert losses.shape == (250,)
    assert losses[-20:].mean() < losses[:20].mean()
    assert recall_accuracy(network, test, length=24, count=200, generator=generator(2)) > 0.5


def test_a_network_that_keeps_few_frames_sees_no_more():
    seen = []

    class Layer(torch.nn.Module):
        def forward(self, query, memory):
            seen.append(memory.shape[1])
            return query

    films = Films(PICTURES, scenes=3)
    network = RecallNetwork(films.width, 10, Layer(), hidden=4, kept=8)
    for length in (6, 8, 50):
        network(films.sample(2, length, generator=generator()))
    assert seen == [6, 8, 8]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"scenes": 0}, "scenes must be at least 1"),
        ({"scenes": 41}, "at least as many as scenes"),
        ({"scenes": 2, "labels": 1}, "labels must be at least 2"),
        ({"scenes": 2, "noise": -1.0}, "noise must be"),
    ],
)
def test_films_that_cannot_be_are_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        Films(PICTURES, **arguments)


def test_bad_pictures_are_refused(without_shape_checks):
    with pytest.raises(TypeError, match="pictures"):
        Films(PICTURES.long(), scenes=2)
    with pytest.raises(ValueError, match="pictures"):
        Films(PICTURES.clone().fill_(torch.nan), scenes=2)


def test_films_shorter_than_their_scenes_are_refused():
    with pytest.raises(ValueError, match="length must be at least 5"):
        Films(PICTURES, scenes=5).sample(1, 4, generator=generator())


@pytest.mark.parametrize(("name", "value"), [("width", 0), ("labels", 0), ("hidden", 0), ("kept", 0)])
def test_networks_without_room_are_refused(name, value):
    sizes = {"width": 4, "labels": 2, "hidden": 4, "kept": None} | {name: value}
    width, labels = sizes.pop("width"), sizes.pop("labels")
    with pytest.raises(ValueError, match=f"{name} must be at least 1"):
        RecallNetwork(width, labels, torch.nn.Identity(), **sizes)


def test_training_and_asking_need_a_count():
    films = Films(PICTURES, scenes=2)
    network = RecallNetwork(films.width, 10, DiscreteHopfieldLayer(4), hidden=4)
    with pytest.raises(ValueError, match="steps must be at least 1"):
        train_recall(network, films, length=4, steps=0, generator=generator())
    with pytest.raises(ValueError, match="count must be at least 1"):
        recall_accuracy(network, films, length=4, count=0, generator=generator())
