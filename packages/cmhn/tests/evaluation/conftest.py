import numpy as np
import pandas as pd
import pytest

from cmhn.evaluation.triples import Triples


def _toy(things=24, languages=("en", "fr"), *, equally_long=False, core=None, side=16):
    """Triples of things, each in every language, with scenes that small encoders take."""
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        [(thing, language) for thing in range(things) for language in languages],
        columns=["picture", "language"],
    )
    table = table.assign(
        sound=range(len(table)),
        caption=[f"{language} {'x' * (1 + thing % 5)}" for thing, language in table.to_numpy()],
        english=[f"en {'x' * (1 + thing % 5)}" for thing in table["picture"]],
        group=table["picture"],
        core=True if core is None else core,
        seconds=1.0 if equally_long else 1.0 + table["picture"] % 5,
    )
    pictures = random.integers(0, 256, (things, side, side, 3), dtype=np.uint8)
    sounds = random.integers(-999, 999, (len(table), 2, 1600)).astype(np.int16)
    return Triples("toy", table, pictures, 16_000, lambda row: sounds[row])


@pytest.fixture(scope="session")
def toy():
    """Make toy triples: 24 things in two languages unless told otherwise."""
    return _toy
