import numpy as np
import pytest
import torch

from amcore.data.sets.avsynth import describe_scene, draw_scene, play_scene, sample_scene
from cmhn import HarmonicNetwork, WeightFileError, load_pretrained
from cmhn.pretrained import EnergyMatcher, prepare_scenes, train_network
from cmhn.ranking import Gallery, ranks

SCENES = [sample_scene(index, seed=987) for index in range(48)]
RAW = {
    "text": [describe_scene(scene) for scene in SCENES],
    "vision": np.stack([draw_scene(scene) for scene in SCENES]),
    "audio": np.stack([play_scene(scene) for scene in SCENES]),
}


@pytest.fixture(scope="module")
def network():
    return load_pretrained()


@pytest.mark.parametrize(("source", "target"), [("text", "vision"), ("vision", "audio"), ("audio", "text")])
def test_the_shipped_network_finds_scenes_it_has_never_met(network, source, target):
    states = network.encode(**RAW)
    found = ranks(EnergyMatcher(network.energy), states, Gallery(np.arange(48), range(48)), source, target)
    # chance is 1 / 48
    assert (found <= 1).mean() > 0.5
    assert np.median(found) <= 2


def test_a_caption_calls_back_a_picture_and_a_sound(network):
    states = network.encode(**RAW)
    found = network.complete(text=states["text"])
    for name in ("vision", "audio"):
        own = torch.cosine_similarity(found[name], states[name]).mean()
        others = torch.cosine_similarity(found[name], states[name].roll(1, 0)).mean()
        assert own > others + 0.3


def test_the_shipped_file_is_small_and_has_its_card():
    from importlib.resources import files

    folder = files("cmhn") / "weights"
    assert len((folder / "avsynth.safetensors").read_bytes()) < 5e6
    card = (folder / "avsynth.md").read_text(encoding="utf-8")
    assert "held-out scenes" in card
    assert "cmhn_pretrained" in card


def test_a_network_is_trained_saved_and_loaded(tmp_path, network):
    prepared = prepare_scenes(RAW["text"], RAW["vision"], RAW["audio"], width=16)
    gallery = Gallery(np.arange(32, 48), range(16))
    trained, history = train_network(
        prepared, np.arange(32), gallery, width=16, epochs=3, batch_size=16, seed=0
    )
    assert isinstance(trained, HarmonicNetwork)
    assert history[-1] < history[0]
    assert len(trained.memory) == 32
    trained.save(tmp_path / "own.safetensors")
    with pytest.raises(WeightFileError, match="nothing was loaded"):
        network.load(tmp_path / "own.safetensors")
    assert network.memory.widths["text"] != 16


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match=r"name must be one of \['avsynth'\], but is 'coco'"):
        load_pretrained("coco")
