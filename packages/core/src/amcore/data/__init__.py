"""Data: declared sources, fetched and checked, prepared once as arrays that are memory-mapped."""

from amcore.data.dataset import Dataset
from amcore.data.errors import DataError
from amcore.data.formats.audio import load_sound, log_mel
from amcore.data.formats.pictures import load_picture
from amcore.data.formats.video import load_video, normalise_frames
from amcore.data.preparing import DATASETS, get, outputs, prepare, sources, verify
from amcore.data.sets.avsynth import load_avsynth
from amcore.data.sets.captions import load_captions
from amcore.data.sets.clips import load_clip_manifest, load_clips, load_stitched_clips
from amcore.data.sets.coco import load_coco
from amcore.data.sets.curves import load_curves, sample_curve
from amcore.data.sets.easy_vqa import load_easy_vqa
from amcore.data.sets.emoji import load_emoji
from amcore.data.sets.flickr_soundnet import load_flickr_soundnet
from amcore.data.sets.games import load_games
from amcore.data.sets.mnist import load_mnist
from amcore.data.sets.openclipart import load_openclipart
from amcore.data.sets.stamps import load_stamps
from amcore.data.sets.vqa import load_vqa
from amcore.data.sets.vqa_evaluation import normalise_answer, vqa_accuracy
from amcore.data.sets.walks import load_walks
from amcore.data.transport.fetching import cache_folder, fetch, opened
from amcore.data.transport.source import Source, Upstream

__all__ = [
    "DATASETS",
    "DataError",
    "Dataset",
    "Source",
    "Upstream",
    "cache_folder",
    "fetch",
    "get",
    "load_avsynth",
    "load_captions",
    "load_clip_manifest",
    "load_clips",
    "load_coco",
    "load_curves",
    "load_easy_vqa",
    "load_emoji",
    "load_flickr_soundnet",
    "load_games",
    "load_mnist",
    "load_openclipart",
    "load_picture",
    "load_sound",
    "load_stamps",
    "load_stitched_clips",
    "load_video",
    "load_vqa",
    "load_walks",
    "log_mel",
    "normalise_answer",
    "normalise_frames",
    "opened",
    "outputs",
    "prepare",
    "sample_curve",
    "sources",
    "verify",
    "vqa_accuracy",
]
