import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcore.data.sets.vqa_evaluation import normalise_answer, vqa_accuracy


@pytest.mark.parametrize(("same", "accuracy"), [(0, 0.0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1.0), (10, 1.0)])
def test_accuracy_is_what_ten_people_give(same, accuracy):
    assert vqa_accuracy("yes", ["yes"] * same + ["no"] * (10 - same)) == pytest.approx(accuracy)


@given(answers=st.lists(st.sampled_from(["x", "b", "c"]), min_size=2, max_size=12))
def test_more_agreement_is_never_worse(answers):
    most = max(set(answers), key=answers.count)
    assert all(vqa_accuracy(most, answers) >= vqa_accuracy(answer, answers) for answer in answers)


def test_agreement_needs_others():
    with pytest.raises(ValueError, match="at least 2 entries, but has 1"):
        vqa_accuracy("a", ["a"])
    with pytest.raises(ValueError, match="answers must"):
        vqa_accuracy("a", "aaaa")


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Yes", "yes"),
        ("Two dogs.", "2 dogs"),
        ("  the two\n\tdogs ", "2 dogs"),
        ("none", "0"),
        ("An apple, a pear", "apple pear"),
        ("black-and-white", "black and white"),
        ("red/blue", "red blue"),
        ("yes, sir", "yes sir"),
        ("1,000", "1000"),
        ("1,000 red/blue", "1000 redblue"),
        ("3.5", "3.5"),
        ("u.s.a.", "usa"),
        ("dont", "don't"),
        ("it's", "it's"),
        ("Ive", "ive"),
        ("somebody'd", "somebodyd"),
        ("5:30", "5:30"),
        ("don't know!", "don't know"),
        ("!", ""),
        ("a", ""),
    ],
)
def test_answers_are_compared_as_the_official_evaluation_does(written, compared):
    assert normalise_answer(written) == compared


@given(answer=st.text())
def test_letters_and_space_around_do_not_matter(answer):
    assert normalise_answer(f" \n{answer}\t") == normalise_answer(answer)
    assert normalise_answer(answer) == normalise_answer(answer).lower()


def test_only_the_punctuation_of_people_is_normalised_and_only_if_they_differ():
    differ = ["2"] * 9 + ["two"]
    assert vqa_accuracy("two", differ) == pytest.approx(1.0)
    assert vqa_accuracy("2", ["two"] * 9 + ["2"]) == pytest.approx(0.0 + 0.9 * 1 / 3)
    assert vqa_accuracy("yes, sir", ["yes, sir"] * 10) == 0.0
    assert vqa_accuracy("yes, sir", ["yes, sir"] * 9 + ["no"]) == 1.0
