import numpy as np
import pytest
import torch

from amcore.data.sets.avsynth import describe_scene, draw_scene, play_scene, sample_scene
from cmhn import HarmonicNetwork, JointEnergy, JointMemory
from cmhn.encoders import Encoder, SmallCaptionEncoder, SmallPictureEncoder, SmallSoundEncoder, UnitLength

SCENES = [sample_scene(index) for index in range(6)]
RAW = {
    "text": [describe_scene(scene) for scene in SCENES],
    "vision": np.stack([draw_scene(scene, 32) for scene in SCENES]),
    "audio": np.stack([play_scene(scene) for scene in SCENES]),
}
MAKERS = {
    "text": lambda: SmallCaptionEncoder(8),
    "vision": lambda: SmallPictureEncoder(8, side=32, channels=4),
    "audio": lambda: SmallSoundEncoder(8, channels=4),
}
each = pytest.mark.parametrize("name", MAKERS)


@each
def test_encoding_is_preparing_and_then_the_network(name):
    encoder = MAKERS[name]().eval()
    assert isinstance(encoder, Encoder)
    features = encoder.encode(RAW[name])
    assert features.shape == (len(SCENES), 8)
    torch.testing.assert_close(encoder(encoder.prepare(RAW[name])), features)
    torch.testing.assert_close(encoder.encode(RAW[name][:1])[0], features[0], atol=1e-5, rtol=1e-4)


@each
def test_every_parameter_is_trained(name):
    encoder = MAKERS[name]()
    (encoder.encode(RAW[name]) * torch.arange(8)).square().sum().backward()
    assert all(parameter.grad is not None for parameter in encoder.parameters())


@each
def test_an_empty_batch_gives_no_features(name):
    assert MAKERS[name]().eval().encode(RAW[name][:0]).shape == (0, 8)


@each
def test_features_of_unit_length(name):
    encoder = UnitLength(MAKERS[name]().eval())
    torch.testing.assert_close(encoder.encode(RAW[name]).norm(dim=1), torch.ones(len(SCENES)))
    assert not encoder.prepare(RAW[name]).requires_grad


def test_word_order_counts_and_case_does_not():
    encoder = SmallCaptionEncoder(8)
    one, shouted, turned = encoder.prepare(["red over blue", "RED over Blue", "blue over red"])
    torch.testing.assert_close(one, shouted)
    assert not torch.allclose(one, turned)


def test_raw_inputs_that_do_not_fit_are_refused(without_shape_checks):
    with pytest.raises(ValueError, match="batch must hold pictures of 64 × 64 pixels, but has 32 × 32"):
        SmallPictureEncoder().encode(RAW["vision"])
    with pytest.raises(TypeError, match="batch must be bytes"):
        MAKERS["vision"]().encode(RAW["vision"].astype(np.float32))
    with pytest.raises(TypeError, match="batch must hold samples of 16 bits"):
        MAKERS["audio"]().encode(RAW["audio"].astype(np.float32))
    with pytest.raises(ValueError, match=r"batch must be of shape \[B, 1, samples\]"):
        SmallSoundEncoder(8, sound_channels=1).encode(RAW["audio"])
    with pytest.raises(TypeError, match="batch must be a sequence of texts, but is one text"):
        MAKERS["text"]().encode("one")
    with pytest.raises(ValueError, match="side must be a multiple of 16, but is 40"):
        SmallPictureEncoder(side=40)
    for make in (SmallCaptionEncoder, SmallPictureEncoder, SmallSoundEncoder):
        with pytest.raises(ValueError, match="width must be at least 1, but is 0"):
            make(0)


def test_a_users_own_encoder_takes_five_lines():
    class Lengths:
        """The lengths of a text's words: no subclassing, one method."""

        def encode(self, batch):
            return torch.tensor([[len(text), text.count(" ")] for text in batch], dtype=torch.float32)

    memory = JointMemory({"text": 2})
    network = HarmonicNetwork(JointEnergy(memory), encoders={"text": Lengths()})
    memory.store(**network.encode(text=["one two", "a"]))
    assert memory.patterns.tolist() == [[7, 1], [1, 0]]
