"""What an experiment leaves behind: tidy metrics, figures, tables, headline numbers, provenance.

Every experiment owns one folder ``results/<profile>/<package>/<experiment>/``:

``metrics.csv``
    Tidy: one row a measurement, the columns of `METRIC_COLUMNS` first, then the experiment's factors.
``<name>.svg``, ``<name>.png``
    Figures, with deterministic bytes.
``<name>.csv``, ``<name>.md``
    Tables, and the same as Markdown for the book.
``<name>_<i>.png``, ``<name>_<i>.wav``
    Samples to be seen and heard, and ``<name>.md`` with their players.
``headline.csv``
    The few numbers that the book's text and the summary quote, each under a key.
``run.json``
    Provenance: see `Provenance`.
"""

import html
import json
import os
import platform
import subprocess
import wave
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "HEADLINE_COLUMNS",
    "METRIC_COLUMNS",
    "Headline",
    "Provenance",
    "ResultsFolder",
    "Sample",
    "join_reference",
    "read_headline",
    "read_metrics",
    "tidy",
]

METRIC_COLUMNS: tuple[str, ...] = ("variant", "dataset", "split", "seed", "metric", "value", "unit", "n")
"""The first columns of every ``metrics.csv``, in this order."""

HEADLINE_COLUMNS: tuple[str, ...] = ("key", "label", "value", "std", "n", "unit", "text")
"""The columns of every ``headline.csv``."""

_DEFAULTS: dict[str, Any] = {"split": "all", "seed": 0, "unit": "", "n": 1}
_OF_A_HOOK = {
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
}
_BAR_COLOUR = "#d1603d55"  # translucent: legible on a light page and on a dark one
_SIGNIFICANT = "%.7g"  # what float32 results can carry


def tidy(measurements: pd.DataFrame, **constants: Any) -> pd.DataFrame:
    """Bring measurements into the contract's form: its columns first, then the experiment's factors.

    Args:
        measurements: One row a measurement, with at least ``metric`` and ``value``.
        constants: Columns that are the same for every row, such as ``dataset="mnist"``.

    Returns:
        The same rows with every column of `METRIC_COLUMNS`; ``split``, ``seed``, ``unit`` and ``n`` are
        filled with ``"all"``, 0, ``""`` and 1 where they are not given.

    Raises:
        ValueError: If a column is missing, a value is not finite, or two rows measure the same thing.
    """
    given = measurements.assign(**constants)
    frame = given.assign(**{name: value for name, value in _DEFAULTS.items() if name not in given})
    missing = [column for column in METRIC_COLUMNS if column not in frame]
    if missing:
        raise ValueError(f"metrics must have the columns {missing}, but have {list(given.columns)}")
    values = frame["value"].to_numpy(float)
    if not np.isfinite(values).all():
        bad = frame.loc[~np.isfinite(values), ["variant", "dataset", "metric"]].iloc[0].to_dict()
        raise ValueError(f"metric values must be finite, but {bad} is not")
    factors = [column for column in frame.columns if column not in METRIC_COLUMNS]
    keys = [column for column in (*METRIC_COLUMNS, *factors) if column not in ("value", "unit", "n")]
    repeated = frame.duplicated(keys)
    if repeated.any():
        twice = frame.loc[repeated, keys].iloc[0].to_dict()
        raise ValueError(f"each measurement must stand once, but {twice} stands twice")
    return frame.filter(items=[*METRIC_COLUMNS, *factors])


def read_metrics(path: str | Path) -> pd.DataFrame:
    """Read a ``metrics.csv`` and hold it against the contract.

    Raises:
        ValueError: If the file does not keep the contract (see `tidy`).
    """
    frame = pd.read_csv(path, keep_default_na=False, na_values={"value": [""]})
    return tidy(frame)


@dataclass(frozen=True)
class Headline:
    """A number that the book's text quotes by its key.

    Args:
        key: Name of the number within the experiment, such as ``cosine_half``.
        label: What it is, in words.
        value: The number.
        std: Its standard deviation, where it is a mean.
        n: How many values the mean is over.
        unit: Unit, empty for none.
        precision: Digits after the point when shown.
    """

    key: str
    label: str
    value: float
    std: float | None = None
    n: int = 1
    unit: str = ""
    precision: int = 3

    @property
    def text(self) -> str:
        """The number as a reader sees it, such as ``0.938 ± 0.012``."""
        if not self.key.isidentifier():
            raise ValueError(f"key must be a plain name, but came as {self.key!r}")
        text = f"{_without_negative_zero(self.value, self.precision):.{self.precision}f}"
        if self.std is not None and np.isfinite(self.std):
            text += f" ± {self.std:.{self.precision}f}"
        return f"{text} {self.unit}".rstrip()


def _without_negative_zero(value: Any, precision: int) -> Any:
    """Round as shown; what rounds to nothing is 0 and not −0."""
    return np.round(value, precision) + 0.0


def _plain(frame: pd.DataFrame, precision: int) -> str:
    return str(frame.to_markdown(index=False, floatfmt=f".{precision}f", missingval=""))


def _with_bars(frame: pd.DataFrame, name: str, precision: int, bars: Sequence[str]) -> str:
    values = frame[list(bars)].to_numpy(float)
    lowest, highest = np.nanmin(values), np.nanmax(values)
    # A bar from the lowest value itself would be no bar; a tenth of the range is kept for it.
    margin = 0.1 * (highest - lowest)
    styled = Styler(frame, uuid=name, cell_ids=False, precision=precision, na_rep="").hide(axis="index")
    styled = styled.bar(subset=list(bars), color=_BAR_COLOUR, vmin=lowest - margin, vmax=highest)
    # Markdown ends a block of HTML at the first empty line.
    return "\n".join(line for line in styled.to_html().splitlines() if line.strip())


def read_headline(path: str | Path) -> pd.DataFrame:
    """Read a ``headline.csv``: one row a number, with the columns of `HEADLINE_COLUMNS`."""
    return pd.read_csv(path, dtype={"key": str, "label": str, "unit": str, "text": str}).fillna({"unit": ""})


class ResultsFolder:
    """Writes what an experiment found into its folder, in the contract's form.

    Args:
        path: The experiment's folder; made if it is not there.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.mkdir(parents=True, exist_ok=True)

    def metrics(self, measurements: pd.DataFrame, **constants: Any) -> pd.DataFrame:
        """Write ``metrics.csv`` (see `tidy` for the arguments) and return the tidy table."""
        frame = tidy(measurements, **constants)
        frame.to_csv(self.path / "metrics.csv", index=False, float_format=_SIGNIFICANT, lineterminator="\n")
        return frame

    def figure(self, figure: "Figure", name: str) -> None:
        """Write ``<name>.svg`` and ``<name>.png``."""
        from amcore.plotting import save_figure

        save_figure(figure, self.path / name)

    def table(self, frame: pd.DataFrame, name: str, *, precision: int = 3, bars: Sequence[str] = ()) -> None:
        """Write ``<name>.csv`` with full numbers and ``<name>.md`` as the book shows it.

        Args:
            frame: The table; its index is not written.
            name: File name without suffix.
            precision: Digits after the point as shown.
            bars: Columns whose cells also show their value as a bar, on one scale for all of them.

        Raises:
            ValueError: If a column of ``bars`` is not in the table.
        """
        missing = [column for column in bars if column not in frame]
        if missing:
            raise ValueError(f"bars must name columns of the table, but {missing} are none of {list(frame)}")
        frame.to_csv(self.path / f"{name}.csv", index=False, float_format=_SIGNIFICANT, lineterminator="\n")
        rounded = frame.copy()
        for column in frame.select_dtypes("floating"):
            rounded[column] = _without_negative_zero(frame[column], precision)
        shown = _with_bars(rounded, name, precision, bars) if bars else _plain(rounded, precision)
        (self.path / f"{name}.md").write_text(f"{shown}\n", encoding="utf-8")

    def headline(self, *numbers: Headline) -> None:
        """Write ``headline.csv``, one row a number.

        Raises:
            ValueError: If two numbers share a key, or one is not finite.
        """
        keys = [number.key for number in numbers]
        if len(set(keys)) < len(keys):
            raise ValueError(f"headline keys must differ, but came as {keys}")
        for number in numbers:
            if not np.isfinite(number.value):
                raise ValueError(f"headline {number.key!r} must be finite, but is {number.value}")
        rows = [{**asdict(number), "text": number.text} for number in numbers]
        frame = pd.DataFrame(rows, columns=list(HEADLINE_COLUMNS))
        frame.to_csv(self.path / "headline.csv", index=False, float_format=_SIGNIFICANT, lineterminator="\n")

    def samples(self, name: str, samples: Sequence["Sample"], *, rate: int) -> None:
        """Write ``<name>_<i>.png`` and ``<name>_<i>.wav`` of each sample, and ``<name>.md`` that shows and plays them.

        Args:
            name: File name without suffix.
            samples: What is to be seen and heard, in order.
            rate: Of the sounds, samples a second.

        Raises:
            ValueError: If the rate is below 1, or a sound is not of 16 bits.
        """
        if rate < 1:
            raise ValueError(f"rate must be at least 1 sample a second, but came as {rate}")
        # Pages that show samples lie one folder below the book's root.
        place = "/".join(("..", "results", *self.path.parts[-2:]))
        cards = []
        for index, sample in enumerate(samples):
            file = f"{name}_{index}"
            _write_picture(self.path / f"{file}.png", sample.picture)
            _write_sound(self.path / f"{file}.wav", sample.sound, rate)
            words = html.escape(sample.words)
            cards.append(
                f'<figure class="sample"><img src="{place}/{file}.png" alt="{words}">'
                f'<audio controls preload="none" src="{place}/{file}.wav"></audio>'
                f"<figcaption>{words}</figcaption></figure>"
            )
        page = "\n".join(['<div class="samples">', *cards, "</div>"])
        (self.path / f"{name}.md").write_text(f"{page}\n", encoding="utf-8")


@dataclass(frozen=True)
class Sample:
    """Something to be seen and heard.

    Args:
        picture: RGB levels 0 … 255, [height, width, 3].
        sound: Samples of 16 bits, [samples] or [channels, samples].
        words: What is said of it.
    """

    picture: np.ndarray
    sound: np.ndarray
    words: str


def _write_picture(path: Path, picture: np.ndarray) -> None:
    from matplotlib.image import imsave

    metadata: Any = {"Software": None}
    imsave(path, np.ascontiguousarray(picture), metadata=metadata)


def _write_sound(path: Path, sound: np.ndarray, rate: int) -> None:
    if sound.dtype != np.int16 or sound.ndim not in (1, 2) or sound.size == 0:
        raise ValueError(
            f"a sound must hold samples of 16 bits, [samples] or [channels, samples], "
            f"but came as {sound.dtype} of shape {sound.shape}"
        )
    channels = np.atleast_2d(sound)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(channels.T.astype("<i2").tobytes())


@dataclass(frozen=True)
class Provenance:
    """Where a result comes from; written as ``run.json`` beside it.

    Args:
        profile: Name of the configuration profile.
        configuration: The experiment's settings, as they were passed.
        seeds: Random seeds in use; empty where nothing is random.
        started: Start, ISO 8601 in UTC.
        finished: End, ISO 8601 in UTC.
        wall_seconds: Time between the two.
        peak_memory_mib: Largest resident memory of the computation.
        threads: Threads that the computation was given.
    """

    profile: str
    configuration: Mapping[str, Any]
    seeds: Sequence[int]
    started: str
    finished: str
    wall_seconds: float
    peak_memory_mib: float
    threads: int

    def write(
        self, folder: str | Path, *, packages: Sequence[str], project: str | Path | None = None
    ) -> None:
        """Write ``run.json``, with the commit, the packages' versions and the machine added.

        Args:
            folder: The experiment's folder.
            packages: Distributions whose versions matter to the result.
            project: The root of the project that made it; see `current_commit`.
        """
        record = {
            **asdict(self),
            "commit": current_commit(project),
            "versions": _versions(packages),
            "machine": _machine(),
        }
        text = json.dumps(record, indent=2, ensure_ascii=False)
        (Path(folder) / "run.json").write_text(f"{text}\n", encoding="utf-8")


def current_commit(project: str | Path | None = None) -> str:
    """The checked-out commit, with ``+`` where tracked files differ from it.

    Args:
        project: The project's root, which must be a repository's: one unpacked inside another repository has none
            of its own. By default the working folder, or any folder above it, of which git tracks files here.

    Returns:
        The commit's first digits; ``unknown`` where there is none, or git is not there or refuses.
    """
    folder = Path.cwd() if project is None else Path(project).resolve()
    try:
        if project is None:
            _git(folder, "ls-files", "--error-unmatch", ".")
        elif not folder.samefile(_git(folder, "rev-parse", "--show-toplevel")):
            return "unknown"
        commit = _git(folder, "rev-parse", "--short=10", "HEAD")
        return f"{commit}+" if _git(folder, "status", "--porcelain", "--untracked-files=no") else commit
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(folder: Path, *arguments: str) -> str:
    # Set for hooks, these would point to another repository than the folder's own.
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    command = ["git", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace", check=True
    ).stdout.strip()


def _versions(packages: Sequence[str]) -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in sorted(packages):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _machine() -> dict[str, Any]:
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return {"cores": os.cpu_count(), "model": model, "system": platform.system()}


def join_reference(metrics: pd.DataFrame, reference: pd.DataFrame, *, on: Sequence[str]) -> pd.DataFrame:
    """Set a paper's numbers beside ours, joined by key.

    Args:
        metrics: Our values, with the ``on`` columns and ``value``.
        reference: The paper's, with the ``on`` columns, ``value`` and ``source``.
        on: Columns that make the key, such as ``("table", "row", "column")``.

    Returns:
        ``metrics`` with ``paper``, ``difference`` (ours − the paper's) and ``source``; the three are empty
        where the paper has no such number.

    Raises:
        ValueError: If a key stands twice in the reference.
    """
    key = list(on)
    if reference.duplicated(key).any():
        raise ValueError(f"{key} must name each reference value once, but some stand twice")
    theirs = reference.filter(items=[*key, "value", "source"]).rename(columns={"value": "paper"})
    joined = metrics.merge(theirs, on=key, how="left", validate="many_to_one")
    return joined.assign(difference=joined["value"] - joined["paper"])
