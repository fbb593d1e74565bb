import json
import subprocess
import wave

import numpy as np
import pandas as pd
import pytest

from amcore import results
from amcore.results import (
    Headline,
    Provenance,
    ResultsFolder,
    Sample,
    Wording,
    headlines,
    join_reference,
    read_headline,
    read_metrics,
    standings,
    tidy,
)

ROWS = pd.DataFrame(
    {"variant": ["a", "b"], "metric": ["cosine"] * 2, "value": [0.25, 1 / 3], "basis": [8, 16]}
)


def test_tidy_puts_the_contracts_columns_first_and_fills_the_defaults():
    frame = tidy(ROWS, dataset="clip")
    assert list(frame.columns) == [*results.METRIC_COLUMNS, "basis"]
    assert frame["split"].tolist() == ["all", "all"]
    assert frame["seed"].tolist() == [0, 0]


def test_given_columns_win_over_defaults():
    assert tidy(ROWS.assign(seed=[4, 5]), dataset="clip")["seed"].tolist() == [4, 5]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (ROWS.drop(columns="metric"), "metric"),
        (ROWS.assign(value=[1.0, np.nan]), "finite"),
        (pd.concat([ROWS, ROWS]), "stands twice"),
    ],
)
def test_metrics_outside_the_contract_are_refused(frame, message):
    with pytest.raises(ValueError, match=message):
        tidy(frame, dataset="clip")


def test_metrics_read_back_as_written(tmp_path):
    written = ResultsFolder(tmp_path / "deep" / "folder").metrics(ROWS, dataset="clip")
    read = read_metrics(tmp_path / "deep" / "folder" / "metrics.csv")
    pd.testing.assert_frame_equal(read, written, check_dtype=False, rtol=1e-6)


def test_metrics_have_the_same_bytes_every_time(tmp_path):
    for name in ("one", "two"):
        ResultsFolder(tmp_path / name).metrics(ROWS, dataset="clip")
    assert (tmp_path / "one/metrics.csv").read_bytes() == (tmp_path / "two/metrics.csv").read_bytes()


def test_a_table_keeps_full_numbers_in_csv_and_rounds_them_in_markdown(tmp_path):
    ResultsFolder(tmp_path).table(pd.DataFrame({"N": [8], "cosine": [0.123456]}), "table", precision=2)
    assert "0.123456" in (tmp_path / "table.csv").read_text()
    assert "0.12 |" in (tmp_path / "table.md").read_text()


def test_what_rounds_to_nothing_has_no_sign_in_a_table_and_is_a_power_of_ten_in_a_headline(tmp_path):
    folder = ResultsFolder(tmp_path)
    folder.table(pd.DataFrame({"difference": [-1e-9, -0.5]}), "table")
    folder.headline(Headline("difference", "difference", -1e-9))
    shown = (tmp_path / "table.md").read_text()
    assert "-0.000" not in shown
    assert "-0.500" in shown
    assert read_headline(tmp_path / "headline.csv")["text"].tolist() == ["-1·10⁻⁹"]
    assert "-1e-09" in (tmp_path / "table.csv").read_text()


def test_bars_share_one_scale_and_have_the_same_bytes_every_time(tmp_path):
    frame = pd.DataFrame({"N": [8, 16], "one": [0.5, 1.0], "two": [0.75, 1.0]})
    for name in ("a", "b"):
        ResultsFolder(tmp_path / name).table(frame, "table", bars=["one", "two"])
    shown = (tmp_path / "a/table.md").read_text()
    assert shown == (tmp_path / "b/table.md").read_text()
    assert "<td" in shown
    assert "linear-gradient" in shown
    assert shown.count("100.0%") >= 1
    assert "\n\n" not in shown
    with pytest.raises(ValueError, match="three"):
        ResultsFolder(tmp_path).table(frame, "table", bars=["three"])


def test_headline_numbers_show_their_spread_and_unit(tmp_path):
    ResultsFolder(tmp_path).headline(
        Headline("cosine", "mean cosine", 0.93764, std=0.0123, n=8),
        Headline("speed", "frames", 12.0, unit="frames/s", precision=0),
    )
    assert read_headline(tmp_path / "headline.csv")["text"].tolist() == ["0.938 ± 0.012", "12 frames/s"]


def test_headline_refuses_repeated_odd_and_infinite_entries(tmp_path):
    folder = ResultsFolder(tmp_path)
    with pytest.raises(ValueError, match="must differ"):
        folder.headline(Headline("a", "", 1.0), Headline("a", "", 2.0))
    with pytest.raises(ValueError, match="plain name"):
        folder.headline(Headline("a b", "", 1.0))
    with pytest.raises(ValueError, match="finite"):
        folder.headline(Headline("a", "", float("nan")))


def provenance() -> Provenance:
    return Provenance(
        "smoke", {"beta": 10}, [0, 1], "2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z", 2.0, 80.0, 1
    )


def test_provenance_names_commit_versions_and_machine(tmp_path):
    provenance().write(tmp_path, packages=["numpy", "no-such-distribution"])
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["versions"]["numpy"] == np.__version__
    assert record["versions"]["no-such-distribution"] == "not installed"
    assert record["configuration"] == {"beta": 10}
    assert record["machine"]["cores"] >= 1


def committed(folder):
    """Make a folder a repository with one commit of what it holds."""
    who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    for command in (["init", "-q"], ["add", "--all"], [*who, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *command], cwd=folder, check=True)


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    (folder / "part").mkdir(parents=True)
    (folder / "part" / "file").write_text("one")
    monkeypatch.chdir(folder)
    return folder


def test_a_changed_tree_is_marked_behind_its_commit(project):
    assert results.current_commit() == results.current_commit(project) == "unknown"
    committed(project)
    clean = results.current_commit()
    assert len(clean) == 10
    assert clean == results.current_commit(project)
    (project / "part" / "file").write_text("two")
    assert results.current_commit() == results.current_commit(project) == f"{clean}+"


@pytest.mark.parametrize("ignored", [True, False])
def test_a_project_inside_another_repository_does_not_claim_its_commit(project, ignored):
    (project.parent / ".gitignore").write_text("project\n" if ignored else "")
    committed(project.parent)
    # Where the other repository holds these files, its commit says what ran, but is none of the project's.
    assert (results.current_commit() == "unknown") is ignored
    assert results.current_commit(project) == "unknown"
    provenance().write(project, packages=[], project=project)
    assert json.loads((project / "run.json").read_text())["commit"] == "unknown"


def test_a_folder_below_the_root_has_the_commit_of_its_repository(project, monkeypatch):
    committed(project)
    commit = results.current_commit(project)
    monkeypatch.chdir(project / "part")
    assert results.current_commit() == commit
    assert results.current_commit(project / "part") == "unknown"


def test_a_second_working_tree_has_the_commit_that_is_checked_out_there(project):
    committed(project)
    second = project.parent / "second"
    subprocess.run(["git", "worktree", "add", "-q", "--detach", str(second)], cwd=project, check=True)
    assert results.current_commit(second) == results.current_commit(project)
    (second / "part" / "file").write_text("two")
    assert results.current_commit(second) == f"{results.current_commit(project)}+"


def test_a_repository_without_a_commit_has_none(project):
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    subprocess.run(["git", "add", "--all"], cwd=project, check=True)
    assert results.current_commit() == results.current_commit(project) == "unknown"


def test_the_commit_of_a_repository_that_git_does_not_trust_is_unknown(project, monkeypatch):
    committed(project)
    # Git's own switch: as if the folder belonged to another user.
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(project.parent / "none"))
    assert results.current_commit() == results.current_commit(project) == "unknown"


def test_a_hook_of_another_repository_changes_nothing(project, monkeypatch):
    committed(project.parent)
    monkeypatch.setenv("GIT_DIR", str(project.parent / ".git"))
    assert results.current_commit(project) == "unknown"


def test_in_a_hook_of_its_own_a_project_has_its_commit(project, monkeypatch):
    committed(project)
    commit = results.current_commit(project)
    for name in ("GIT_DIR", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE"):
        monkeypatch.setenv(name, str(project.parent / "nowhere"))
    assert results.current_commit() == results.current_commit(project) == commit


def test_without_git_the_commit_is_unknown(project, monkeypatch):
    committed(project)
    monkeypatch.setenv("PATH", str(project))
    assert results.current_commit() == results.current_commit(project) == "unknown"


def test_reference_values_are_joined_by_key():
    ours = pd.DataFrame({"row": ["swap", "other"], "value": [97.2, 1.0]})
    paper = pd.DataFrame({"row": ["swap"], "value": [88.2], "source": ["Table 2"]})
    joined = join_reference(ours, paper, on=["row"])
    assert joined["difference"].iloc[0] == pytest.approx(9.0)
    assert joined["paper"].isna().tolist() == [False, True]
    with pytest.raises(ValueError, match="stand twice"):
        join_reference(ours, pd.concat([paper, paper]), on=["row"])


def _samples(count=2, channels=1):
    random = np.random.default_rng(0)
    shape = (200,) if channels == 1 else (channels, 200)
    return [
        Sample(
            random.integers(0, 256, (8, 8, 3), dtype=np.uint8),
            random.integers(-999, 999, shape, dtype=np.int16),
            f'number <{place}> & "more"',
        )
        for place in range(count)
    ]


@pytest.mark.parametrize("channels", [1, 2])
def test_samples_are_pictures_and_sounds_with_a_page_that_plays_them(tmp_path, channels):
    pytest.importorskip("matplotlib")
    from matplotlib.image import imread

    samples = _samples(channels=channels)
    ResultsFolder(tmp_path / "cmhn/completion").samples("samples", samples, rate=8000)
    folder = tmp_path / "cmhn/completion"
    for place, sample in enumerate(samples):
        picture = np.rint(255 * imread(folder / f"samples_{place}.png")[..., :3])
        np.testing.assert_array_equal(picture, sample.picture)
        with wave.open(str(folder / f"samples_{place}.wav")) as file:
            assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (channels, 8000, 200)
            played = np.frombuffer(file.readframes(200), "<i2").reshape(200, channels).T
        np.testing.assert_array_equal(played, np.atleast_2d(sample.sound))
    page = (folder / "samples.md").read_text()
    assert 'src="../results/cmhn/completion/samples_1.wav"' in page
    assert "number &lt;0&gt; &amp; &quot;more&quot;" in page
    # Markdown ends a block of HTML at the first empty line.
    assert "\n\n" not in page


def test_sounds_that_are_none_are_refused(tmp_path):
    (sample,) = _samples(1)
    folder = ResultsFolder(tmp_path)
    broken = Sample(sample.picture, sample.sound.astype(float), "words")
    with pytest.raises(ValueError, match="a sound must hold samples of 16 bits"):
        folder.samples("samples", [broken], rate=8000)
    with pytest.raises(ValueError, match="rate must be at least 1 sample a second, but is 0"):
        folder.samples("samples", [sample], rate=0)


def test_headlines_are_rows_of_a_table():
    table = pd.DataFrame(
        {"task": ["swap", "merge"], "size": [8, 16], "mean": [0.5, 0.25], "std": [0.1, np.nan]}
    )
    first, second = headlines(
        table.assign(n=3), "{task}_{size}", "accuracy, {task}, N = {size}", unit="%", precision=1
    )
    assert first == Headline("swap_8", "accuracy, swap, N = 8", 0.5, std=0.1, n=3, unit="%", precision=1)
    assert second.text == "0.2 %"
    (alone,) = headlines(table.iloc[:1], "best", "best", value="size", std="", precision=0)
    assert alone == Headline("best", "best", 8.0, precision=0)


def test_the_unit_of_headlines_may_be_a_column():
    table = pd.DataFrame({"key": ["a", "b"], "value": [1.0, 2.0], "unit": ["%", ""]})
    assert [
        number.text for number in headlines(table, "{key}", "", value="value", unit="unit", precision=0)
    ] == [
        "1 %",
        "2",
    ]


def test_headlines_name_the_columns_that_a_table_lacks():
    with pytest.raises(ValueError, match=r"must have the columns \['mean', 'seed'\]"):
        headlines(pd.DataFrame({"task": ["swap"]}), "{task}_{seed}", "accuracy, {task}")


def test_words_stand_beside_numbers(tmp_path):
    folder = ResultsFolder(tmp_path)
    folder.headline(*standings("gain", "a less b", [0.1, 0.2, 0.3]), Wording("which", "the first", "a"))
    table = read_headline(tmp_path / "headline.csv").set_index("key")
    assert table["text"].to_dict() == {
        "gain": "0.200 ± 0.100",
        "gain_p": "n = 3, p = 0.074",
        "gain_words": "not told apart from",
        "which": "a",
    }
    assert table["value"].notna().to_dict() == {
        "gain": True,
        "gain_p": False,
        "gain_words": False,
        "which": False,
    }


def test_one_difference_alone_is_not_tested(tmp_path):
    ResultsFolder(tmp_path).headline(*standings("gain", "a less b", [0.1]))
    assert read_headline(tmp_path / "headline.csv")["text"].tolist() == [
        "0.100",
        "one alone, no test",
        "not told apart from",
    ]


def test_a_test_is_shown_in_words(tmp_path):
    frame = pd.DataFrame(
        {
            "p_holm": [0.00001, 0.25, np.nan],
            "effect_size": [1.5, -0.25, 0.0],
            "significant": [True, False, False],
        }
    )
    ResultsFolder(tmp_path).table(frame, "tests", precision=2)
    shown = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in (tmp_path / "tests.md").read_text().splitlines()
    ]
    assert shown[0] == ["p, corrected", "effect size", "significant"]
    assert shown[2:] == [["< 0.001", "1.50", "yes"], ["0.250", "-0.25", "no"], ["", "0.00", "no"]]
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "tests.csv"), frame)


def test_bars_begin_at_zero(tmp_path):
    ResultsFolder(tmp_path).table(pd.DataFrame({"value": [0.5, 1.0]}), "table", bars=["value"])
    assert "#d1603d55 50.0%, transparent 50.0%" in (tmp_path / "table.md").read_text()


@pytest.mark.parametrize(
    ("value", "std", "text"),
    [
        (3.2e-7, None, "3·10⁻⁷"),
        (-0.0004, None, "-4·10⁻⁴"),
        (0.0, None, "0.000"),
        (0.898, 0.0, "0.898"),
        (0.898, 0.0001, "0.898"),
        (0.5, 0.001, "0.500 ± 0.001"),
    ],
)
def test_no_number_is_rounded_to_nothing(value, std, text):
    assert Headline("key", "label", value, std=std).text == text
