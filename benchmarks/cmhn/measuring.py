"""Timing, peak memory and reporting for this folder's scripts."""

import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

__all__ = ["in_a_process_of_its_own", "peak_bytes", "report", "seconds"]


def seconds(call: Callable[[], Any], repeats: int) -> float:
    """Median time of a call, after one that is not counted."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def peak_bytes() -> int:
    """The largest resident size of this process so far."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def in_a_process_of_its_own(function: Callable[..., dict[str, float]], *arguments: Any) -> dict[str, float]:
    """What a function returns, run where nothing else has used memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def report(table: pd.DataFrame, path: str) -> None:
    """Print a table, and keep it."""
    print(table.to_string(index=False, float_format=lambda value: f"{value:.4g}"))
    table.to_csv(Path(path), index=False)
