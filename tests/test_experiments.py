"""What is said of data sets and experiments agrees with what there is, and a mistake in it is a sentence."""

import re
from pathlib import Path

import pytest
import yaml
from checkouts import ROOT
from experiments import Experiment, read_datasets, read_experiments
from snakemake.exceptions import WorkflowError

from amcore import data

EXPERIMENTS = read_experiments(ROOT / "workflows/experiments.yaml")
OPTIONS = {name: data.get(name).options({}) for name in data.DATASETS}


def test_the_files_of_every_data_set_are_those_that_it_prepares():
    assert read_datasets(ROOT / "workflows/datasets.yaml", OPTIONS) == {
        name: data.outputs(name) for name in data.DATASETS
    }


def test_files_follow_the_names_that_are_asked_for():
    found = read_datasets(ROOT / "workflows/datasets.yaml", OPTIONS | {"games": {"names": ["solaris"]}})
    assert found["games"] == data.outputs("games", names=["solaris"])


def test_names_that_nothing_gives_are_asked_for():
    with pytest.raises(WorkflowError, match="data_options must say the names of clips, but do not"):
        read_datasets(ROOT / "workflows/datasets.yaml", {})


def test_every_notebook_is_an_experiment_but_the_one_of_a_single_edit():
    notebooks = {f"{path.parent.name}/{path.stem}" for path in (ROOT / "workflows/notebooks").glob("*/*.py")}
    assert notebooks == {*EXPERIMENTS, "hkam/edit"}


def test_every_figure_of_the_book_has_its_caption_from_the_same_place():
    for chapter in (ROOT / "book").rglob("*.md"):
        lines = chapter.read_text().splitlines()
        for at, line in enumerate(lines):
            if found := re.match(r"```{figure} \S*results/(\w+)/(\w+)/(\w+)\.\w+$", line):
                package, experiment, figure = found.groups()
                assert figure in EXPERIMENTS[f"{package}/{experiment}"].figures
                body = lines[at : lines.index("```", at)]
                caption = f"{{{{ {package}_{experiment}_{figure}_caption }}}}"
                assert any(one.startswith(caption) for one in body), chapter.name


def test_captions_are_sentences_without_roles():
    for experiment in EXPERIMENTS.values():
        for caption in experiment.captions.values():
            assert caption.endswith(".")
            assert "\n" not in caption
            assert not re.search(r"[`$]|:\w+:", caption), caption


def written(folder: Path, **entry: object) -> Path:
    whole = {"does": "It does.", "resources": {"mem_mb": 1, "runtime": 1}} | entry
    path = folder / "experiments.yaml"
    path.write_text(yaml.safe_dump({"chmnet/own": {key: value for key, value in whole.items() if value}}))
    return path


def test_the_least_that_is_said(tmp_path: Path):
    (experiment,) = read_experiments(written(tmp_path)).values()
    assert experiment == Experiment("chmnet", "own", "It does.", {"mem_mb": 1, "runtime": 1})
    assert (experiment.rule, experiment.notebook) == ("chmnet_own", "workflows/notebooks/chmnet/own.py")


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"does": None}, "chmnet/own: 'does' is a required property"),
        ({"resources": {"mem_mb": 1}}, "chmnet/own.resources: 'runtime' is a required property"),
        ({"figure": {}}, "Additional properties are not allowed ('figure' was unexpected)"),
        ({"figures": {"one": "No full stop"}}, "chmnet/own.figures.one: 'No full stop' does not match"),
        ({"reads": {"features": ["products"]}}, "'videos' is a dependency of 'features'"),
        ({"reads": {"videos": "short"}}, "'short' is not one of ['long', 'single']"),
    ],
)
def test_what_is_missing_or_wrong_is_named(tmp_path: Path, entry: dict, sentence: str):
    entry = {key: value if value != {} else {"x": 1} for key, value in entry.items()}
    with pytest.raises(WorkflowError) as caught:
        read_experiments(written(tmp_path, **entry))
    assert "experiments.yaml cannot be used" in str(caught.value)
    assert sentence in str(caught.value)


def test_what_is_no_yaml_is_a_sentence(tmp_path: Path):
    (tmp_path / "experiments.yaml").write_text("a: [1")
    with pytest.raises(WorkflowError, match=r"experiments\.yaml cannot be read"):
        read_experiments(tmp_path / "experiments.yaml")
