import numpy as np
import pytest

from cmhn.evaluation.damage import damage_captions, drop_letters


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
@pytest.mark.parametrize("text", ["", "a", "една ягода", "a red car"])
def test_what_is_left_stands_in_order_and_is_as_long_as_asked(text, share):
    left = drop_letters(text, share, random=np.random.default_rng(0))
    letters = iter(text)
    assert all(letter in letters for letter in left)
    assert len(left) == max(min(1, len(text)), len(text) - round(share * len(text)))


def test_the_same_seed_takes_the_same_letters():
    one, other = (drop_letters("a red car", 0.5, random=np.random.default_rng(3)) for _ in range(2))
    assert one == other


def test_a_share_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"share must lie in \[0, 1\), but is 1.0"):
        drop_letters("text", 1.0, random=np.random.default_rng(0))


def test_an_english_caption_is_damaged_once_and_another_in_both_forms():
    captions, english = ["a red car", "une voiture rouge"], ["a red car", "a red car"]
    own, translated = damage_captions(captions, english, ["en", "fr"], 0.4, random=np.random.default_rng(1))
    assert own[0] == translated[0]
    for damaged, whole in zip([*own, *translated], [*captions, *english], strict=True):
        letters = iter(whole)
        assert all(letter in letters for letter in damaged)
        assert len(damaged) == len(whole) - round(0.4 * len(whole))


def test_nothing_lost_leaves_both_forms_whole():
    captions, english = ["rouge", "red"], ["red", "red"]
    left = damage_captions(captions, english, ["fr", "en"], 0.0, random=np.random.default_rng(0))
    assert left == (captions, english)


def test_captions_without_english_forms_are_refused():
    with pytest.raises(ValueError, match="must be equally many, but are 1, 2 and 1"):
        damage_captions(["a"], ["a", "b"], ["en"], 0.1, random=np.random.default_rng(0))
