"""Long videos of Atari games played at random from a seed, emulated by the Arcade Learning Environment."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
from jaxtyping import UInt8

from amcore.data.dataset import Dataset
from amcore.data.formats.video import SIZE
from amcore.data.sets._recordings import (
    MANIFEST,
    RECORDED,
    check_names,
    installed_version,
    load_recordings,
    record,
)
from amcore.data.transport.source import Source

GAMES = ("enduro", "private_eye", "solaris")
"""A race through the seasons and the night, a drive through a town, a flight among the stars: in each the place
changes even for who plays at random."""

NAMES = ("enduro",)
"""Played by default."""

_STEPS = 4  # of 1/60 s from one screen to the next
_PERSISTENCE = 0.75


def load_games(
    folder: Path | str, names: Sequence[str] | None = None
) -> dict[str, UInt8[np.ndarray, "_ size size 3"]]:
    """The prepared games by name, memory-mapped RGB levels 0 … 255.

    Args:
        folder: data folder, the one given to `prepare`.
        names: of the games; all that are prepared there by default, in the manifest's order.

    Raises:
        ValueError: an unknown game.
        DataError: a game is not prepared there.
    """
    return load_recordings(folder, DATASET.name, names, GAMES)


def play(name: str, seed: int = 0) -> Iterator[UInt8[np.ndarray, "height width 3"]]:
    """The endless screen of a game, four steps (4/60 s) from one to the next.

    The player keeps its action with probability 0.75 and draws another one otherwise, from those that do
    something in this game. A game that is over begins again.

    Args:
        name: of the game.
        seed: of the player and the game.

    Raises:
        ImportError: the Arcade Learning Environment is not installed.
        ValueError: an unknown game.
    """
    check_names([name], GAMES)
    ale = _ale()
    ale.ALEInterface.setLoggerMode(ale.LoggerMode.Error)
    game = ale.ALEInterface()
    game.setInt("random_seed", seed)
    game.setFloat("repeat_action_probability", 0.0)
    game.loadROM(ale.roms.get_rom_path(name))
    actions = game.getMinimalActionSet()
    random = np.random.default_rng(seed)
    action = actions[0]
    while True:
        if game.game_over():
            game.reset_game()
        yield game.getScreenRGB()
        if random.random() > _PERSISTENCE:
            action = actions[random.integers(len(actions))]
        for _ in range(_STEPS):
            game.act(action)


def _ale() -> ModuleType:
    try:
        import ale_py
    except ImportError as error:
        raise ImportError(
            "games need the Arcade Learning Environment: install it with `pip install 'amcore[games]'`"
        ) from error
    return ale_py


def _sources(**_: object) -> tuple[Source, ...]:
    return (
        Source(
            name="ale-py",
            version=installed_version("ale-py", "0.12.1"),
            kind="generated",
            licence="GPL-2.0 (the emulator's); the games state none: rendered here, single frames in the book",
            citation="Bellemare, Naddaf, Veness & Bowling (2013), The Arcade Learning Environment",
        ),
    )


def _files(names: Sequence[str] = NAMES, **_: object) -> tuple[str, ...]:
    check_names(names, GAMES)
    return (MANIFEST, *(f"{name}.npy" for name in names))


def _prepare(
    target: Path, names: Sequence[str] = NAMES, frames: int = RECORDED, size: int = SIZE, seed: int = 0
) -> None:
    record(target, names, lambda name: play(name, seed), frames=frames, size=size)


DATASET = Dataset(
    name="games",
    summary="long Atari games played at random, 224 × 224",
    sources=_sources,
    files=_files,
    write=_prepare,
)
