# The videos that experiments on continuous-time memories see, and where their features lie.

FEATURES = f"{DATA}/features/{config['profile']}"


def _arrays(dataset):
    """The prepared videos of a data set by name: its frames are one array each."""
    return {
        f"{dataset}-{Path(path).stem}": [path] for path in prepared(dataset) if path.endswith(".npy")
    }


# Every video by name with the files that hold its frames. Those of the long ones are thousands; short clips take part
# alone where a few hundred frames are enough, and strung together as one long video where they are not.
_CLIPS = _arrays("clips")
_OWN = {f"own-{path.stem}": [str(path)] for path in own_videos(config["chmnet"]["own_videos"])}
LONG_VIDEOS = _arrays("walks") | _arrays("games") | {"clips": sum(_CLIPS.values(), [])} | _OWN
SINGLE_VIDEOS = _arrays("walks") | _arrays("games") | _CLIPS | _OWN
VIDEOS = LONG_VIDEOS | SINGLE_VIDEOS


def video_features(kind, names):
    return [f"{FEATURES}/{name}/{kind}.npy" for name in names]


def video_settings(experiment, names=()):
    """An experiment's settings, and where it finds which videos."""
    return dict(config["chmnet"][experiment]) | ({"features": FEATURES, "videos": list(names)} if names else {})
