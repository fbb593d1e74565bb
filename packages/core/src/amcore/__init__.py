"""The common core of the associative-memory workbench: data, results, metrics, statistics and plotting.

Modules are imported by name (``from amcore import metrics``); plotting and video decoding need the
extras ``amcore[plotting]`` and ``amcore[video]``.
"""
