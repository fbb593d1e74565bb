import pytest
import torch

from cmhn.encoders import CharacterEncoder


@pytest.fixture(scope="module")
def encoder():
    pytest.importorskip("sklearn")
    return CharacterEncoder(256)


@pytest.mark.parametrize(
    ("text", "like", "unlike"),
    [
        ("Una maduixa.", "Una madixa", "El gos negre"),
        ("Пъстра лорикета.", "Пъстрлорикта", "Червен автобус"),
        ("Νοσοκομείο", "Νοσκομείο", "Ένα δέντρο"),
    ],
)
def test_a_text_that_has_lost_letters_is_nearest_to_itself(encoder, text, like, unlike):
    whole, damaged, other = encoder.encode([text, like, unlike])
    assert whole @ damaged > whole @ other


def test_rows_have_length_one_and_only_a_text_without_pieces_is_zero(encoder):
    lengths = encoder.encode(["a", "", "два", "…"]).norm(dim=1)
    torch.testing.assert_close(lengths[[0, 2]], torch.ones(2))
    assert lengths[1] == 0


def test_no_text_gives_no_features(encoder):
    assert encoder.encode([]).shape == (0, 256)


def test_bad_settings_and_texts_are_refused(encoder, without_shape_checks):
    with pytest.raises(ValueError, match="longest must be at least 3, but is 2"):
        CharacterEncoder(8, shortest=3, longest=2)
    with pytest.raises(ValueError, match="width must be at least 1, but is 0"):
        CharacterEncoder(0)
    with pytest.raises(TypeError, match="batch must be a sequence of texts, but is one text"):
        encoder.encode("text")


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr("cmhn.encoders._extras.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'cmhn\[characters\]'"):
        CharacterEncoder()
