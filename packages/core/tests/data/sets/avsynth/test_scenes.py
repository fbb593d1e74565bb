from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcore.data.errors import DataError
from amcore.data.preparing import outputs, prepare
from amcore.data.sets.avsynth import scenes as avsynth
from amcore.data.sets.avsynth.scenes import (
    FACTORS,
    HEARD_ONLY,
    READ_ONLY,
    SEEN_ONLY,
    ask,
    describe_scene,
    draw_scene,
    load_avsynth,
    play_scene,
    sample_scene,
)
from amcore.data.splits import leaks

SCENES = st.builds(sample_scene, st.integers(0, 10**6), st.integers(0, 10**6))
OTHER = {
    "shape": lambda scene: next(value for value in avsynth.SHAPES if value != scene.shape),
    "colour": lambda scene: next(value for value in avsynth.COLOURS if value != scene.colour),
    "size": lambda scene: next(value for value in avsynth.SIZES if value != scene.size),
    "column": lambda scene: next(value for value in avsynth.COLUMNS if value != scene.column),
    "row": lambda scene: next(value for value in avsynth.ROWS if value != scene.row),
    "count": lambda scene: scene.count % 5 + 1,
    "ground": lambda scene: next(value for value in avsynth.GROUNDS if value != scene.ground),
    "turn": lambda scene: scene.turn + 8.0,
    "shift_x": lambda scene: scene.shift_x + 0.03,
    "shift_y": lambda scene: scene.shift_y + 0.03,
    "background": lambda scene: next(value for value in avsynth.BACKGROUNDS if value != scene.background),
    "interval": lambda scene: scene.interval + 0.02,
    "detune": lambda scene: scene.detune + 0.3,
    "gain": lambda scene: scene.gain - 4.0,
    "phrasing": lambda scene: (scene.phrasing + 1) % 6,
}
# What may stay the same all the same: a circle turned, a rhythm of one note.
PLAIN = sample_scene(0)
PLAIN = replace(PLAIN, shape="star", count=3)


@pytest.fixture
def prepared(tmp_path):
    prepare("avsynth", tmp_path, count=300, side=16, rate=8000, seed=1)
    return load_avsynth(tmp_path)


@given(scene=SCENES)
def test_a_scene_is_the_same_whenever_it_is_shown(scene):
    np.testing.assert_array_equal(draw_scene(scene, 16), draw_scene(scene, 16))
    np.testing.assert_array_equal(play_scene(scene, 8000), play_scene(scene, 8000))


def test_a_seed_and_a_number_decide_a_scene():
    assert sample_scene(3, 5) == sample_scene(3, 5)
    assert len({sample_scene(index, seed) for index in range(20) for seed in range(5)}) == 100


@pytest.mark.parametrize("factor", FACTORS)
def test_every_factor_is_seen_read_and_heard(factor):
    changed = replace(PLAIN, **{factor: OTHER[factor](PLAIN)})
    assert np.any(draw_scene(changed) != draw_scene(PLAIN))
    assert np.any(play_scene(changed) != play_scene(PLAIN))
    assert describe_scene(changed) != describe_scene(PLAIN)


@pytest.mark.parametrize("nuisance", SEEN_ONLY + HEARD_ONLY + READ_ONLY)
def test_a_nuisance_is_met_in_one_modality_alone(nuisance):
    changed = replace(PLAIN, **{nuisance: OTHER[nuisance](PLAIN)})
    assert np.any(draw_scene(changed) != draw_scene(PLAIN)) == (nuisance in SEEN_ONLY)
    assert np.any(play_scene(changed) != play_scene(PLAIN)) == (nuisance in HEARD_ONLY)
    assert (describe_scene(changed) != describe_scene(PLAIN)) == (nuisance in READ_ONLY)


@given(scene=SCENES)
def test_the_caption_tells_every_factor(scene):
    words = describe_scene(scene).replace(",", " ").replace(":", " ").split()
    assert {scene.colour, scene.size} <= set(words)
    assert any(word.startswith(scene.shape) for word in words)
    assert ("one", "two", "three", "four", "five")[scene.count - 1] in words
    assert {scene.row, scene.column} - {"middle"} <= set(words)


def test_captions_of_one_phrasing_are_equal_only_for_equal_factors():
    scenes = [replace(sample_scene(index), phrasing=0) for index in range(3000)]
    factors = [tuple(getattr(scene, name) for name in FACTORS) for scene in scenes]
    assert len(set(factors)) == len({describe_scene(scene) for scene in scenes})


@pytest.mark.parametrize("column", avsynth.COLUMNS)
@pytest.mark.parametrize("row", avsynth.ROWS)
@pytest.mark.parametrize("count", avsynth.COUNTS)
def test_large_copies_fit_into_the_picture_wherever_they_are(column, row, count):
    far = replace(PLAIN, size="large", shape="circle", colour="white", column=column, row=row, count=count)
    pictures = [draw_scene(replace(far, ground="black", shift_x=x, shift_y=x)) for x in (-0.02, 0.0, 0.02)]
    inked = [np.sum(picture.astype(float)) for picture in pictures]
    assert min(inked) > 0.99 * max(inked)


@given(scene=SCENES)
def test_questions_tell_what_answers_them(scene):
    by = {"image": SEEN_ONLY, "sound": HEARD_ONLY}
    for question in ask(scene):
        if question.answered_by in by:
            assert question.about in by[question.answered_by]
            assert question.answer == getattr(scene, question.about)
    assert {question.answered_by for question in ask(scene)} == {"either", "image", "sound"}


def test_prepared_scenes_are_the_sampled_ones(prepared):
    assert isinstance(prepared.images, np.memmap)
    assert isinstance(prepared.sounds, np.memmap)
    assert prepared.rate == 8000
    for index in (0, 17, 299):
        scene = sample_scene(index, 1)
        np.testing.assert_array_equal(prepared.images[index], draw_scene(scene, 16))
        np.testing.assert_array_equal(prepared.sounds[index], play_scene(scene, 8000))
        row = prepared.scenes.iloc[index]
        assert row["caption"] == describe_scene(scene)
        assert all(
            row[name] == getattr(scene, name) for name in (*FACTORS, *SEEN_ONLY, *HEARD_ONLY, *READ_ONLY)
        )


def test_tested_combinations_are_unseen(prepared):
    scenes = prepared.scenes
    pairs = list(zip(scenes["shape"], scenes["colour"], strict=True))
    assert leaks(pairs, scenes["split"].tolist()) == []
    assert set(scenes["split"]) == {"train", "validation", "test"}
    train = scenes[scenes["split"] == "train"]
    assert set(train["shape"]) == set(avsynth.SHAPES)
    assert set(train["colour"]) == set(avsynth.COLOURS)


def test_questions_have_the_split_of_their_scene(prepared):
    questions = prepared.questions
    assert len(questions) == 7 * 300
    assert questions["split"].tolist() == prepared.scenes["split"].loc[questions["scene"]].tolist()


def test_more_scenes_begin_with_the_fewer(tmp_path):
    for count in (200, 230):
        prepare("avsynth", tmp_path / str(count), count=count, side=16, rate=8000)
    few, many = (load_avsynth(tmp_path / name) for name in ("200", "230"))
    np.testing.assert_array_equal(few.images, many.images[:200])
    np.testing.assert_array_equal(few.sounds, many.sounds[:200])


def test_the_files_are_the_declared_ones_with_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        paths = prepare("avsynth", tmp_path / name, count=200, side=16, rate=8000)
        assert [str(path.relative_to(tmp_path / name)) for path in paths] == outputs("avsynth")
    for path in paths:
        assert path.read_bytes() == (tmp_path / "one" / path.relative_to(tmp_path / "two")).read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"count": 0}, "count must be .* but is 0"),
        ({"side": 8}, "side must be .* but is 8"),
        ({"rate": 4000}, "rate must be .* but is 4000"),
        ({"by": ["weight"]}, "by must be .* but is"),
        ({"count": 3}, "so small that every value"),
    ],
)
def test_bad_options_are_refused_and_leave_nothing(tmp_path, options, said):
    with pytest.raises(ValueError, match=said):
        prepare("avsynth", tmp_path / "data", **options)
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("change", [{"shape": "blob"}, {"count": 0}, {"phrasing": 9}])
def test_a_scene_that_cannot_be_is_refused(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))} must be one of .* but is"):
        replace(PLAIN, **change)


def test_negative_numbers_are_refused():
    with pytest.raises(ValueError, match="-1"):
        sample_scene(-1)


def test_scenes_that_are_not_prepared_say_so(tmp_path):
    with pytest.raises(DataError, match="fetch avsynth"):
        load_avsynth(tmp_path)
