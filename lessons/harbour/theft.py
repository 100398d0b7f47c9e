"""Stolen keys: a victim's key calls models for others for some days."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lessons.harbour.cast import Account
from lessons.harbour.demand import NEVER, Stream
from lessons.harbour.stage import Floats, Stage, hexes


def stolen(
    stage: Stage, people: list[Account], table: Floats, keys: list[Stream]
) -> tuple[Floats, list[Stream]]:
    """Add the thieves' calls on their victims' keys, as rows of rates and streams of their own."""
    draw = stage.rng("theft")
    more: list[Stream] = []
    rows: list[Floats] = []
    for i, one in enumerate(people):
        if one.kind.turn != "theft":
            continue
        end = min(one.turn + 24 * draw.uniform(2, 7), one.end)
        hour = np.arange(stage.hours)
        rate = np.where((hour > one.turn) & (hour + 1 <= end), draw.lognormal(3.6, 0.4), 0.0)
        held = [s for s in keys if s.account == i]
        key, client, other = hexes(draw, 3)
        base = held[0] if held else Stream(
            i, 0, 1.0, 7, (NEVER, NEVER), 0.0, key, client, "us-east", (900, 400), (-1, -1), 20.0, 0
        )  # fmt: skip
        row = len(table) + len(rows)
        more.append(
            replace(
                base, row=row, share=1.0, model=6, adopt=(NEVER, NEVER), client=other, words=(-1,
                -1),
                noise=20.0, users=0, tokens=(1500.0, 700.0),
            )
        )  # fmt: skip
        rows.append(rate)
    return np.vstack([table, *rows]), keys + more
