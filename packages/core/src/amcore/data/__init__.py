"""Data: declared sources, fetched and checked, prepared once as arrays that are memory-mapped."""

from amcore.data.audio import load_sound, log_mel
from amcore.data.avsynth import load_avsynth
from amcore.data.captions import load_captions
from amcore.data.clips import load_clip_manifest, load_clips, load_stitched_clips
from amcore.data.coco import load_coco
from amcore.data.curves import load_curves, sample_curve
from amcore.data.dataset import Dataset
from amcore.data.easy_vqa import load_easy_vqa
from amcore.data.emoji import load_emoji
from amcore.data.errors import DataError
from amcore.data.fetching import cache_folder, fetch, opened
from amcore.data.flickr_soundnet import load_flickr_soundnet
from amcore.data.games import load_games
from amcore.data.mnist import load_mnist
from amcore.data.openclipart import load_openclipart
from amcore.data.pictures import load_picture
from amcore.data.preparing import DATASETS, get, outputs, prepare, sources, verify
from amcore.data.source import Source, Upstream
from amcore.data.stamps import load_stamps
from amcore.data.video import load_video, normalise_frames
from amcore.data.vqa import load_vqa
from amcore.data.vqa_evaluation import normalise_answer, vqa_accuracy
from amcore.data.walks import load_walks

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
