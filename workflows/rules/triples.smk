# The data sets of triples that experiments on harmonic networks read.

MODALITIES = ("text", "vision", "audio")


def triple_features(*names):
    """The features of data sets of triples by frozen encoders."""
    return [f"{FEATURES}/{name}/{modality}.npy" for name in names for modality in MODALITIES]


_RETRIEVED = config["cmhn"]["retrieval"]["datasets"]
_COMPLETED = config["cmhn"]["completion"]["dataset"]
OWN_INPUTS["cmhn/retrieval"] = {
    "data": sum(map(prepared, _RETRIEVED), []),
    # Generated scenes are learned from end to end.
    "features": triple_features(*(name for name in _RETRIEVED if name != "avsynth")),
}
OWN_INPUTS["cmhn/completion"] = {"data": prepared(_COMPLETED), "features": triple_features(_COMPLETED)}
for _name in ("retrieval", "completion"):
    OWN_SETTINGS[f"cmhn/{_name}"] = config["cmhn"][_name] | {"features": FEATURES}
