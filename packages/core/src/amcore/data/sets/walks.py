"""Long videos of a walker in the maps of Freedoom, rendered by ViZDoom from a seed."""

import contextlib
import math
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

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

MAPS = {f"e{episode}m{number}": "freedoom1.wad" for episode in range(1, 5) for number in range(1, 10)} | {
    f"map{number:02}": "freedoom2.wad" for number in range(1, 33)
}
NAMES = ("map02", "e4m1")
"""A techbase with water, and an overgrown fort. Others worth a walk: map16, a town with a park; e3m1, a red cavern."""

_TICS = 4  # 35 tics are a second, so a recording of 4,096 moments is almost eight minutes
_SPEED = 25.0
_STILL = 6.0  # map units; a free step is about 30
_PATIENCE = 2
_GIVE_UP = 6
_VIEWS = np.array([-40.0, -20.0, 0.0, 20.0, 40.0])  # degrees to the right; the screen is 90 wide
_VIEW_HALF_WIDTH = 20
_HORIZON = slice(110, 130)
_FAR = 40.0
_CELL = 64
_AHEAD = (128, 256, 384)
_BOREDOM = 4.0
_STRAIGHT_ON = 2.0
_WHIM = 2.0


def load_walks(
    folder: Path | str, names: Sequence[str] | None = None
) -> dict[str, UInt8[np.ndarray, "_ size size 3"]]:
    """The prepared walks by the names of their maps, memory-mapped RGB levels 0 … 255.

    Args:
        folder: data folder, the one given to `prepare`.
        names: of the maps; all that are prepared there by default, in the manifest's order.

    Raises:
        ValueError: an unknown map.
        DataError: a walk is not prepared there.
    """
    return load_recordings(folder, DATASET.name, names, MAPS)


def walk(name: str, seed: int = 0) -> Iterator[UInt8[np.ndarray, "240 320 3"]]:
    """The endless view of a walker, four tics (4/35 s) from one screen to the next.

    The walker sees how far the way is open in five directions and turns to the most open one, the less
    often it has been there the rather; whim decides between equals. Where it gets stuck it tries to open what is in
    front of it, then turns away. There are no monsters, and neither weapon nor display is drawn; where a
    map ends, the walk begins again.

    Args:
        name: of the map.
        seed: of the walker's whims and of the map's own chance.

    Raises:
        ImportError: ViZDoom is not installed.
        ValueError: an unknown map.
    """
    check_names([name], MAPS)
    with _doom(name, seed) as game:
        walker = _Walker(seed)
        _begin(game)
        while True:
            if game.is_episode_finished() or game.is_player_dead():
                _begin(game)
            state = game.get_state()
            yield state.screen_buffer
            game.make_action(walker.act(state.depth_buffer, *state.game_variables), _TICS)


class _Walker:
    """Decides from depth and place how to go on: [speed, turn to the right in degrees, use]."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._visits: Counter[tuple[int, int]] = Counter()
        self._place = (math.inf, math.inf)
        self._still = 0
        self._turning = 0
        self._turn = 0.0

    def act(
        self, depth: UInt8[np.ndarray, "height width"], x: float, y: float, heading: float
    ) -> list[float]:
        moved = math.hypot(x - self._place[0], y - self._place[1])
        self._place = (x, y)
        self._still = self._still + 1 if moved < _STILL else 0
        self._visits[_cell(x, y)] += 1
        use = False
        if self._turning > 0:
            self._turning -= 1
        elif self._still >= _PATIENCE:
            use = self._still <= _PATIENCE + 1
            self._turn = 0.0
            if self._still >= _GIVE_UP or (not use and self._random.random() < 0.5):
                self._turn = 15.0 if self._random.random() < 0.5 else -15.0
                self._turning = int(self._random.integers(4, 10))
                self._still = 0
        else:
            best = _VIEWS[int(np.argmax(self._appeal(depth[_HORIZON], x, y, heading)))]
            self._turn = 0.6 * self._turn + 0.16 * best
        return [_SPEED, self._turn, float(use)]

    def _appeal(
        self, depth: UInt8[np.ndarray, "rows width"], x: float, y: float, heading: float
    ) -> Float[np.ndarray, " views"]:
        half = depth.shape[1] // 2
        appeal = self._random.normal(0.0, _WHIM, len(_VIEWS))
        for index, view in enumerate(_VIEWS):
            column = int(half + half * math.tan(math.radians(view)))
            open_way = depth[:, max(0, column - _VIEW_HALF_WIDTH) : column + _VIEW_HALF_WIDTH].mean()
            direction = math.radians(heading - view)
            seen = sum(
                self._visits[_cell(x + ahead * math.cos(direction), y + ahead * math.sin(direction))]
                for ahead in _AHEAD
            )
            appeal[index] += min(open_way, _FAR) - _BOREDOM * math.log1p(seen)
        appeal[len(_VIEWS) // 2] += _STRAIGHT_ON
        return appeal


def _cell(x: float, y: float) -> tuple[int, int]:
    return int(x // _CELL), int(y // _CELL)


def _begin(game: Any) -> None:
    game.new_episode()
    game.send_game_command("god")  # slime and lava must not end the walk


@contextlib.contextmanager
def _doom(name: str, seed: int) -> Iterator[Any]:
    vizdoom = _vizdoom()
    game = vizdoom.DoomGame()
    game.set_doom_game_path(str(Path(*vizdoom.__path__) / MAPS[name]))
    game.set_doom_map(name)
    game.set_seed(seed)
    game.set_episode_timeout(0)
    game.set_mode(vizdoom.Mode.PLAYER)
    game.set_screen_resolution(vizdoom.ScreenResolution.RES_320X240)
    game.set_screen_format(vizdoom.ScreenFormat.RGB24)
    game.set_depth_buffer_enabled(True)
    for part in ("hud", "weapon", "crosshair", "messages", "decals", "particles", "screen_flashes"):
        getattr(game, f"set_render_{part}")(False)
    game.set_window_visible(False)
    game.set_sound_enabled(False)
    # Words about secrets and locked doors would stay on the screen for minutes.
    game.add_game_args("-nomonsters +cl_showsecretmessage 0 +con_midtime 0")
    button, variable = vizdoom.Button, vizdoom.GameVariable
    game.set_available_buttons([button.MOVE_FORWARD_BACKWARD_DELTA, button.TURN_LEFT_RIGHT_DELTA, button.USE])
    game.set_available_game_variables([variable.POSITION_X, variable.POSITION_Y, variable.ANGLE])
    with tempfile.TemporaryDirectory() as folder:
        # The engine leaves its configuration in the folder it is started in.
        with contextlib.chdir(folder):
            game.init()
        try:
            yield game
        finally:
            game.close()


def _vizdoom() -> ModuleType:
    try:
        import vizdoom
    except ImportError as error:
        raise ImportError("walks need ViZDoom: install it with `pip install 'amcore[simulators]'`") from error
    return vizdoom


def _sources(**_: object) -> tuple[Source, ...]:
    return (
        Source(
            name="vizdoom",
            version=installed_version("vizdoom", "1.3.2"),
            kind="generated",
            licence="MIT (ViZDoom), BSD-3-Clause (Freedoom)",
            citation="Wydmuch, Kempka & Jaśkowski (2019), ViZDoom Competitions; the Freedoom project",
        ),
    )


def _files(names: Sequence[str] = NAMES, **_: object) -> tuple[str, ...]:
    check_names(names, MAPS)
    return (MANIFEST, *(f"{name}.npy" for name in names))


def _prepare(
    target: Path, names: Sequence[str] = NAMES, frames: int = RECORDED, size: int = SIZE, seed: int = 0
) -> None:
    record(target, names, lambda name: walk(name, seed), frames=frames, size=size)


DATASET = Dataset(
    name="walks",
    summary="long walks through Freedoom maps, 224 × 224",
    sources=_sources,
    files=_files,
    write=_prepare,
)
