"""AVSynth: seeded scenes as picture, caption and sound, whose factors are known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Int16, UInt8
from tqdm import tqdm

from amcore.data.dataset import Dataset
from amcore.data.formats.arrays import read_array, write_array
from amcore.data.formats.tables import read_table, write_table
from amcore.data.sets.avsynth._drawing import DISTANCES, draw
from amcore.data.sets.avsynth._sounding import BACKGROUNDS, TIMBRES, play
from amcore.data.splits import split_by_combination
from amcore.data.transport.source import Source

COUNT = 2000
SIDE = 64
RATE = 16_000
SECONDS = 1.0

SHAPES = tuple(DISTANCES)
COLOURS = {
    "red": (220, 40, 40),
    "orange": (240, 140, 30),
    "yellow": (240, 220, 50),
    "green": (60, 170, 70),
    "cyan": (70, 210, 220),
    "blue": (50, 90, 230),
    "purple": (140, 60, 190),
    "pink": (245, 150, 190),
    "brown": (140, 90, 50),
    "white": (245, 245, 245),
}
SIZES = {"small": 0.055, "medium": 0.075, "large": 0.1}
COLUMNS: tuple[str, ...] = ("left", "middle", "right")
ROWS: tuple[str, ...] = ("top", "middle", "bottom")
COUNTS = (1, 2, 3, 4, 5)

FACTORS = ("shape", "colour", "size", "column", "row", "count")
SEEN_ONLY = ("ground", "turn", "shift_x", "shift_y")
HEARD_ONLY = ("background", "interval", "detune", "gain")
READ_ONLY = ("phrasing",)

GROUNDS = {"black": (15, 15, 15), "grey": (80, 80, 80), "navy": (20, 25, 70), "maroon": (70, 20, 30)}

_SHAPE_TIMBRES = dict(zip(SHAPES, TIMBRES, strict=True))
_SEMITONES = dict(zip(COLOURS, (0, 1, 2, 4, 5, 6, 7, 8, 9, 11), strict=True))
_LOWEST_HERTZ = 220.0
_OCTAVES: dict[str, int] = dict(zip(ROWS, (2, 1, 0), strict=True))
_LENGTHS = {"small": 0.05, "medium": 0.09, "large": 0.15}
_PLACES = {"left": 0.27, "middle": 0.5, "right": 0.73, "top": 0.27, "bottom": 0.73}
_PANS: dict[str, float] = dict(zip(COLUMNS, (0.1, 0.5, 0.9), strict=True))
_FIRST_NOTE = 0.03
# Centres of the copies in radii from the place; none overlap, all lie within 2.5 radii.
_LAYOUTS = {
    1: np.array([[0.0, 0.0]]),
    2: np.array([[-1.15, 0.0], [1.15, 0.0]]),
    3: np.array([[0.0, -1.2], [-1.15, 0.9], [1.15, 0.9]]),
    4: np.array([[-1.15, -1.15], [1.15, -1.15], [-1.15, 1.15], [1.15, 1.15]]),
    5: np.array([[0.0, 0.0], [-1.45, -1.45], [1.45, -1.45], [-1.45, 1.45], [1.45, 1.45]]),
}
_NUMBERS = ("", "one", "two", "three", "four", "five")
_PLURALS = {"cross": "crosses"}
_PHRASINGS = (
    "{number} {size} {colour} {shape} {place}",
    "there {are} {number} {size} {colour} {shape} {place}",
    "{place} {are} {number} {colour} {shape} of {size} size",
    "{number} {shape}, {colour} and {size}, {place}",
    "look {place}: {number} {size} {shape} in {colour}",
    "you can see {number} {colour} {size} {shape} {place}",
)

SOURCE = Source(
    name="avsynth",
    version="1",
    kind="generated",
    licence="MIT",
    citation="this workbench; the tri-modal synthetic data that the proposal of cross-modal harmonic networks "
    "names in section 3.4",
)


@dataclass(frozen=True)
class Scene:
    """What is to be seen, read and heard.

    Attributes:
        shape: of the copies, heard as the timbre of the notes.
        colour: heard as the note within the octave.
        size: heard as the length of a note.
        column: left, middle or right, heard as the place between the ears.
        row: top, middle or bottom, heard as the octave.
        count: of the copies, heard as the number of notes.
        ground: colour behind the copies, seen only.
        turn: of each copy in degrees, seen only.
        shift_x: from the place, in sides, seen only.
        shift_y: from the place, in sides, seen only.
        background: sound behind the notes, heard only.
        interval: from note to note in seconds, heard only.
        detune: of all notes in semitones, heard only.
        gain: of all notes in decibels, heard only.
        phrasing: of the caption, read only.
        noise: seed of the grain of the picture and of the noise in the sound.
    """

    shape: str
    colour: str
    size: str
    column: str
    row: str
    count: int
    ground: str
    turn: float
    shift_x: float
    shift_y: float
    background: str
    interval: float
    detune: float
    gain: float
    phrasing: int
    noise: int

    def __post_init__(self) -> None:
        for name, values in _VALUES.items():
            if getattr(self, name) not in values:
                wanted = ", ".join(map(str, values))
                raise ValueError(f"{name} must be one of {wanted}, but is {getattr(self, name)!r}")


_VALUES = {
    "shape": SHAPES,
    "colour": tuple(COLOURS),
    "size": tuple(SIZES),
    "column": COLUMNS,
    "row": ROWS,
    "count": COUNTS,
    "ground": tuple(GROUNDS),
    "background": BACKGROUNDS,
    "phrasing": tuple(range(len(_PHRASINGS))),
}


@dataclass(frozen=True)
class Question:
    """A question about a scene.

    Attributes:
        text: of the question.
        answer: one word, or a place.
        about: the factor or nuisance it asks for.
        answered_by: `either` the picture or the sound, the `image` alone, or the `sound` alone.
    """

    text: str
    answer: str
    about: str
    answered_by: str


@dataclass(frozen=True)
class AVSynth:
    """Prepared scenes; row i of everything is scene i.

    Attributes:
        images: RGB levels 0 … 255.
        sounds: left and right channel, 16 bits.
        rate: of the sounds, samples a second.
        scenes: factors, nuisances, caption and split.
        questions: text, answer, what it is about, what answers it, number of the scene, split.
    """

    images: UInt8[np.ndarray, "n side side 3"]
    sounds: Int16[np.ndarray, "n 2 samples"]
    rate: int
    scenes: pd.DataFrame
    questions: pd.DataFrame


def sample_scene(index: int, seed: int = 0) -> Scene:
    """Scene `index` of the endless sequence that a seed names; uniform and independent in every factor.

    Raises:
        ValueError: a negative index or seed.
    """
    if index < 0 or seed < 0:
        raise ValueError(f"index and seed must not be below 0, but are {index} and {seed}")
    random = np.random.default_rng([seed, index])

    def one_of(values: Sequence) -> str:
        return values[int(random.integers(len(values)))]

    return Scene(
        shape=one_of(SHAPES),
        colour=one_of(tuple(COLOURS)),
        size=one_of(tuple(SIZES)),
        column=one_of(COLUMNS),
        row=one_of(ROWS),
        count=int(random.integers(1, len(COUNTS) + 1)),
        ground=one_of(tuple(GROUNDS)),
        turn=round(float(random.uniform(-10.0, 10.0)), 3),
        shift_x=round(float(random.uniform(-0.02, 0.02)), 4),
        shift_y=round(float(random.uniform(-0.02, 0.02)), 4),
        background=one_of(BACKGROUNDS),
        interval=round(float(random.uniform(0.16, 0.19)), 4),
        detune=round(float(random.uniform(-0.2, 0.2)), 3),
        gain=round(float(random.uniform(-3.0, 3.0)), 3),
        phrasing=int(random.integers(len(_PHRASINGS))),
        noise=int(random.integers(2**32)),
    )


def draw_scene(scene: Scene, side: int = SIDE) -> UInt8[np.ndarray, "side side 3"]:
    """The picture of a scene: copies of one shape about a place, on a plain grained ground.

    Raises:
        ValueError: `side` is below 16, where shapes cannot be told apart.
    """
    _check_side(side)
    radius = SIZES[scene.size]
    place = np.array([_PLACES[scene.column] + scene.shift_x, _PLACES[scene.row] + scene.shift_y])
    grain = np.random.default_rng([scene.noise, 0]).normal(0.0, 4.0, (side, side, 3))
    return draw(
        scene.shape,
        side,
        place + radius * _LAYOUTS[scene.count],
        radius,
        np.deg2rad(scene.turn),
        COLOURS[scene.colour],
        np.array(GROUNDS[scene.ground]) + grain,
    )


def play_scene(scene: Scene, rate: int = RATE) -> Int16[np.ndarray, "2 samples"]:
    """The sound of a scene: one second of stereo with as many notes as there are copies.

    Raises:
        ValueError: `rate` is below 8,000, which cannot hold the notes.
    """
    _check_rate(rate)
    semitones = _SEMITONES[scene.colour] + scene.detune
    noise = np.random.default_rng([scene.noise, 1]).standard_normal((2, round(SECONDS * rate)))
    return play(
        _SHAPE_TIMBRES[scene.shape],
        _LOWEST_HERTZ * 2.0 ** (_OCTAVES[scene.row] + semitones / 12.0),
        _FIRST_NOTE + scene.interval * np.arange(scene.count),
        _LENGTHS[scene.size],
        _PANS[scene.column],
        10.0 ** (scene.gain / 20.0),
        scene.background,
        noise,
        rate,
    )


def describe_scene(scene: Scene) -> str:
    """The caption of a scene, in English words: every factor is in it, in one of six phrasings."""
    several = scene.count > 1
    shape = _PLURALS.get(scene.shape, scene.shape + "s") if several else scene.shape
    return _PHRASINGS[scene.phrasing].format(
        number=_NUMBERS[scene.count],
        are="are" if several else "is",
        size=scene.size,
        colour=scene.colour,
        shape=shape,
        place=f"at the {_place(scene)}" if _place(scene) != "middle" else "in the middle",
    )


def ask(scene: Scene) -> list[Question]:
    """Questions about a scene: one for each factor, one for the eye alone, one for the ear alone."""
    return [
        Question("what shape is it?", scene.shape, "shape", "either"),
        Question("what colour is it?", scene.colour, "colour", "either"),
        Question("what size is it?", scene.size, "size", "either"),
        Question("where is it?", _place(scene), "place", "either"),
        Question("how many are there?", _NUMBERS[scene.count], "count", "either"),
        Question("what colour is the ground?", scene.ground, "ground", "image"),
        Question("what is heard in the background?", scene.background, "background", "sound"),
    ]


def load_avsynth(folder: Path | str) -> AVSynth:
    """The prepared scenes, their pictures and sounds memory-mapped.

    Args:
        folder: data folder, the one given to `prepare`.

    Raises:
        DataError: the data set is not prepared there.

    Source: the data set is ours; Cross-Modal Harmonic Networks (proposal), section 3.4, asks for it.
    """
    folder = Path(folder)
    images, sounds = (read_array(folder, DATASET.name, name) for name in ("images.npy", "sounds.npy"))
    scenes, questions = (read_table(folder, DATASET.name, name) for name in ("scenes.csv", "questions.csv"))
    return AVSynth(images, sounds, round(sounds.shape[2] / SECONDS), scenes, questions)


def scene_table(scenes: Sequence[Scene]) -> pd.DataFrame:
    """Factors, nuisances and caption of scenes, a row each."""
    columns = {field.name: [getattr(scene, field.name) for scene in scenes] for field in fields(Scene)}
    return pd.DataFrame(columns | {"caption": [describe_scene(scene) for scene in scenes]})


def _place(scene: Scene) -> str:
    words = [word for word in (scene.row, scene.column) if word != "middle"]
    return " ".join(words) or "middle"


def _check_side(side: int) -> None:
    if side < 16:
        raise ValueError(f"side must be at least 16 pixels, but is {side}")


def _check_rate(rate: int) -> None:
    if rate < 8000:
        raise ValueError(f"rate must be at least 8000 samples a second, but is {rate}")


def _prepare(
    target: Path,
    count: int = COUNT,
    seed: int = 0,
    side: int = SIDE,
    rate: int = RATE,
    by: Sequence[str] = ("shape", "colour"),
    test: float = 0.2,
    validation: float = 0.1,
) -> None:
    if count < 1:
        raise ValueError(f"count must be at least 1, but is {count}")
    _check_side(side)
    _check_rate(rate)
    scenes = [sample_scene(index, seed) for index in range(count)]
    table = scene_table(scenes)
    table["split"] = split_by_combination(
        table.loc[:, list(FACTORS)], by, test=test, validation=validation, seed=seed
    )
    write_table(target / "scenes.csv", table)
    questions = [
        (index, asked.text, asked.answer, asked.about, asked.answered_by, table["split"][index])
        for index, scene in enumerate(scenes)
        for asked in ask(scene)
    ]
    columns = ["scene", "question", "answer", "about", "answered_by", "split"]
    write_table(target / "questions.csv", pd.DataFrame(questions, columns=columns))
    shape = (count, side, side, 3)
    images = (draw_scene(scene, side) for scene in _shown(scenes, "draw"))
    write_array(target / "images.npy", shape, np.dtype(np.uint8), images)
    sounds = (play_scene(scene, rate) for scene in _shown(scenes, "play"))
    write_array(target / "sounds.npy", (count, 2, round(SECONDS * rate)), np.dtype(np.int16), sounds)


def _shown(scenes: list[Scene], doing: str) -> Iterator[Scene]:
    yield from tqdm(scenes, desc=f"{doing} avsynth", disable=None, leave=False)


DATASET = Dataset(
    name="avsynth",
    summary="scenes as picture, caption and sound, factors known",
    sources=lambda **_: (SOURCE,),
    files=lambda **_: ("images.npy", "sounds.npy", "scenes.csv", "questions.csv"),
    write=_prepare,
)
