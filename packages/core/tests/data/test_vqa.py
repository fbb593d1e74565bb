import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcore.data.errors import DataError
from amcore.data.vqa import load_vqa, vqa_accuracy

ANSWERS = ["cat"] * 7 + ["dog"] * 3


@pytest.fixture
def folder(tmp_path):
    for split in ("train", "val"):
        questions = [
            {"image_id": 9, "question": "What?", "question_id": 9001},
            {"image_id": 9, "question": "How many?", "question_id": 9002},
        ]
        annotations = [
            {
                "question_id": number,
                "image_id": 9,
                "multiple_choice_answer": "cat",
                "answer_type": "other",
                "answers": [{"answer": answer, "answer_id": turn} for turn, answer in enumerate(ANSWERS, 1)],
            }
            for number in (9002, 9001)
        ]
        asked = tmp_path / f"v2_OpenEnded_mscoco_{split}2014_questions.json"
        asked.write_text(json.dumps({"questions": questions}))
        answered = tmp_path / f"v2_mscoco_{split}2014_annotations.json"
        answered.write_text(json.dumps({"annotations": annotations}))
        (tmp_path / f"{split}2014").mkdir()
        (tmp_path / f"{split}2014" / f"COCO_{split}2014_000000000009.jpg").touch()
    return tmp_path


@pytest.mark.parametrize("split", ["train", "val"])
def test_questions_have_their_picture_and_answers(folder, split):
    loaded = load_vqa(folder, split)
    assert loaded.questions.to_dict("list") == {
        "question_id": [9001, 9002],
        "image_id": [9, 9],
        "path": [str(folder / f"{split}2014" / f"COCO_{split}2014_000000000009.jpg")] * 2,
        "question": ["What?", "How many?"],
        "answer": ["cat", "cat"],
        "answer_type": ["other", "other"],
    }
    assert loaded.answers == [tuple(ANSWERS)] * 2


def test_missing_pictures_are_counted_unless_not_wanted(folder):
    (folder / "val2014" / "COCO_val2014_000000000009.jpg").unlink()
    with pytest.raises(DataError, match="1 of 1 files are missing"):
        load_vqa(folder, "val")
    assert len(load_vqa(folder, "val", check=False).questions) == 2


def test_a_question_without_answers_is_an_error(folder):
    (folder / "v2_mscoco_val2014_annotations.json").write_text('{"annotations": []}')
    with pytest.raises(DataError, match=r"do not belong together \(KeyError\(9001\)\)"):
        load_vqa(folder, "val")


def test_missing_files_are_named(tmp_path):
    with pytest.raises(DataError, match=r"VQA v2: .*train2014_annotations\.json is missing"):
        load_vqa(tmp_path, "train")


@pytest.mark.usefixtures("without_shape_checks")
def test_the_test_set_has_no_answers(folder):
    with pytest.raises(ValueError, match="split is 'test', wanted one of train, val"):
        load_vqa(folder, "test")


@pytest.mark.parametrize(("same", "accuracy"), [(0, 0.0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1.0), (10, 1.0)])
def test_accuracy_is_what_ten_people_give(same, accuracy):
    assert vqa_accuracy("yes", ["yes"] * same + ["no"] * (10 - same)) == pytest.approx(accuracy)


@given(answers=st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=12))
def test_more_agreement_is_never_worse(answers):
    most = max(set(answers), key=answers.count)
    assert all(vqa_accuracy(most, answers) >= vqa_accuracy(answer, answers) for answer in answers)


def test_agreement_needs_others():
    with pytest.raises(ValueError, match="answers has 1"):
        vqa_accuracy("a", ["a"])
