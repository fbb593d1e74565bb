"""Clocks and peaks for the scripts beside this file."""

import multiprocessing
import resource
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import torch

__all__ = ["peak_of", "report", "seconds"]


def seconds(call: Callable[[], Any], repeats: int) -> float:
    """Shortest time of a call, after one that is not counted: what else the machine does can only add to it."""
    call()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return min(taken)


def peak_of(call: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """What a function returns in a fresh process, and the most memory that process has held, in GB."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_with_peak, (call, *arguments))


def _with_peak(call: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    returned = call(*arguments)
    # Linux counts in KiB.
    return returned, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def report(table: pd.DataFrame, csv: str) -> None:
    """Print a table and write it."""
    print(f"torch {torch.__version__}, {torch.get_num_threads()} thread(s)")
    print(table.to_string(index=False, float_format=lambda number: f"{number:.4g}"))
    table.to_csv(csv, index=False)
