"""Character n-grams of texts in any language. Needs the extra ``cmhn[characters]``."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from cmhn._validation import require_at_least
from cmhn.encoders._extras import require_extra
from cmhn.encoders.sentences import require_texts

__all__ = ["CharacterEncoder"]


class CharacterEncoder:
    """Counts of the pieces of words, hashed into a fixed number of columns; rows of length 1.

    Nothing is trained and no language is preferred: texts that share pieces are alike. A text without a letter or a
    digit, the empty one among them, is a row of zeros.

    Args:
        width: Number of columns; pieces that fall into one are not told apart.
        shortest: Letters of the shortest pieces.
        longest: Letters of the longest pieces.

    Raises:
        ImportError: If the extra is not installed.
        TypeError: If a count is not a whole number.
        ValueError: If a count is below 1, or the longest pieces are shorter than the shortest.

    Source: Weinberger et al., *Feature Hashing for Large Scale Multitask Learning*, 2009.
    """

    def __init__(self, width: int = 512, *, shortest: int = 2, longest: int = 4) -> None:
        require_at_least("width", width, 1)
        require_at_least("shortest", shortest, 1)
        require_at_least("longest", longest, shortest)
        require_extra("characters", "sklearn")
        from sklearn.feature_extraction.text import HashingVectorizer

        self.width = width
        # Without signs counts cannot cancel, so that only a text without pieces is zero.
        self._vectorizer = HashingVectorizer(
            analyzer="char_wb", ngram_range=(shortest, longest), n_features=width, alternate_sign=False
        )

    def encode(self, batch: Sequence[str]) -> Float[Tensor, "B D"]:
        """Features of texts.

        Raises:
            TypeError: If something is no text.
        """
        require_texts("batch", batch)
        if len(batch) == 0:
            return torch.empty(0, self.width)
        counts: Any = self._vectorizer.transform(batch)
        return torch.from_numpy(counts.toarray()).float()
