import numpy as np

from hkam.digits.classifier import class_units
from hkam.digits.examples import answers_to_examples
from hkam.digits.solvers import fixed_step
from hkam.digits.tasks import edited_labels


def test_examples_are_answered_before_and_after(small_classifier, untrained_edits, small_digits):
    images, labels = small_digits
    rows = answers_to_examples(
        small_classifier,
        {"swap": untrained_edits["a"], "associative swap": untrained_edits["b"]},
        images,
        labels,
        solve=fixed_step(3),
        each=2,
    )
    zeros, ones = (np.flatnonzero(labels == digit)[:2] for digit in (0, 1))
    before = class_units(small_classifier, images[[*zeros, *ones]], solve=fixed_step(3)).argmax(axis=1)
    for answers in rows.values():
        assert [one.before for one in answers] == before.tolist()
    plain, cued = rows["swap"], rows["associative swap"]
    assert plain[0].picture.shape == (2, 2)
    assert cued[0].picture.shape == (2, 4)
    wanted = edited_labels(labels[[*zeros, *ones]], "swap")
    assert [one.is_right for one in plain] == [
        one.after == right for one, right in zip(plain, wanted, strict=True)
    ]
