"""Encoders: what turns raw inputs into the features that a memory stores.

Frozen ones whose weights come with a package: `PictureEncoder`, `SentenceEncoder`, `SpeechEncoder`; ones without
weights: `CharacterEncoder`, `MelEncoder`; small ones to be trained: `SmallPictureEncoder`, `SmallSoundEncoder`,
`SmallCaptionEncoder`. What an extra is needed for is asked for when it is built, never on import.
"""

from cmhn.encoders.characters import CharacterEncoder
from cmhn.encoders.mel import MelEncoder
from cmhn.encoders.pictures import PictureEncoder
from cmhn.encoders.protocol import Encoder
from cmhn.encoders.sentences import SentenceEncoder
from cmhn.encoders.small import SmallCaptionEncoder, SmallPictureEncoder, SmallSoundEncoder
from cmhn.encoders.speech import SpeechEncoder
from cmhn.encoders.unit import UnitLength

__all__ = [
    "CharacterEncoder",
    "Encoder",
    "MelEncoder",
    "PictureEncoder",
    "SentenceEncoder",
    "SmallCaptionEncoder",
    "SmallPictureEncoder",
    "SmallSoundEncoder",
    "SpeechEncoder",
    "UnitLength",
]
