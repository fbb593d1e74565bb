"""What experiments on videos need of them: frames, inner products between them, embeddings.

``chmnet.video.embeddings`` and ``chmnet.video.moviechat`` are imported by name because they need extras.
"""

from chmnet.video.features import load_embeddings, load_products, open_frames
from chmnet.video.products import InnerProducts, frame_products, half_masked_products, query_products

__all__ = [
    "InnerProducts",
    "frame_products",
    "half_masked_products",
    "load_embeddings",
    "load_products",
    "open_frames",
    "query_products",
]
