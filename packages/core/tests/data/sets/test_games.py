import builtins
import subprocess
import sys
from itertools import islice

import numpy as np
import pytest

from amcore.data.formats.video import resize_frame
from amcore.data.preparing import outputs, prepare, verify
from amcore.data.sets import _recordings
from amcore.data.sets.games import load_games, play

pytest.importorskip("ale_py")
MOMENTS = 60


def film(name="enduro", seed=0, moments=MOMENTS):
    return np.stack(list(islice(play(name, seed), moments)))


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(_recordings, "RECORDED", MOMENTS)


def test_the_same_seed_gives_the_same_bytes():
    np.testing.assert_array_equal(film(), film())


def test_a_new_process_gives_the_same_bytes(tmp_path):
    script = (
        "import sys; import numpy as np; from itertools import islice; from amcore.data.sets.games import play; "
        f"np.save(sys.argv[1], np.stack(list(islice(play('enduro', 0), {MOMENTS}))))"
    )
    path = tmp_path / "film.npy"
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, cwd=tmp_path)
    np.testing.assert_array_equal(np.load(path), film())
    assert list(tmp_path.iterdir()) == [path]


def test_another_seed_gives_another_film():
    assert not np.array_equal(film(seed=0), film(seed=1))


@pytest.mark.parametrize("name", ["enduro", "solaris"])
def test_the_picture_moves(name):
    frames = film(name)
    assert frames.dtype == np.uint8
    assert frames.shape[-1] == 3
    assert len(np.unique(frames.reshape(MOMENTS, -1), axis=0)) > MOMENTS / 2


@pytest.mark.usefixtures("short")
def test_prepared_(tmp_path):
    options = {"names": ["enduro"], "frames": 3, "size": 32, "seed": 5}
    paths = prepare("games", tmp_path, **options)
    assert [str(path.relative_to(tmp_path)) for path in paths] == outputs("games", **options)
    assert verify("games", tmp_path) == []
    (frames,) = load_games(tmp_path).values()
    recorded = film(seed=5)
    wanted = [resize_frame(recorded[moment], 32) for moment in (0, round((MOMENTS - 1) / 2), MOMENTS - 1)]
    np.testing.assert_array_equal(frames, wanted)


@pytest.mark.parametrize("ask", [lambda: next(play("tetris")), lambda: load_games("data", ["tetris"])])
def test_an_unknown_name_is_refused(ask):
    with pytest.raises(ValueError, match=r"names must hold some of .* but holds 'tetris'"):
        ask()


def test_without_the_simulator_it_says_what_to_install_and_leaves_nothing(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name == "ale_py":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'amcore\[games\]'"):
        prepare("games", tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []
