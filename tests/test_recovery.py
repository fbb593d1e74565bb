import subprocess
import sys
from pathlib import Path

from checkouts import ROOT

HOLD = "import sys, pathlib; sys.path.insert(0, {path!r}); from recovery import release_stale_lock; "


def release(folder: Path) -> str:
    code = (
        HOLD.format(path=str(ROOT / "workflows"))
        + f"print(release_stale_lock(pathlib.Path({str(folder)!r})))"
    )
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def stale(folder: Path) -> Path:
    lock = folder / "locks" / "0.input.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text("some/file\n")
    return lock


def test_the_locks_of_a_dead_run_are_removed(tmp_path: Path):
    lock = stale(tmp_path)
    assert release(tmp_path) == "True"
    assert not lock.exists()
    assert release(tmp_path) == "False"


def test_the_locks_of_a_living_run_are_left_alone(tmp_path: Path):
    code = HOLD.format(path=str(ROOT / "workflows"))
    code += (
        f"release_stale_lock(pathlib.Path({str(tmp_path)!r})); print('held', flush=True); sys.stdin.read()"
    )
    living = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with living:
        assert living.stdout is not None
        assert living.stdin is not None
        assert living.stdout.readline() == "held\n"
        lock = stale(tmp_path)
        assert release(tmp_path) == "False"
        assert lock.exists()
        living.kill()
    assert release(tmp_path) == "True"
