import numpy as np
import pandas as pd
import pytest

from hkam.analysis import encoded_shares, fit_products, half_encoded, numbers_tried
from hkam.encoding import independent_products


def pairs_of(n):
    return np.stack(np.triu_indices(n, k=1), axis=1)


def test_products_of_oscillators_are_found_again(draw):
    n, columns = 6, 3
    rows = np.asarray(draw.rows(2, n, columns))
    pairs = np.stack([draw.random.permutation(pairs_of(n))[:8] for _ in rows])
    values = np.stack(
        [np.sum(mu[i] * mu[j], axis=-1) for mu, (i, j) in zip(rows, pairs.swapaxes(1, 2), strict=True)]
    )
    start = rows + 0.2 * np.asarray(draw.normal(2, n, columns))
    start /= np.linalg.norm(start, axis=-1, keepdims=True)
    mu, distance = fit_products(values, pairs, start)
    assert (distance < 1e-8).all()
    assert np.allclose(np.linalg.norm(mu, axis=-1), 1, atol=1e-12)


def test_numbers_that_no_vectors_have_are_not_found(draw):
    values = np.array([[1.0, 1.0, -1.0]])
    _, distance = fit_products(values, pairs_of(3)[None], np.asarray(draw.rows(1, 3, 3)))
    assert distance[0] > 0.1


def test_the_first_numbers_always_fit_and_none_beyond_the_limit():
    shares = encoded_shares(5, [2, 3], [1.0], range(3), starts=2, most=3)
    assert (shares.loc[shares["numbers"] == 4, "value"] == 1).all()
    beyond = shares[shares["numbers"] > shares["limit"]]
    assert set(beyond["D"]) == {1, 2}
    assert (beyond["value"] == 0).all()


@pytest.mark.parametrize(("n", "columns"), [(5, 2), (10, 4), (4, 6)])
def test_what_is_tried_holds_both_ends_of_what_fits(n, columns):
    limit, tried = independent_products(n, columns), numbers_tried(n, columns, most=4)
    assert {n - 1, min(n, n * (n - 1) // 2), limit} <= set(tried)
    assert tried[-1] == min(limit + 2, n * (n - 1) // 2)
    assert tried == sorted(tried)


def test_a_curve_counts_up_to_where_it_first_falls_below_a_half():
    curve = pd.DataFrame({"numbers": [4, 5, 6, 7], "value": [1.0, 0.5, 0.4, 0.9]})
    row = half_encoded(curve.assign(amplitude=1.0, D=2, limit=10)).iloc[0]
    assert (row["numbers"], row["share"]) == (5, 0.5)
