from types import SimpleNamespace
from typing import Any

import pytest
from checkouts import ROOT
from configuration import checked
from snakemake.exceptions import WorkflowError


def edits(editing: dict[str, Any]) -> dict[str, Any]:
    """What the rules know of the edits that a configuration asks for."""
    config = checked({"profile": "own", "hkam": {"editing": editing}}, ROOT / "config/schema.yaml")
    rules: dict[str, Any] = {
        "config": config,
        "RESULTS": "results/own",
        "LOGS": "logs/own",
        "OWN_INPUTS": {},
        "OWN_SETTINGS": {},
        "expand": lambda *_, **__: [],
    }
    text = (ROOT / "workflows/rules/edits.smk").read_text(encoding="utf-8")
    exec(text, rules)
    return rules


def settings(rules: dict[str, Any], edit: str) -> dict[str, Any]:
    return rules["edit_settings"](SimpleNamespace(edit=edit))


def test_every_combination_of_a_group_is_one_edit_with_the_groups_rate():
    rules = edits(
        {
            "edits": [
                {"tasks": ["swap"], "k": [4, 8], "seeds": [0, 1]},
                {"tasks": ["associative swap"], "start_rate": 30.0, "updates": 7},
            ],
            "training": {"start_rate": 5.0},
        }
    )
    one, other = "swap-k8-D4-learned-seed1", "associative_swap-k150-D4-learned-seed0"
    assert len(rules["EDITS"]) == 5
    assert settings(rules, one)["start_rate"] == 5.0
    assert (settings(rules, other)["start_rate"], settings(rules, other)["updates"]) == (30.0, 7)
    assert rules["KEPT"] == {"swap": "swap-k4-D4-learned-seed0", "associative swap": other}


@pytest.mark.parametrize("task", ["swap", "associative swap"])
def test_rotations_are_for_tasks_without_a_cue_and_omega_for_those_with_one(task: str):
    rules = edits({"edits": [{"tasks": [task]}], "training": {"rotate": True, "learn_omega": True}})
    (name,) = rules["EDITS"]
    chosen = settings(rules, name)
    assert (chosen["rotate"], chosen["learn_omega"]) == (task == "swap", task != "swap")


def test_tasks_without_a_cue_have_one_start():
    rules = edits({"edits": [{"tasks": ["swap"], "starts": ["coherent", "incoherent"]}]})
    assert list(rules["EDITS"]) == ["swap-k150-D4-learned-seed0"]


def test_edits_are_called_by_what_is_unusual_of_them():
    group = {
        "tasks": ["swap"],
        "couplings": ["neighbours"],
        "first_weights": ["random"],
        "label": "six steps",
    }
    rules = edits({"edits": [{"tasks": ["swap"]}, group | {"starts": ["aligned"], "steps": 6}]})
    first, other = rules["EDITS"]
    assert first == "swap-k150-D4-learned-seed0"
    assert other == "swap-k150-D4-aligned-neighbours-random_weights-six_steps-seed0"
    assert (settings(rules, other)["steps"], settings(rules, other)["coupling"]) == (6, "neighbours")
    assert [edit.label for edit in rules["EDITS"].values()] == ["", "six steps"]


def test_two_edits_of_one_name_need_a_label():
    groups: list[dict[str, Any]] = [{"tasks": ["swap"]}, {"tasks": ["swap"], "updates": 9}]
    with pytest.raises(WorkflowError, match="two edits of the name swap-k150-D4-learned-seed0"):
        edits({"edits": groups})
    assert len(edits({"edits": [groups[0], groups[1] | {"label": "longer"}]})["EDITS"]) == 2


def test_an_edit_that_is_named_is_kept_in_place_of_the_first():
    two = [{"tasks": ["swap"], "k": [4, 8]}]
    rules = edits({"edits": two, "kept": ["swap-k8-D4-learned-seed0"]})
    assert rules["KEPT"] == {"swap": "swap-k8-D4-learned-seed0"}
    with pytest.raises(WorkflowError, match="must be names of edits that are asked for, but has"):
        edits({"edits": two, "kept": ["swap-k9-D4-learned-seed0"]})
