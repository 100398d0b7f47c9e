"""Digests of what a world's tables held before the columns of lanes L and E came.

``python -m tests.simulate.digests`` writes them down, from code whose worlds are to stay.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path

import polars as pl

from detector.simulate import simulate

KEPT = Path(__file__).parent / "digests.json"
SAMPLE = ("public_cases", 1000, 45, 7)
WORLDS = (
    ("standard", 250, 21, 5), ("public_cases", 300, 21, 6), ("dirty", 250, 14, 7),
    ("volume_matched", 250, 21, 8), SAMPLE,
)  # fmt: skip
NEW = {
    "accounts": ("hq_country", "ultimate_parent_name", "ultimate_parent_hq_country", "local_name"),
    "account_owners": ("owner_hq_country", "share_min_open", "share_max_open", "source"),
    "tenders": (
        "notice_id",
        "notice_type",
        "supplier_names",
        "buyer_country",
        "disposition",
        "disposition_at",
        "disposition_source",
    ),
}
# Rows that came with them.
LATER = {
    "tenders": pl.col("url").str.starts_with("https://notices.example/"),
    "fx": pl.col("currency") == "CNY",
}
TABLES = (
    "usage", "accounts", "account_links", "account_owners", "payments", "events", "model_usage",
    "gpu_telemetry", "inventory", "labels", "fx", "tenders",
)  # fmt: skip
_SOLD_AS = r"^(?:anthropic\.)?(?:claude-|gpt-)(.*?)(?:-v1:0|@20260101)?$"


def plain_models(frame: pl.DataFrame) -> pl.DataFrame:
    """Call models by their names in the simulator's catalogue."""
    return frame.with_columns(pl.col("model_id").str.replace(_SOLD_AS, "$1"))


def before(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A table without what came for lanes L and E."""
    if table in LATER:
        frame = frame.filter(~LATER[table])
    frame = frame.drop(NEW.get(table, ()), strict=False)
    return plain_models(frame) if table == "model_usage" else frame


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each table, row by row."""
    return {table: _digest(before(table, _scan(folder, table))) for table in TABLES}


def _scan(folder: Path, table: str) -> pl.DataFrame:
    one = folder / f"{table}.parquet"
    files = [one] if one.exists() else sorted((folder / table).rglob("*.parquet"))
    return pl.concat([pl.read_parquet(f, hive_partitioning=False) for f in files], how="diagonal")


def _digest(frame: pl.DataFrame) -> str:
    return hashlib.sha256(frame.write_ndjson().encode()).hexdigest()


def main() -> None:
    """Write the digests down."""
    found = {}
    with tempfile.TemporaryDirectory() as temporary:
        for world in WORLDS:
            name = "-".join(map(str, world))
            simulate(*world, Path(temporary) / name)
            found[name] = digests(Path(temporary) / name)
    KEPT.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
