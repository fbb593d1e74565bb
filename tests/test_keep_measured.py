import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from checkouts import ROOT

from amcore.results import ResultsFolder

sys.path.insert(0, str(ROOT / "workflows/scripts"))

from keep_measured import COLUMNS, main


def finished(folder: Path, *, k: int, value: float, commit: str, steps: int = 4, updates: int = 3) -> None:
    """An edit as its rule leaves it."""
    rows = [
        {"variant": variant, "split": split, "metric": metric, "value": value, "n": 10}
        for variant in ("adaptive", "fixed step")
        for split in ("train", "test")
        for metric in ("accuracy", "accuracy of 3")
    ]
    ResultsFolder(folder).metrics(
        pd.DataFrame(rows),
        dataset="swap",
        unit="%",
        seed=0,
        k=k,
        D=4,
        start="incoherent",
        coupling="neighbours",
        first_weights="zero",
        device="cpu",
        updates=updates,
        weights=8,
        profile="own",
    )
    (folder / "run.json").write_text(
        json.dumps({"commit": commit, "wall_seconds": 90, "configuration": {"steps": steps}})
    )


def test_finished_edits_are_kept_with_what_made_them_and_replace_their_old_rows(tmp_path: Path):
    edits, kept, classifier = tmp_path / "edits", tmp_path / "kept.csv", tmp_path / "mnist"
    rows = [
        {"variant": variant, "dataset": dataset, "split": split, "value": value}
        for variant, dataset, split, value in (
            ("adaptive", "MNIST", "train", 99),
            ("adaptive", "MNIST", "test", 97),
            ("fixed step", "MNIST", "test", 96),
            ("adaptive", "swap", "test", 77),
        )
    ]
    ResultsFolder(classifier).metrics(pd.DataFrame(rows), metric="accuracy", unit="%", seed=0, n=10)
    classifier /= "metrics.csv"
    assert main({"one": "", "two": "again"}, edits, classifier, kept) == 0
    assert not kept.exists()
    finished(edits / "one", k=2, value=50, commit="abc")
    assert main({"one": "", "two": "again"}, edits, classifier, kept) == 1
    finished(edits / "one", k=2, value=60, commit="def")
    finished(edits / "two", k=4, value=70, commit="def")
    assert main({"two": "again"}, edits, classifier, kept) == 1
    assert main({"one": "", "two": "again"}, edits, classifier, kept) == 2
    rows = pd.read_csv(kept)
    assert rows.columns.tolist() == COLUMNS
    assert rows[["k", "adaptive", "commit", "split"]].to_numpy().tolist() == [
        [2, 60, "def", "test"],
        [2, 60, "def", "train"],
        [4, 70, "def", "test"],
        [4, 70, "def", "train"],
    ]
    assert rows["classifier"].tolist() == [97, 99, 97, 99]
    assert rows["label"].fillna("").tolist() == ["", "", "again", "again"]
    assert set(rows["coupling"]) == {"neighbours"}
    assert rows["steps"].tolist() == [4] * 4
    assert rows["minutes"].tolist() == pytest.approx([1.5] * 4)
    finished(edits / "one", k=2, value=65, commit="fed", steps=8)
    assert main({"one": ""}, edits, classifier, kept) == 1
    rows = pd.read_csv(kept).query("k == 2 and split == 'test'")
    assert rows[["steps", "adaptive"]].to_numpy().tolist() == [[4, 60], [8, 65]]
    finished(edits / "one", k=2, value=66, commit="fed", steps=8, updates=5)
    assert main({"one": ""}, edits, classifier, kept) == 1
    rows = pd.read_csv(kept).query("k == 2 and split == 'test'")
    assert rows[["steps", "updates", "adaptive"]].to_numpy().tolist() == [[4, 3, 60], [8, 3, 65], [8, 5, 66]]
