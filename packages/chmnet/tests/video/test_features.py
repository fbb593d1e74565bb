"""Features are read as they were prepared, embeddings in the scale of the paper's."""

import numpy as np
import pytest
import torch

from chmnet.video import frame_products, load_embeddings, load_products, open_frames
from chmnet.video.features import EMBEDDINGS, PRODUCTS


def test_products_lie_in_the_videos_folder(tmp_path):
    products = frame_products(torch.randn(5, 3), 0.1)
    (tmp_path / "walk").mkdir()
    products.save(tmp_path / "walk" / PRODUCTS)
    assert torch.equal(load_products(tmp_path, "walk").gram, products.gram)


def test_embeddings_have_mean_0_and_variance_1(tmp_path):
    (tmp_path / "walk").mkdir()
    raw = np.random.default_rng(0).gamma(1.0, 3.0, (4, 50)).astype(np.float32)
    np.save(tmp_path / "walk" / EMBEDDINGS, raw)
    embeddings = load_embeddings(tmp_path, "walk")
    torch.testing.assert_close(embeddings.mean(1), torch.zeros(4), atol=1e-6, rtol=0)
    torch.testing.assert_close(embeddings.std(1, correction=0), torch.ones(4), atol=1e-4, rtol=0)
    order = torch.from_numpy(raw).argsort(1)
    assert (embeddings.gather(1, order).diff(dim=1) >= 0).all()


def test_what_is_not_prepared_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_products(tmp_path, "walk")
    with pytest.raises(FileNotFoundError):
        load_embeddings(tmp_path, "walk")


def test_another_array_is_no_embeddings(tmp_path):
    (tmp_path / "walk").mkdir()
    np.save(tmp_path / "walk" / EMBEDDINGS, np.zeros(4, np.float32))
    with pytest.raises(ValueError, match=r"must hold embeddings \[L, W\]"):
        load_embeddings(tmp_path, "walk")


def test_prepared_arrays_are_strung_together(tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (5, 2, 2, 3), dtype=np.uint8)
    np.save(tmp_path / "a.npy", frames[:2])
    np.save(tmp_path / "b.npy", frames[2:])
    np.testing.assert_array_equal(open_frames([tmp_path / "a.npy", tmp_path / "b.npy"]), frames)
    assert isinstance(open_frames([tmp_path / "a.npy"]), np.memmap)


@pytest.mark.parametrize(("longest", "count"), [(3, 3), (50, 10)])
def test_a_video_file_gives_evenly_spaced_frames(tmp_path, longest, count):
    av = pytest.importorskip("av")
    with av.open(str(tmp_path / "film.avi"), "w") as container:
        stream = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuvj420p"
        for level in range(0, 250, 25):
            picture = np.full((32, 32, 3), level, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    frames = open_frames([tmp_path / "film.avi"], longest=longest)
    assert frames.shape == (count, 224, 224, 3)
    assert (np.diff(frames.mean((1, 2, 3))) > 0).all()


def test_no_file_is_refused():
    with pytest.raises(ValueError, match="files must name at least one file"):
        open_frames([])
