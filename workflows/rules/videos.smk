# The videos that experiments on continuous-time memories see.


def _arrays(dataset):
    """The prepared videos of a data set by name: its frames are one array each."""
    return {f"{dataset}-{Path(path).stem}": [path] for path in prepared(dataset) if path.endswith(".npy")}


# Every video by name with the files that hold its frames. Those of the long ones are thousands; short clips take part
# alone where a few hundred frames are enough, and strung together as one long video where they are not.
_CLIPS = _arrays("clips")
_OWN = {f"own-{path.stem}": [str(path)] for path in own_videos(config["chmnet"]["own_videos"])}
VIDEOS = {
    "long": _arrays("walks") | _arrays("games") | {"clips": sum(_CLIPS.values(), [])} | _OWN,
    "single": _arrays("walks") | _arrays("games") | _CLIPS | _OWN,
}
