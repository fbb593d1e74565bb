import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cmhn.attention import neighbours
from cmhn.attention.neighbours import largest_products


@given(seed=st.integers(0, 2**31), k=st.integers(1, 12), batch=st.integers(0, 4), tile=st.integers(1, 15))
def test_they_are_those_of_a_sort_of_all_products(make, seed, k, batch, tile):
    queries, patterns = make.normal(batch, 3, seed=seed), make.normal(12, 3, seed=seed + 1)
    products = queries @ patterns.mT
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "_TILE", tile)
        best, where = largest_products(queries, patterns, k)
    torch.testing.assert_close(best, products.sort(dim=1, descending=True).values[:, :k])
    torch.testing.assert_close(products.gather(1, where), best)


@pytest.mark.parametrize("k", [0, 5])
def test_more_than_there_are_is_refused(make, k):
    with pytest.raises(ValueError, match=rf"k must be in \[1, 4\], but is {k}"):
        largest_products(make.normal(2, 3), make.normal(4, 3), k)
