"""VQA v2: questions about COCO's pictures with ten answers each, from a folder of the original files."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from amcore.data._originals import read_json, require_files
from amcore.data.errors import DataError

Split = Literal["train", "val"]

_WHAT = "VQA v2"
_ENOUGH = 3


@dataclass(frozen=True)
class VQA:
    """Questions about pictures.

    Attributes:
        questions: a row a question: `question_id`, `image_id`, `path` (for `load_picture`), `question`,
            `answer` (the most frequent of the ten), `answer_type` (`yes/no`, `number`, `other`).
        answers: the ten answers of each row.
    """

    questions: pd.DataFrame
    answers: list[tuple[str, ...]]


def load_vqa(folder: Path | str, split: Split, *, check: bool = True) -> VQA:
    """The questions and answers of a split, and where their pictures are.

    Args:
        folder: holds `v2_OpenEnded_mscoco_<split>2014_questions.json`,
            `v2_mscoco_<split>2014_annotations.json` and `<split>2014/COCO_<split>2014_<12 digits>.jpg`.
        split: `train` or `val`; the answers of the test set were never published.
        check: whether to see that every picture is there.

    Raises:
        ValueError: an unknown split.
        DataError: a file is missing or another one, a question has no answers, or a picture is missing.

    Source: Goyal et al. (2017), Making the V in VQA Matter.
    """
    if split not in get_args(Split):
        raise ValueError(f"split is {split!r}, wanted one of {', '.join(get_args(Split))}")
    folder = Path(folder)
    asked = folder / f"v2_OpenEnded_mscoco_{split}2014_questions.json"
    answered = folder / f"v2_mscoco_{split}2014_annotations.json"
    rows, answers = [], []
    try:
        known = {one["question_id"]: one for one in read_json(answered, _WHAT)["annotations"]}
        for one in read_json(asked, _WHAT)["questions"]:
            image, number = one["image_id"], one["question_id"]
            about = known[number]
            path = folder / f"{split}2014" / f"COCO_{split}2014_{image:012d}.jpg"
            rows.append(
                (
                    number,
                    image,
                    str(path),
                    one["question"],
                    about["multiple_choice_answer"],
                    about["answer_type"],
                )
            )
            answers.append(tuple(answer["answer"] for answer in about["answers"]))
    except (KeyError, TypeError) as error:
        raise DataError(
            f"{_WHAT}: {asked.name} and {answered.name} do not belong together ({error!r})"
        ) from error
    columns = ["question_id", "image_id", "path", "question", "answer", "answer_type"]
    table = pd.DataFrame(rows, columns=columns)
    if check:
        require_files(table["path"].drop_duplicates().tolist(), _WHAT)
    return VQA(table, answers)


def vqa_accuracy(predicted: str, answers: Sequence[str]) -> float:
    """How far people agree with an answer: the mean over the people of min(1, same among the others / 3).

    Answers are compared as they are; the official evaluation also evens out punctuation, articles and number
    words before it.

    Args:
        predicted: the answer.
        answers: of the people, ten for VQA.

    Raises:
        ValueError: fewer than two answers.

    Source: Antol et al. (2015), VQA, section 4.
    """
    if len(answers) < 2:
        raise ValueError(f"answers has {len(answers)}, wanted at least 2")
    same = Counter(answers)[predicted]
    agreed = [min(1.0, (same - (answer == predicted)) / _ENOUGH) for answer in answers]
    return sum(agreed) / len(agreed)
