"""Text ↔ image retrieval over stamps, OpenClipart and emoji: equal names are one concept, split by concept."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import UInt8

from amcore.data.sets.emoji import load_emoji
from amcore.data.sets.openclipart import load_openclipart
from amcore.data.sets.stamps import load_stamps
from amcore.data.splits import joined, split_by_group

TEST = 0.22
VALIDATION = 0.08

_ARTICLE = re.compile(r"^(?:an?|the|some)\s+")


@dataclass(frozen=True)
class Captions:
    """Pictures with a name.

    Attributes:
        images: of each source, `stamps`, `openclipart` and `emoji`: RGB levels 0 … 255.
        items: a row per picture: `source`, `image` (row of that source's images), `caption` (as written),
            `name` (as compared), `concept` (equal for equal names), `group` (of concepts that stay together),
            `split`.
    """

    images: dict[str, UInt8[np.ndarray, "_ side side 3"]]
    items: pd.DataFrame


def load_captions(
    folder: Path | str, *, test: float = TEST, validation: float = VALIDATION, seed: int = 0
) -> Captions:
    """The benchmark out of the three prepared data sets; a stand-in for COCO, not COCO.

    Letters and numbers among the stamps are left out. Concepts whose stamps stay together (see `stamps`) stay
    together here.

    Args:
        folder: data folder that holds `stamps`, `openclipart` and `emoji`, prepared.
        test: share of the groups of concepts that is tested on.
        validation: share of the groups of concepts that validates.
        seed: of the split.

    Raises:
        ValueError: shares out of their range.
        DataError: one of the three is not prepared there.
    """
    stamps, clipart, emoji = load_stamps(folder), load_openclipart(folder), load_emoji(folder)
    core = np.flatnonzero(stamps.stamps["core"].to_numpy())
    english = stamps.captions[stamps.captions["language"] == "en"].set_index("stamp")["caption"]
    names = emoji.concepts["name"]
    items = pd.concat(
        [
            _items("stamps", core, english.loc[core].tolist()),
            _items("openclipart", np.arange(len(clipart.drawings)), clipart.drawings["caption"].tolist()),
            _items("emoji", np.arange(len(emoji.drawings)), names.loc[emoji.drawings["concept"]].tolist()),
        ],
        ignore_index=True,
    )
    items["name"] = [plain_name(caption) for caption in items["caption"]]
    items["concept"] = pd.factorize(items["name"])[0]
    alike = stamps.stamps["group"].to_numpy()[core]
    items["group"] = joined(
        len(items),
        (range(len(items)), items["name"].tolist()),
        (range(len(core)), alike.tolist()),
    )
    items["split"] = split_by_group(items["group"].tolist(), test=test, validation=validation, seed=seed)
    images = {"stamps": stamps.images, "openclipart": clipart.images, "emoji": emoji.images}
    return Captions(images, items)


def plain_name(caption: str) -> str:
    """A caption as it is compared with others: lower case, no article before it, no stop after it."""
    words = " ".join(re.sub(r"[^\w\s&'’]", " ", caption.lower()).split())
    return _ARTICLE.sub("", words) or words


def _items(source: str, images: np.ndarray, captions: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"source": source, "image": images, "caption": captions})
