import sys
from pathlib import Path

import numpy as np
import pytest
from checkouts import ROOT

from amcore.data import prepare
from cmhn.evaluation.triples import load_triples

sys.path.insert(0, str(ROOT / "workflows/scripts"))

from triple_features import main


def test_features_appear_whole_with_a_row_a_triple(tmp_path: Path):
    prepare("avsynth", tmp_path, count=240)
    main("avsynth", tmp_path, tmp_path / "audio.npy")
    features = np.load(tmp_path / "audio.npy")
    assert len(features) == len(load_triples("avsynth", tmp_path)) == 240
    assert not list(tmp_path.glob("*.part.npy"))


def test_another_name_is_refused_and_leaves_nothing(tmp_path: Path):
    prepare("avsynth", tmp_path, count=240)
    with pytest.raises(ValueError, match="modality must name modalities among"):
        main("avsynth", tmp_path, tmp_path / "smell.npy")
    assert not list(tmp_path.glob("*.npy"))
