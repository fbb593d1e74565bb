# The data sets of triples that experiments on harmonic networks read, and where their features lie.

RETRIEVED = config["cmhn"]["retrieval"]["datasets"]
COMPLETED = config["cmhn"]["completion"]["dataset"]


def triple_features(*names):
    """The features of data sets of triples by frozen encoders."""
    return [f"{FEATURES}/{name}/{modality}.npy" for name in names for modality in ("text", "vision", "audio")]
