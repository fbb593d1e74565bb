import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hkam import encoding, sphere
from hkam.digits.starts import LearnedStart, ShownStart, first_start, shown_digits, shown_values

PIXELS, UNITS, COLUMNS = 6, 13, 4


def incoherent():
    return ShownStart.incoherent(PIXELS, UNITS, COLUMNS, key=jax.random.key(1))


def test_every_start_has_unit_rows_and_a_shown_image_can_be_read_back(draw):
    shown = jnp.asarray(draw.random.uniform(-1, 1, size=(3, PIXELS)))
    for start in (
        incoherent(),
        ShownStart.coherent(PIXELS, UNITS, COLUMNS),
        ShownStart(
            *map(
                jnp.asarray,
                (
                    draw.random.normal(size=(PIXELS, COLUMNS - 1)),
                    draw.random.normal(size=(UNITS - PIXELS - 1, COLUMNS)),
                ),
            )
        ),
    ):
        mu = start(3, shown)
        assert mu.shape == (3, UNITS, COLUMNS)
        assert bool(sphere.has_unit_rows(mu))
        assert np.allclose(jax.vmap(encoding.decode_scalars)(mu)[:, :PIXELS], shown, atol=1e-6)
    assert bool(sphere.has_unit_rows(LearnedStart(draw.normal(UNITS, COLUMNS))(2, None)))


def test_the_papers_start_is_nearly_one_direction_and_the_other_is_not():
    blank = jnp.zeros((1, PIXELS))
    order = [
        float(jnp.linalg.norm(start(1, blank)[0, 1:].mean(axis=0)))
        for start in (ShownStart.coherent(PIXELS, UNITS, COLUMNS), incoherent())
    ]
    assert order[0] > 0.7 > 0.6 > order[1]


def test_shown_digits_are_centred_scaled_and_of_the_digit_drawn(draw):
    images, labels = draw.random.uniform(size=(200, PIXELS)).astype(np.float32), np.tile([0, 1, 2, 3], 50)
    values, digits = shown_digits(images, labels, 40, seed=0)
    assert np.abs(values).max(axis=1) == pytest.approx(1)
    assert np.abs(values.mean(axis=1)).max() < 1e-6
    assert set(digits) == {0, 1}
    assert np.array_equal(shown_values(np.full((1, 3), 0.5, np.float32)), np.zeros((1, 3)))
    with pytest.raises(ValueError, match="images must hold a 1 to be shown"):
        shown_digits(images, np.zeros_like(labels), 4, seed=0)


def test_starts_are_made_by_name(without_shape_checks):
    options = {"pixels": PIXELS, "oscillators": UNITS, "dimensions": COLUMNS, "key": jax.random.key(0)}
    aligned = first_start("aligned", associative=False, **options)(2, None)
    assert np.array_equal(aligned, np.broadcast_to(np.eye(COLUMNS)[0], (2, UNITS, COLUMNS)))
    with pytest.raises(ValueError, match="kind must be one that can hold an image, but is 'aligned'"):
        first_start("aligned", associative=True, **options)
    assert isinstance(first_start("coherent", associative=False, **options), LearnedStart)
    coherent, *others = (
        first_start(kind, associative=True, **options) for kind in ("coherent", "incoherent", "learned")
    )
    assert np.array_equal(coherent.directions, ShownStart.coherent(PIXELS, UNITS, COLUMNS).directions)
    assert np.array_equal(others[0].directions, others[1].directions)  # learned begins as the incoherent one
    with pytest.raises(
        ValueError, match="kind must be one of aligned, coherent, incoherent, learned, but is 'random'"
    ):
        first_start("random", associative=True, **options)
