"""The real registries and upstreams: run with AMCORE_NETWORK_TESTS=1."""

import os

import numpy as np
import pytest

from amcore.data.preparing import prepare, sources
from amcore.data.sets.clips import CLIPS, load_clips
from amcore.data.sets.mnist import load_mnist
from amcore.data.transport import fetching
from amcore.data.transport.fetching import fetch

pytestmark = pytest.mark.skipif(
    os.environ.get("AMCORE_NETWORK_TESTS") != "1", reason="needs the network: set AMCORE_NETWORK_TESTS=1"
)
FRAMES = {
    "vtest": 795,
    "megamind": 270,
    "tree": 68,
    "box": 455,
    "cup": 217,
    "bikes": 250,
    "bigbuckbunny": 132,
    "carphone": 120,
}


def test_mnist_is_the_original(tmp_path):
    prepare("mnist", tmp_path)
    for split, count in (("train", 60_000), ("test", 10_000)):
        images, labels = load_mnist(tmp_path, split)
        assert images.shape == (count, 28, 28)
        assert set(np.unique(labels)) == set(range(10))


def test_clips_have_their_frames(tmp_path):
    prepare("clips", tmp_path)
    assert {name: len(frames) for name, frames in load_clips(tmp_path).items()} == FRAMES
    assert set(FRAMES) == set(CLIPS)


@pytest.mark.skipif(os.environ.get("AMCORE_UPSTREAM_TESTS") != "1", reason="set AMCORE_UPSTREAM_TESTS=1")
@pytest.mark.parametrize(
    "source", [source for source in sources() if source.upstream], ids=lambda source: source.name
)
def test_upstream_files_have_the_declared_checksums(source, monkeypatch):
    monkeypatch.setattr(fetching, "_by_client", lambda source: [])
    assert len(fetch(source)) == len(source.upstream)
