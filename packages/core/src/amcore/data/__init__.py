"""Data: declared sources, fetched and checked, prepared once as arrays that are memory-mapped."""

from amcore.data.clips import load_clip_manifest, load_clips
from amcore.data.curves import load_curves, sample_curve
from amcore.data.dataset import Dataset
from amcore.data.errors import DataError
from amcore.data.fetching import cache_folder, fetch, opened
from amcore.data.mnist import load_mnist
from amcore.data.preparing import DATASETS, get, outputs, prepare, sources, verify
from amcore.data.source import Source, Upstream
from amcore.data.video import load_video, normalise_frames

__all__ = [
    "DATASETS",
    "DataError",
    "Dataset",
    "Source",
    "Upstream",
    "cache_folder",
    "fetch",
    "get",
    "load_clip_manifest",
    "load_clips",
    "load_curves",
    "load_mnist",
    "load_video",
    "normalise_frames",
    "opened",
    "outputs",
    "prepare",
    "sample_curve",
    "sources",
    "verify",
]
