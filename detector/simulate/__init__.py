"""Worlds: log folders with planted rings, innocent look-alikes, and the truth beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from detector.simulate.presets import PRESETS as PRESETS

Progress: TypeAlias = Callable[[str, float], None]


def simulate(
    preset: str,
    accounts: int,
    days: int,
    seed: int,
    out: Path,
    *,
    ranges: str = "dev",
    settings: Mapping[str, Any] | None = None,
    layout: str = "parts",
    progress: Progress | None = None,
) -> Path:
    """Write a log folder, and beside it the truth and the generator's own books.

    The same arguments give the same bytes. Truth goes to ``OUT.truth.parquet``, planted
    cases of law and policy to ``OUT.policy_truth.parquet``, notices and what should come of them
    to ``OUT.leads_truth.parquet``, exact GPU-hours and tokens by
    account to ``OUT.books.parquet``.

    Parameters
    ----------
    preset : a name of ``PRESETS``.
    accounts, days : size of the world; days is the length of the window.
    seed : of every random number.
    out : the log folder; must not exist yet or be empty.
    ranges : ``dev``, ``valid`` or ``test``: which of three disjoint sets of parameter values.
    settings : single fields of ``presets.Preset`` to change.
    layout : ``parts`` (Parquet, weekly parts) or ``mixed`` (one small file a table, all formats).
    progress : called with a stage and the share done, 0 to 1.

    Returns
    -------
    Path
        The truth file.

    Raises
    ------
    UsageError
        If a name is unknown or the size is out of bounds.
    OutputError
        If ``out`` is taken or cannot be written.
    """
    from detector.simulate.builder import run  # loads polars

    return run(
        preset,
        accounts,
        days,
        seed,
        Path(out),
        ranges=ranges,
        settings=settings,
        layout=layout,
        progress=progress,
    )
