import pytest
import torch

from amcore import sampling
from chmnet.evaluation import evenly_spaced


@pytest.mark.parametrize(("length", "count"), [(9, 1), (10, 4), (5, 5)])
def test_frames_are_chosen_as_everywhere_else(length, count):
    indices = evenly_spaced(length, count)
    assert indices.dtype == torch.int64
    assert indices.tolist() == sampling.evenly_spaced(length, count).tolist()


def test_impossible_sizes_are_refused():
    with pytest.raises(ValueError, match="count must be at most 3, the number of items, but is 4"):
        evenly_spaced(3, 4)
