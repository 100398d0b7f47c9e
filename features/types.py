"""Types and bounds that all tables share; nothing of a single table."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import polars as pl

UTC_TIME: Final = pl.Datetime("us", "UTC")
DECIMAL: Final = pl.Decimal(38, 15)
DECIMAL_LIMIT: Final = Decimal(10) ** 15
# Parts of a whole, 0 to 1: a share, an ownership.
SHARE: Final = pl.Decimal(12, 10)
ID_BYTES: Final = 512
TEXT_BYTES: Final = 4096
LONG_TEXT_BYTES: Final = 65_536

Parts = Mapping[str, pl.DataFrame]
"""One frame per rollup."""
