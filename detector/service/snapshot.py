"""One published run, as the service shows it; it never changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.errors import DataError

PAGE: Final = 50
MOST: Final = 500
_LISTED: Final = (
    "rank", "account_id", "queue", "score", "p_value", "ring_id", "change", "typology",
    "families", "coverage",
)  # fmt: skip


@dataclass(frozen=True)
class Published:
    """A run on disk with its queue in memory.

    ``number`` grows with each publication: a page of one number never mixes with another's.
    """

    number: int
    folder: Path
    run: Mapping[str, Any]
    queue: pl.DataFrame

    @classmethod
    def read(cls, number: int, folder: Path) -> Published:
        """Read a published run; of the scores only those in a queue stay in memory.

        Raises
        ------
        DataError
            Where it is damaged.
        """
        try:
            run = json.loads((folder / "run.json").read_bytes())
            queue = (
                pl.scan_parquet(folder / "scores.parquet", glob=False)
                .filter(pl.col("queue") != "none")
                .select(_LISTED)
                .collect()
                .sort("queue", "rank", "account_id")
            )
        except (OSError, ValueError, pl.exceptions.PolarsError) as error:
            raise DataError(f"{folder} is not a whole run; it is made again") from error
        return cls(number, folder, run, queue)

    def page(self, queue: str | None, after: int, limit: int) -> dict[str, Any]:
        """A page of the review queue, from a position on."""
        rows = self.queue if queue is None else self.queue.filter(pl.col("queue") == queue)
        shown = rows.slice(after, limit)
        end = after + shown.height
        return {
            "snapshot": self.number,
            "as_of": self.run["as_of"],
            "model_id": self.run["model_id"],
            "total": rows.height,
            "items": [_plain(row) for row in shown.iter_rows(named=True)],
            "next": f"{self.number}.{end}" if end < rows.height else None,
        }

    def account(self, account_id: str) -> dict[str, Any] | None:
        """All that is known of one account, or None."""
        found = (
            pl.scan_parquet(self.folder / "scores.parquet", glob=False)
            .filter(pl.col("account_id") == account_id)
            .head(1)
            .collect()
        )
        if found.is_empty():
            return None
        return {"snapshot": self.number, **_plain(found.row(0, named=True))}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Values that JSON knows."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }


__all__ = ["MOST", "PAGE", "Published"]
