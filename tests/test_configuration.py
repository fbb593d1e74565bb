from pathlib import Path

import pytest
import yaml
from checkouts import ROOT, snakemake
from configuration import checked, data_folder, own_videos, require_paths, settings
from jsonschema import Draft202012Validator
from snakemake.exceptions import WorkflowError

from amcore.data import DATASETS

SCHEMA = ROOT / "config" / "schema.yaml"
PROFILES = sorted(set((ROOT / "config").glob("*.yaml")) - {SCHEMA})


def schema() -> dict:
    return yaml.safe_load(SCHEMA.read_text())


def test_the_schema_is_itself_valid():
    Draft202012Validator.check_schema(schema())


def test_every_setting_is_described_and_all_but_the_profile_have_a_default():
    for name, entry in settings(schema()):
        assert entry["description"].endswith("."), name
        assert ("default" in entry) == (name != "profile"), name


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_each_profile_keeps_the_schema_and_is_named_as_its_file(path: Path):
    config = checked(yaml.safe_load(path.read_text()), SCHEMA)
    assert config["profile"] == path.stem
    assert sorted(flat(config)) == sorted(name for name, _ in settings(schema()))


def flat(config: dict, prefix: str = "") -> list[str]:
    names = []
    for key, value in config.items():
        names += flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [f"{prefix}{key}"]
    return names


def test_the_default_profile_is_the_defaults():
    assert yaml.safe_load((ROOT / "config/laptop.yaml").read_text()) == {"profile": "laptop"}


def test_what_is_given_stands_and_the_rest_is_filled_in():
    config = checked({"profile": "own", "chmnet": {"frames": {"beta": 2.5}}}, SCHEMA)
    assert config["chmnet"]["frames"]["beta"] == 2.5
    assert config["chmnet"]["frames"]["ridge"] == 0.5


def test_the_entries_of_a_list_are_filled_in_too():
    config = checked(
        {"profile": "own", "hkam": {"editing": {"edits": [{"tasks": ["swap"], "k": [20]}]}}}, SCHEMA
    )
    (group,) = config["hkam"]["editing"]["edits"]
    assert group["k"] == [20]
    assert (group["D"], group["seeds"], group["updates"]) == ([4], [0], 250)


def test_the_given_configuration_is_left_alone():
    given = {"profile": "own"}
    checked(given, SCHEMA)
    assert given == {"profile": "own"}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"profile": "own", "chmnet": {"frames": {"lenghts": [8]}}}, r"'chmnet\.frames\.lenghts'.*'lengths'"),
        ({"profil": "own"}, r"'profil' is unknown; did you mean 'profile'"),
        ({"profile": "own", "qqq": 1}, r"'qqq' is unknown; known are profile, data"),
        ({"profile": "own", "chmnet": {"frames": {"beta": 0}}}, r"'chmnet\.frames\.beta' is not allowed: 0 "),
        (
            {"profile": "own", "chmnet": {"frames": {"beta": "1e-3"}}},
            r"'chmnet\.frames\.beta'.*'1e-3' is not of",
        ),
        ({"profile": "own", "chmnet": {"frames": {"lengths": []}}}, r"'chmnet\.frames\.lengths'"),
        ({"profile": "own", "chmnet": None}, r"'chmnet' is not allowed"),
        ({"profile": "../up"}, r"'profile' is not allowed"),
    ],
)
def test_a_bad_configuration_is_refused_by_name(config: dict, message: str):
    with pytest.raises(WorkflowError, match=message):
        checked(config, SCHEMA)


def test_a_misspelt_key_ends_the_workflow_before_anything_runs(checkout: Path):
    bad = checkout / "mine.yaml"
    bad.write_text("profile: mine\nchmnet:\n  frames:\n    lenghts: [16]\n")
    run = snakemake(checkout, "--configfile", "mine.yaml")
    assert run.returncode != 0
    assert "the key 'chmnet.frames.lenghts' is unknown; did you mean 'lengths'?" in run.stdout
    assert "Traceback" not in run.stdout
    assert not (checkout / "results").exists()
    assert not (checkout / "data").exists()


def data_folder_of(**options: dict) -> str:
    return data_folder(checked({"profile": "own", "data_options": options}, SCHEMA), SCHEMA)


def test_default_data_options_are_those_of_the_data_sets():
    for name, options in checked({"profile": "own"}, SCHEMA)["data_options"].items():
        defaults = DATASETS[name].options({})
        for option, value in options.items():
            assert value == (list(defaults[option]) if isinstance(value, list) else defaults[option]), option


def test_profiles_with_default_options_share_the_data_folder():
    assert data_folder_of() == data_folder_of(walks={"frames": 4096}) == "data"


@pytest.mark.parametrize("options", [{"walks": {"frames": 4}}, {"games": {"names": ["solaris"]}}])
def test_a_profile_with_its_own_options_keeps_its_data_apart(options: dict):
    assert data_folder_of(**options) == "data/profiles/own"


@pytest.mark.parametrize(
    "path", ["/a b/python", "/a'b/python", "/(a)/python", "/a&b/python", "/$a/python", "/a\tb/python"]
)
def test_an_interpreter_that_a_shell_would_not_take_for_one_word_is_refused(tmp_path: Path, path: str):
    with pytest.raises(WorkflowError, match="Snakemake cannot start scripts with"):
        require_paths(tmp_path, tmp_path, path)


@pytest.mark.parametrize("path", ["/usr/bin/python3.11", "/ü-1_2/a+b@c,d=e/python", "/a~b/python"])
def test_other_interpreters_are_taken(tmp_path: Path, path: str):
    require_paths(tmp_path, tmp_path, path)


def test_another_working_folder_is_refused(tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(WorkflowError, match=r"was sent to .*elsewhere'\. Leave out --directory"):
        require_paths(tmp_path, tmp_path / "elsewhere", "/usr/bin/python")


@pytest.mark.parametrize("name", ["a{b}c", "a{b", "}"])
def test_a_checkout_whose_path_snakemake_would_format_is_refused(tmp_path: Path, name: str):
    (tmp_path / name).mkdir()
    with pytest.raises(WorkflowError, match=r"Snakemake would take '[{}]' .*no brace"):
        require_paths(tmp_path / name, tmp_path / name, "/usr/bin/python")


@pytest.mark.parametrize("name", ["OneDrive - Uni", "it's", "[x]", "a;b&c"])
def test_a_checkout_may_have_any_other_path_when_its_environment_lies_elsewhere(tmp_path: Path, name: str):
    (tmp_path / name).mkdir()
    require_paths(tmp_path / name, tmp_path / name, "/usr/bin/python")


def test_own_videos_are_films_in_natural_order_without_their_company(tmp_path: Path):
    for name in ("10.mp4", "2.MKV", "._2.mkv", "2.srt", "cover.jpg", ".3.mp4"):
        (tmp_path / name).touch()
    assert [path.name for path in own_videos(str(tmp_path))] == ["2.MKV", "10.mp4"]
    assert own_videos("") == []


def test_a_folder_without_own_videos_is_named(tmp_path: Path):
    with pytest.raises(WorkflowError, match=r"must name a folder of films, but .* holds none"):
        own_videos(str(tmp_path))
    with pytest.raises(WorkflowError, match=r"must name a folder of films, but .*nowhere' is none"):
        own_videos(str(tmp_path / "nowhere"))
