"""Bounds on what a file may ask of the reader.

An export is written by others: every number it can inflate has a ceiling here, so that the
memory of a run does not depend on the goodwill of a file.
"""

from __future__ import annotations

from typing import Final

CHUNK_BYTES: Final = 1 << 18
"""Bytes asked of a (decompressed) stream at a time."""

BLOCK_BYTES: Final = 16 << 20
"""Bytes of text parsed at a time; a block ends at the end of a record."""

NEAR_BYTES: Final = 4 << 20
"""Bytes of CSV parsed at a time where records end there: they stay near the processor, and the
memory that held them is used again instead of being asked of the system."""

MAX_RECORD_BYTES: Final = 8 << 20
"""Longest record of a text file; a longer one is quarantined without being held in memory."""

MAX_RATIO: Final = 250
"""Decompressed to compressed bytes beyond which a file is taken for a bomb (logs: 5 to 60)."""

RATIO_FREE_BYTES: Final = 256 << 20
"""Decompressed bytes up to which the ratio is not asked (constant columns compress well)."""

MAX_COLUMNS: Final = 20_000
"""Columns of one file."""

MAX_DEPTH: Final = 48
"""Levels of lists, maps and structs in each other (a cloud's own exports have up to 12)."""

PART_ROWS: Final = 1 << 17
"""Most rows of one normalised frame."""

PART_BYTES: Final = 32 << 20
"""Bytes of text of one part of a CSV file: those of some 131,072 records of charges."""

MAX_CELLS: Final = 1 << 22
"""Most cells of a block of text; the records of logs are longer than this would ask."""

MAX_GROUP_BYTES: Final = 1 << 28
"""Estimated bytes up to which a Parquet row group is decoded at once, not slice by slice."""

MAX_ROWS_PER_BYTE: Final = 16
"""Rows per byte of a Parquet file beyond which it is taken for a bomb (logs: 0.01 to 0.2)."""

FREE_ROWS: Final = 1 << 24
"""Rows up to which that is not asked."""

MAX_CHUNK_BYTES: Final = 1 << 26
"""Bytes of a Parquet column chunk up to which its compression ratio is not asked."""

MAX_PART_BYTES: Final = 1 << 24
"""Most bytes of nested values that are written as text at once."""

MAX_FIELD_CHARS: Final = 1 << 20
"""Longest text of a field whose schema names no limit; a longer one fails its row."""

CONTENT_CHARS: Final = 2_000
"""Most characters of a quarantined row that are kept."""

CONTENT_FIELD_CHARS: Final = 256
"""Most characters of one of its fields."""

QUARANTINE_ROWS: Final = 10_000
"""Most quarantined rows of a file whose content is kept; the rest is counted."""

HEAD_BYTES: Final = 1 << 16
"""Bytes from which the layout of a native file is told."""

SHOWN_COLUMNS: Final = 12
"""Column names shown in an error message."""
