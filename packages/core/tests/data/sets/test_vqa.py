import json

import pytest

from amcore.data.errors import DataError
from amcore.data.sets.vqa import load_vqa

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
    with pytest.raises(DataError, match=r"do not belong together \(question 9001 has no annotation\)"):
        load_vqa(folder, "val")


def test_missing_files_are_named(tmp_path):
    with pytest.raises(DataError, match=r"VQA v2: .*train2014_annotations\.json is missing"):
        load_vqa(tmp_path, "train")


@pytest.mark.usefixtures("without_shape_checks")
def test_the_test_set_has_no_answers(folder):
    with pytest.raises(ValueError, match="split must be one of train, val, but is 'test'"):
        load_vqa(folder, "test")


def changed(folder, kind, change, encoding="utf-8"):
    name = "OpenEnded_mscoco_val2014_questions" if kind == "questions" else "mscoco_val2014_annotations"
    path = folder / f"v2_{name}.json"
    content = json.loads(path.read_text())
    change(content[kind])
    path.write_bytes(json.dumps(content, ensure_ascii=False).encode(encoding))


@pytest.mark.parametrize("kind", ["questions", "annotations"])
@pytest.mark.parametrize("write", [str, float, lambda number: f"00{number}"])
def test_identifiers_may_be_text_or_floats(folder, kind, write):
    whole = load_vqa(folder, "val")

    def change(content):
        for one in content:
            one.update({key: write(one[key]) for key in ("image_id", "question_id")})

    changed(folder, kind, change)
    loaded = load_vqa(folder, "val")
    assert loaded.questions.equals(whole.questions)
    assert loaded.questions["image_id"].dtype.kind == "i"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_other_encodings_are_read(folder, encoding):
    changed(folder, "questions", lambda content: content[0].update(question="Où?"), encoding)
    assert load_vqa(folder, "val").questions["question"].tolist() == ["Où?", "How many?"]


def test_an_unknown_encoding_is_one_error(folder):
    changed(folder, "questions", lambda content: content[0].update(question="Où?"), "latin-1")
    with pytest.raises(DataError, match=r"questions\.json is no JSON"):
        load_vqa(folder, "val")


WRONG = {
    "null identifier": (
        "questions",
        lambda one: one[0].update(image_id=None),
        "image_id must be a whole .* but is None",
    ),
    "fraction": ("questions", lambda one: one[0].update(image_id=9.5), "image_id must be .* but is 9.5"),
    "negative": ("questions", lambda one: one[0].update(question_id=-1), "question_id must be .* but is -1"),
    "truth value": (
        "questions",
        lambda one: one[0].update(question_id=True),
        "question_id must be .* but is True",
    ),
    "beyond 64 bits": (
        "questions",
        lambda one: one[0].update(question_id=1 << 63),
        "question_id must be .* but is 9223",
    ),
    "huge": (
        "annotations",
        lambda one: one[0].update(question_id=10**3000),
        "question_id must be .* but is 1000",
    ),
    "words for a number": (
        "questions",
        lambda one: one[0].update(image_id="nine"),
        "image_id must be .* but is 'nine'",
    ),
    "null text": (
        "questions",
        lambda one: one[0].update(question=None),
        "question must be text, but is None",
    ),
    "missing": ("annotations", lambda one: one[0].pop("answer_type"), "'answer_type' is missing"),
    "two images": (
        "annotations",
        lambda one: one[0].update(image_id=7),
        "about image 9 and its annotation about 7",
    ),
    "twice": ("questions", lambda one: one.append(one[0]), "question 9001 comes twice in questions"),
    "no answers": ("annotations", lambda one: one[0].update(answers=[]), "question 9002 has no answers"),
    "null answers": (
        "annotations",
        lambda one: one[0].update(answers=None),
        "answers must be a list, but is None",
    ),
    "bare answers": (
        "annotations",
        lambda one: one[0].update(answers=["cat"]),
        "one of answers must be .* but is 'cat'",
    ),
    "number for an answer": (
        "annotations",
        lambda one: one[0]["answers"][3].update(answer=2),
        "answer must be .* but is 2",
    ),
    "bare record": (
        "questions",
        lambda one: one.append([]),
        "one of questions must be .* but is a list of 0",
    ),
}


@pytest.mark.parametrize(("kind", "change", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_annotation_is_one_error(folder, kind, change, message):
    changed(folder, kind, change)
    with pytest.raises(DataError, match=rf"do not belong together \(.*{message}"):
        load_vqa(folder, "val")


@pytest.mark.parametrize(
    "content", ["[" * 100_000, '{"a":' * 100_000, "null", "[]", '{"questions": {}}', "9" * 5000]
)
def test_nesting_without_end_and_foreign_files_are_one_error(folder, content):
    (folder / "v2_OpenEnded_mscoco_val2014_questions.json").write_text(content)
    with pytest.raises(DataError, match="VQA v2: "):
        load_vqa(folder, "val")
