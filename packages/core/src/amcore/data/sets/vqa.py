"""VQA v2: questions about COCO's pictures with ten answers each, from a folder of the original files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import pandas as pd

from amcore.data.sets._originals import identifier, read_json, records, require_files, text, understood

Split = Literal["train", "val"]

_WHAT = "VQA v2"


@dataclass(frozen=True)
class VQA:
    """Questions about pictures.

    Attributes:
        questions: a row per question: `question_id`, `image_id`, `path` (for `load_picture`), `question`,
            `answer` (the most frequent of the ten), `answer_type` (`yes/no`, `number`, `other`).
        answers: the ten answers of each row.
    """

    questions: pd.DataFrame
    answers: list[tuple[str, ...]]


def load_vqa(folder: Path | str, split: Split, *, check: bool = True) -> VQA:
    """The questions and answers of a split, and where their pictures are.

    Identifiers may be whole numbers, floats without a fraction, or digits as text. Annotations without a question are
    left out, so that a part of the questions can be loaded with all annotations.

    Args:
        folder: holds `v2_OpenEnded_mscoco_<split>2014_questions.json`,
            `v2_mscoco_<split>2014_annotations.json` and `<split>2014/COCO_<split>2014_<12 digits>.jpg`.
        split: `train` or `val`; the answers of the test set were never published.
        check: whether to see that every picture is there.

    Raises:
        ValueError: an unknown split.
        DataError: a file is missing or another one, a value is null or of another type, a question comes twice, has
            no answers, or is not about the image of its annotation, or a picture is missing.

    Source: Goyal et al. (2017), Making the V in VQA Matter.
    """
    if split not in get_args(Split):
        raise ValueError(f"split must be one of {', '.join(get_args(Split))}, but is {split!r}")
    folder = Path(folder)
    asked = folder / f"v2_OpenEnded_mscoco_{split}2014_questions.json"
    answered = folder / f"v2_mscoco_{split}2014_annotations.json"
    rows, answers = [], []
    annotations, questions = read_json(answered, _WHAT), read_json(asked, _WHAT)
    with understood(f"{_WHAT}: {asked.name} and {answered.name} do not belong together"):
        known = _by_question(annotations, "annotations")
        for number, one in _by_question(questions, "questions").items():
            if number not in known:
                raise ValueError(f"question {number} has no annotation")
            about, image = known[number], identifier(one, "image_id")
            if (other := identifier(about, "image_id")) != image:
                raise ValueError(f"question {number} is about image {image} and its annotation about {other}")
            path = folder / f"{split}2014" / f"COCO_{split}2014_{image:012d}.jpg"
            most, kind = text(about, "multiple_choice_answer"), text(about, "answer_type")
            rows.append((number, image, str(path), text(one, "question"), most, kind))
            given = tuple(text(answer, "answer") for answer in records(about, "answers"))
            if not given:
                raise ValueError(f"question {number} has no answers")
            answers.append(given)
    columns = ["question_id", "image_id", "path", "question", "answer", "answer_type"]
    table = pd.DataFrame(rows, columns=columns)
    if check:
        require_files(table["path"].drop_duplicates().tolist(), _WHAT)
    return VQA(table, answers)


def _by_question(content: Any, key: str) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for one in records(content, key):
        if found.setdefault(number := identifier(one, "question_id"), one) is not one:
            raise ValueError(f"question {number} comes twice in {key}")
    return found
