"""What an experiment leaves behind: tidy metrics, figures, tables, headline numbers, provenance.

Every experiment owns one folder ``results/<profile>/<package>/<experiment>/``:

``metrics.csv``
    Tidy: one row per measurement, the columns of `METRIC_COLUMNS` first, then the experiment's factors.
``<name>.svg``, ``<name>.png``
    Figures, with deterministic bytes.
``<name>.csv``, ``<name>.md``
    Tables, and the same as Markdown for the book.
``<name>_<i>.png``, ``<name>_<i>.wav``
    Samples to be seen and heard, and ``<name>.md`` with their players.
``headline.csv``
    The few numbers that the book's text and the summary quote, each under a key, and words that they decide.
``run.json``
    Provenance: see `Provenance`.
"""

from amcore.results.comparing import compare_results
from amcore.results.folder import ResultsFolder
from amcore.results.headline import (
    HEADLINE_COLUMNS,
    Headline,
    Wording,
    headlines,
    read_headline,
    standings,
)
from amcore.results.provenance import Provenance, current_commit
from amcore.results.reference import join_reference
from amcore.results.samples import Sample
from amcore.results.tidy import METRIC_COLUMNS, read_metrics, tidy

__all__ = [
    "HEADLINE_COLUMNS",
    "METRIC_COLUMNS",
    "Headline",
    "Provenance",
    "ResultsFolder",
    "Sample",
    "Wording",
    "compare_results",
    "current_commit",
    "headlines",
    "join_reference",
    "read_headline",
    "read_metrics",
    "standings",
    "tidy",
]
