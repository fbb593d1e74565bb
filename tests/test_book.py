"""The book takes its numbers from results alone, and says where they come from."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from checkouts import ROOT

from amcore.results import Headline, Provenance, ResultsFolder

sys.path.insert(0, str(ROOT / "workflows/scripts"))

from build_book import build, provenance, settings_table, stage, substitutions
from experiments import Experiment, read_experiments
from summarise import summarise
from update_readme import updated

SAID = {
    "chmnet/frames": Experiment(
        "chmnet", "frames", "It does.", {}, figures={"similarity": "What is seen."}, tables={"all": "All."}
    )
}
CHAPTERS = sorted((ROOT / "book").rglob("*.md"))


@pytest.fixture
def results(tmp_path: Path) -> list[Path]:
    folder = ResultsFolder(tmp_path / "results/smoke/chmnet/frames")
    folder.headline(Headline("cosine", "cosine similarity", 0.93764, std=0.0123, n=8))
    Provenance(
        "smoke", {}, [3, 4], "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:09+00:00", 9.0, 80.0, 1
    ).write(folder.path, packages=["numpy"])
    return sorted(folder.path.iterdir())


def test_each_headline_number_has_its_key(results: list[Path]):
    keys = substitutions([results[0].parent])
    assert keys["chmnet_frames_cosine"] == "0.938 ± 0.012"
    assert keys["profile"] == "smoke"
    assert "seeds: 3, 4" in keys["chmnet_frames_provenance"]
    assert "commit " in keys["chmnet_frames_provenance"]


def test_a_result_without_randomness_says_so(results: list[Path]):
    run = {"profile": "p", "seeds": [], "commit": "c", "wall_seconds": 1, "threads": 1, "peak_memory_mib": 2}
    line = provenance(run | {"machine": {"cores": 2, "model": "m"}, "finished": "2026-01-01T00:00:00"})
    assert "none of its own" in line


def test_every_setting_is_shown_with_its_value_here():
    schema = yaml.safe_load((ROOT / "config/schema.yaml").read_text())
    from configuration import checked

    table = settings_table(checked({"profile": "own"}, ROOT / "config/schema.yaml"), schema)
    row = table[table["setting"] == "`chmnet.frames.beta`"].iloc[0]
    assert (row["default"], row["here"]) == ("`10.0`", "`10.0`")


def test_staging_replaces_what_was_there(results: list[Path], tmp_path: Path):
    staged = tmp_path / "staged"
    (staged / "old").mkdir(parents=True)
    stage(
        ROOT / "book",
        results,
        staged,
        pd.DataFrame({"setting": ["`a`"]}),
        SAID,
        {"chmnet": {"frames": {"beta": 2.5}}},
    )
    assert not (staged / "old").exists()
    assert (staged / "results/chmnet/frames/run.json").is_file()
    config = yaml.safe_load((staged / "_config.yml").read_text())
    assert config["parse"]["myst_substitutions"]["chmnet_frames_cosine"] == "0.938 ± 0.012"
    assert config["parse"]["myst_substitutions"]["chmnet_frames_similarity_caption"] == "What is seen."
    assert config["parse"]["myst_substitutions"]["config"]["chmnet"]["frames"]["beta"] == 2.5


def test_what_a_page_plays_is_copied_beside_the_pages(results: list[Path], tmp_path: Path):
    folder = results[0].parent
    for ending in ("wav", "png"):
        (folder / f"samples_0.{ending}").write_bytes(ending.encode())
    stage(
        ROOT / "book",
        [*results, folder / "samples_0.wav"],
        tmp_path / "staged",
        pd.DataFrame({"a": [1]}),
        SAID,
        {},
    )
    for ending in ("wav", "png"):
        place = tmp_path / f"staged/extra/results/chmnet/frames/samples_0.{ending}"
        assert place.read_bytes() == ending.encode()


def test_a_number_that_no_experiment_wrote_fails_the_build(tmp_path: Path):
    source = tmp_path / "book/source"
    source.mkdir(parents=True)
    (source / "_config.yml").write_text(
        "title: t\nparse:\n  myst_enable_extensions: [substitution]\n  myst_substitutions: {known: '1'}\n"
    )
    (source / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    (source / "index.md").write_text("# Title\n\n{{ known }} and {{ unknown }}\n")
    with pytest.raises(SystemExit, match=r"did not build cleanly(?s:.*)unknown"):
        build(source, tmp_path / "html", tmp_path / "log")
    assert not (tmp_path / "html").exists()
    (source / "index.md").write_text("# Title\n\n{{ known }}\n")
    build(source, tmp_path / "html", tmp_path / "log")
    assert (tmp_path / "html/index.html").is_file()


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.name)
def test_a_chapter_that_shows_a_result_says_where_it_comes_from(chapter: Path):
    text = chapter.read_text()
    shown = set(re.findall(r"results/(\w+)/(\w+)/[\w]+\.(?:svg|png|md)", text))
    for package, experiment in shown:
        assert f"{{{{ {package}_{experiment}_provenance }}}}" in text


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.name)
def test_no_chapter_types_a_measured_number(chapter: Path):
    """Measured values have three digits after the point; what stands in a chapter by hand has none such."""
    assert not re.findall(r"(?<![\w.])\d+\.\d{3,}", chapter.read_text())


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.name)
def test_no_chapter_writes_the_unit_after_a_number_that_brings_it(chapter: Path):
    assert not re.findall(r"\}\} ?%", chapter.read_text())


def test_all_chapters_are_in_the_table_of_contents():
    toc = (ROOT / "book/_toc.yml").read_text()
    for chapter in CHAPTERS:
        assert str(chapter.relative_to(ROOT / "book").with_suffix("")) in toc


def test_the_summary_names_package_and_experiment(results: list[Path]):
    (headline,) = [path for path in results if path.name == "headline.csv"]
    row = summarise([headline]).iloc[0]
    assert (row["package"], row["experiment"], row["text"]) == ("chmnet", "frames", "0.938 ± 0.012")


def test_the_readmes_table_is_replaced_and_nothing_else(results: list[Path]):
    (headline,) = [path for path in results if path.name == "headline.csv"]
    readme, summary = (ROOT / "README.md").read_text(), summarise([headline])
    shown, commits = {("chmnet", "frames"): ("cosine",)}, {("chmnet", "frames"): "abc"}
    new = updated(readme, summary, profile="smoke", commits=commits, shown=shown)
    assert "| chmnet" in new
    assert "Profile `smoke`" in new
    assert "| `abc`" in new
    assert updated(new, summary, profile="smoke", commits=commits, shown=shown) == new
    assert new.partition("<!-- results: begin")[0] == readme.partition("<!-- results: begin")[0]
    assert new.partition("<!-- results: end")[2] == readme.partition("<!-- results: end")[2]
    with pytest.raises(ValueError, match="must hold a block"):
        updated("# nothing", summary, profile="smoke", commits=commits, shown=shown)
    with pytest.raises(ValueError, match="lacks \\['chmnet frames other'\\]"):
        updated(readme, summary, profile="smoke", commits=commits, shown={("chmnet", "frames"): ("other",)})


def test_the_readmes_results_come_from_the_laptop_profile():
    block = (ROOT / "README.md").read_text().partition("<!-- results: begin")[2]
    assert "Profile `laptop`" in block
    rows = [line for line in block.partition("<!-- results: end")[0].splitlines() if line.startswith("| ")][
        1:
    ]
    assert rows
    assert all(re.search(r"\| `[0-9a-f]{10}\+?` +\|$", row) for row in rows)


def test_the_readmes_commands_are_targets_of_the_makefile():
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets[0] == "all"
    assert "test" in targets
    dry = subprocess.run(["make", "--dry-run", "test"], cwd=ROOT, capture_output=True, text=True)
    assert "pytest" in dry.stdout


def test_the_page_on_data_names_the_sets_that_no_experiment_reads():
    described = [
        experiment.reads for experiment in read_experiments(ROOT / "workflows/experiments.yaml").values()
    ]
    read = {name for reads in described for name in reads.get("data", ())}
    rules = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflows/rules").glob("*.smk"))
    prepared = yaml.safe_load((ROOT / "workflows/datasets.yaml").read_text(encoding="utf-8"))
    unread = {name for name in prepared if name not in read and name not in rules}
    page = (ROOT / "book/chapters/data.md").read_text(encoding="utf-8")
    (sentence,) = [line for line in page.splitlines() if line.startswith("No experiment reads")]
    assert set(re.findall(r"`(\w+)`", sentence)) == unread
