import numpy as np
import pytest

torch = pytest.importorskip("torch")
pictures = pytest.importorskip("amcore.torch.pictures")


@pytest.fixture(scope="module")
def network():
    pytest.importorskip("efficientnet_lite_pytorch")
    return pictures.PictureNetwork()


def test_features_do_not_depend_on_the_batch(network):
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    features = network.encode("images", images)
    assert features.shape == (3, pictures.PICTURE_WIDTH)
    torch.testing.assert_close(network.encode("images", images, batch=1), features, rtol=1e-4, atol=1e-4)
    assert network.encode("images", images[:0]).shape == (0, pictures.PICTURE_WIDTH)


def test_weights_that_are_not_the_tested_ones_are_refused(monkeypatch):
    pytest.importorskip("efficientnet_lite_pytorch")
    monkeypatch.setattr(pictures, "_SHA256", "0" * 64)
    with pytest.raises(ValueError, match="must be the file with the SHA-256 0000"):
        pictures.PictureNetwork()
