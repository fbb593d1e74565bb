"""AVSynth: generated scenes as picture, caption and sound, whose factors are known."""

from amcore.data.sets.avsynth.scenes import (
    DATASET,
    FACTORS,
    HEARD_ONLY,
    READ_ONLY,
    SEEN_ONLY,
    describe_scene,
    draw_scene,
    load_avsynth,
    play_scene,
    sample_scene,
)

__all__ = [
    "DATASET",
    "FACTORS",
    "HEARD_ONLY",
    "READ_ONLY",
    "SEEN_ONLY",
    "describe_scene",
    "draw_scene",
    "load_avsynth",
    "play_scene",
    "sample_scene",
]
