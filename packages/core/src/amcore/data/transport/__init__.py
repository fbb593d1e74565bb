"""How downloads come here: declared sources, the registries' own clients, checksums and archives."""

from amcore.data.transport.fetching import cache_folder, fetch, opened
from amcore.data.transport.source import Source, Upstream

__all__ = ["Source", "Upstream", "cache_folder", "fetch", "opened"]
