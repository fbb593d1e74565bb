"""A task asks about evenly spaced frames of a video that has enough of them."""

import numpy as np
import pytest
import torch

from chmnet.evaluation import evenly_spaced, task_products
from chmnet.video import frame_products, load_embeddings
from chmnet.video.features import EMBEDDINGS, PRODUCTS

LENGTH = 9


@pytest.fixture
def features(tmp_path):
    (tmp_path / "walk").mkdir()
    frames = torch.randn(LENGTH, 5, generator=torch.Generator().manual_seed(0))
    frame_products(frames, 0.1, generator=torch.Generator().manual_seed(1)).save(tmp_path / "walk" / PRODUCTS)
    np.save(tmp_path / "walk" / EMBEDDINGS, frames.numpy())
    return tmp_path


def test_frames_are_a_part_of_what_was_prepared(features):
    whole = task_products("frames", features, "walk", LENGTH, sigma=0.0)
    part = task_products("frames", features, "walk", 4, sigma=0.0)
    kept = evenly_spaced(LENGTH, 4)
    assert torch.equal(part.gram, whole.gram[kept][:, kept])
    assert torch.equal(part.scores, whole.scores[kept][:, kept])


def test_embeddings_carry_noise_on_the_queries_alone(features):
    embeddings = load_embeddings(features, "walk")[evenly_spaced(LENGTH, 4)]
    asked = {
        sigma: task_products(
            "embeddings", features, "walk", 4, sigma=sigma, generator=torch.Generator().manual_seed(2)
        )
        for sigma in (0.0, 5.0)
    }
    for products in asked.values():
        torch.testing.assert_close(products.gram, embeddings @ embeddings.mT)
    torch.testing.assert_close(asked[0.0].scores, asked[0.0].gram)
    assert (asked[5.0].scores - asked[5.0].gram).abs().max() > 1


@pytest.mark.parametrize("task", ["frames", "embeddings"])
def test_a_video_with_too_few_frames_takes_no_part(features, task):
    assert task_products(task, features, "walk", LENGTH + 1, sigma=1.0) is None
    assert len(task_products(task, features, "walk", LENGTH, sigma=1.0)) == LENGTH


def test_another_task_and_no_frames_are_refused(features):
    with pytest.raises(ValueError, match=r"task must be one of \['frames', 'embeddings'\], but is 'sounds'"):
        task_products("sounds", features, "walk", 4, sigma=1.0)
    with pytest.raises(ValueError, match="length must be at least 1"):
        task_products("frames", features, "walk", 0, sigma=1.0)
