"""Emoji: one concept drawn in four styles and named in some thirty languages."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import UInt8
from tqdm import tqdm

from amcore.data.dataset import Dataset
from amcore.data.errors import DataError
from amcore.data.formats.arrays import read_array, write_array
from amcore.data.formats.pictures import render_svg
from amcore.data.formats.tables import read_table, write_table
from amcore.data.transport.fetching import opened
from amcore.data.transport.source import Source

SIDE = 128

_PACKAGE = "package/"
_NAMES_FILE = "compact.json"
_ICONS = (_PACKAGE + "icons.json", _PACKAGE + "chars.json")
_ENGLISH = "en"
# Asks for the coloured form of a sign; writers of code points put it or leave it out.
_VARIATION = "fe0f"

STYLES = {
    "noto": Source(
        name="@iconify-json/noto",
        version="1.2.9",
        kind="npm",
        licence="Apache-2.0",
        citation="Google, Noto Emoji",
        archive="iconify-json-noto-1.2.9.tgz",
        sha256="3e918d88fc945c0bb3d468dbace6f88caef67f01c9f0e7bcae0915a042e8f1ad",
        size=3_102_958,
        members=_ICONS,
    ),
    "twemoji": Source(
        name="@iconify-json/twemoji",
        version="1.2.5",
        kind="npm",
        licence="CC BY 4.0",
        citation="Twitter and contributors, Twemoji",
        archive="iconify-json-twemoji-1.2.5.tgz",
        sha256="19046dff7d8707ce96212ec86468b36ac5f8e60409629dd13f809265c6d0ebb7",
        size=1_555_888,
        members=_ICONS,
    ),
    "openmoji": Source(
        name="@iconify-json/openmoji",
        version="1.2.29",
        kind="npm",
        licence="CC BY-SA 4.0",
        citation="HfG Schwaebisch Gmuend, OpenMoji",
        archive="iconify-json-openmoji-1.2.29.tgz",
        sha256="03181e2c156cab35cf4a62f1f7886bd971d59212e75ac3f189d5a4cae3930fc5",
        size=1_264_633,
        members=_ICONS,
    ),
    "fluent": Source(
        name="@iconify-json/fluent-emoji-flat",
        version="1.2.6",
        kind="npm",
        licence="MIT",
        citation="Microsoft, Fluent Emoji",
        archive="iconify-json-fluent-emoji-flat-1.2.6.tgz",
        sha256="7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175",
        size=1_172_438,
        members=_ICONS,
    ),
}

NAMES = Source(
    name="emojibase-data",
    version="17.0.0",
    kind="npm",
    licence="MIT; names from Unicode CLDR (Unicode-3.0)",
    citation="Johnson, Emojibase; Unicode Common Locale Data Repository",
    archive="emojibase-data-17.0.0.tgz",
    sha256="d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a",
    size=6_711_091,
    members=(f"{_PACKAGE}*/{_NAMES_FILE}",),
)


@dataclass(frozen=True)
class Emoji:
    """The prepared emoji.

    Attributes:
        images: RGB levels 0 … 255 on white.
        drawings: a row per image: `concept` (row of `concepts`) and `style`.
        concepts: a row per concept: `code` (code points) and English `name`.
        names: a row per name: `concept`, `language`, `name`.
    """

    images: UInt8[np.ndarray, "n side side 3"]
    drawings: pd.DataFrame
    concepts: pd.DataFrame
    names: pd.DataFrame


def load_emoji(folder: Path | str) -> Emoji:
    """The prepared emoji, memory-mapped. Variants of skin tone are left out; their names differ by the tone alone.

    Args:
        folder: data folder, the one given to `prepare`.

    Raises:
        DataError: the data set is not prepared there.

    Source: Noto, Twemoji, OpenMoji, Fluent Emoji; names of Unicode CLDR through Emojibase.
    """
    folder = Path(folder)
    tables = (read_table(folder, DATASET.name, f"{name}.csv") for name in ("drawings", "concepts", "names"))
    return Emoji(read_array(folder, DATASET.name, "images.npy"), *tables)


def _prepare(target: Path, side: int = SIDE) -> None:
    if side < 1:
        raise ValueError(f"side must be at least 1, but is {side}")
    rows = _names()
    codes = dict.fromkeys(code for code, language, _ in rows if language == _ENGLISH)
    drawn = [(code, style, image) for style in STYLES for code, image in _drawings(style, codes, side)]
    there = sorted({code for code, _, _ in drawn})
    if not there:
        raise DataError(f"{NAMES.label}: no name belongs to any of the drawings")
    concept = {code: row for row, code in enumerate(there)}
    drawn.sort(key=lambda one: (concept[one[0]], list(STYLES).index(one[1])))
    images = (image for _, _, image in drawn)
    write_array(target / "images.npy", (len(drawn), side, side, 3), np.dtype(np.uint8), images)
    styles = [(concept[code], style) for code, style, _ in drawn]
    write_table(target / "drawings.csv", pd.DataFrame(styles, columns=["concept", "style"]))
    known = pd.DataFrame(
        [(concept[code], language, name) for code, language, name in rows if code in concept],
        columns=["concept", "language", "name"],
    ).sort_values(["concept", "language"], ignore_index=True)
    named = known[known["language"] == _ENGLISH]["name"].tolist()
    write_table(target / "concepts.csv", pd.DataFrame({"code": there, "name": named}))
    write_table(target / "names.csv", known)


def _names() -> list[tuple[str, str, str]]:
    """Code, language and name, each once for a code and a language."""
    names: dict[tuple[str, str], str] = {}
    with opened(NAMES) as members:
        for path in sorted((members / _PACKAGE).glob(f"*/{_NAMES_FILE}")):
            for entry in _json(path, NAMES):
                # Without a group it is a part of emoji, such as a letter of a flag.
                if "group" in entry and entry.get("label"):
                    names.setdefault((_plain(entry["hexcode"]), path.parent.name), entry["label"])
    return [(code, language, name) for (code, language), name in names.items()]


def _drawings(style: str, codes: dict[str, None], side: int) -> Iterator[tuple[str, np.ndarray]]:
    with ExitStack() as stack:
        members = stack.enter_context(opened(STYLES[style]))
        icons, chars = (_json(members / member, STYLES[style]) for member in _ICONS)
    wanted = {_plain(code): name for code, name in chars.items() if _plain(code) in codes}
    for code in tqdm(sorted(wanted), desc=f"draw {style}", disable=None, leave=False):
        try:
            yield code, render_svg(_svg(icons, wanted[code]), side)
        except (KeyError, ValueError) as error:
            raise DataError(f"{STYLES[style].label}: {wanted[code]} cannot be drawn ({error})") from error


def _svg(icons: dict[str, Any], name: str) -> str:
    icon = icons["icons"][name]
    left, top, width, height = (
        icon.get(key, icons.get(key, default))
        for key, default in (("left", 0), ("top", 0), ("width", 16), ("height", 16))
    )
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg {spaces} viewBox="{left} {top} {width} {height}">{icon["body"]}</svg>'


def _plain(code: str) -> str:
    return "-".join(part for part in code.lower().split("-") if part != _VARIATION).lstrip("0")


def _json(path: Path, source: Source) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{source.label}: {path.name} is no JSON ({error})") from error


DATASET = Dataset(
    name="emoji",
    summary="emoji in four styles, named in many languages",
    sources=lambda **_: (*STYLES.values(), NAMES),
    files=lambda **_: ("images.npy", "drawings.csv", "concepts.csv", "names.csv"),
    write=_prepare,
)
