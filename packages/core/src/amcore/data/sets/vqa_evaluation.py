"""Accuracy of answers as the official evaluation of VQA reckons it."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

_ENOUGH = 3
_MARKS = (*';/[]"{}()=+\\_-><@`,?!',)
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DIGITS = {word: str(number) for number, word in enumerate(_NUMBERS)} | {"none": "0"}
_ARTICLES = {"a", "an", "the"}
_THOUSANDS = re.compile(r"\d,\d")
_STOP = re.compile(r"\.(?!\d)")
# The official evaluation passes a flag where the number of replacements belongs.
_MOST_STOPS = 32


def vqa_accuracy(predicted: str, answers: Sequence[str]) -> float:
    """How far people agree with an answer: the mean over the people of min(1, same among the others / 3).

    The answer is normalised by `normalise_answer`. Of the people's answers, which the data set holds in lower case,
    only the punctuation is, and only if they are not all the same.

    Args:
        predicted: the answer.
        answers: of the people, ten for VQA.

    Raises:
        ValueError: fewer than two answers.

    Source: Antol et al. (2015), VQA, section 4, and its official evaluation.
    """
    if isinstance(answers, str) or len(answers) < 2:
        raise ValueError(f"answers must have at least 2 entries, but has {len(answers)}")
    predicted = normalise_answer(predicted)
    if len(set(answers)) > 1:
        answers = [_without_punctuation(answer) for answer in answers]
    same = Counter(answers)[predicted]
    agreed = [min(1.0, (same - (answer == predicted)) / _ENOUGH) for answer in answers]
    return sum(agreed) / len(agreed)


def normalise_answer(answer: str) -> str:
    """An answer as the official evaluation compares it: "Two dogs." and "The 2 dogs" are "2 dogs".

    Punctuation goes or becomes a space, the words none to ten become digits, articles go, contractions get their
    apostrophe, and all is in lower case.

    Source: the official evaluation of VQA, whose table of contractions is under the BSD-2-Clause licence.
    """
    plain = _without_punctuation(answer.replace("\n", " ").replace("\t", " ").strip())
    words = [_DIGITS.get(word, word) for word in plain.lower().split()]
    contractions = _contractions()
    return " ".join(contractions.get(word, word) for word in words if word not in _ARTICLES)


def _without_punctuation(answer: str) -> str:
    """The text without a mark beside a space or if digits are grouped by commas, and else with a space for it."""
    plain, grouped = answer, _THOUSANDS.search(answer) is not None
    for mark in _MARKS:
        goes = grouped or f"{mark} " in answer or f" {mark}" in answer
        plain = plain.replace(mark, "" if goes else " ")
    return _STOP.sub("", plain, count=_MOST_STOPS)


@cache
def _contractions() -> dict[str, str]:
    table = files("amcore.data.sets").joinpath("vqa_contractions.csv").read_text(encoding="utf-8")
    return {row["written"]: row["meant"] for row in csv.DictReader(table.splitlines())}
