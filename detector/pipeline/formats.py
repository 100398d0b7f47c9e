"""What rollups that are kept depend on beside their rows: of another format they are made anew."""

from __future__ import annotations

import hashlib
from typing import Final

from detector.sources.layout import schema_of
from features.catalogue import Catalogue
from features.rollups import SHAPES
from features.tables import SCHEMAS, privacy

ROLLUPS: Final = "0.1.0"
"""The number of the rollups' format: raised when the same rows are rolled up otherwise.

The first is called after the version that had it, so that its states are taken over; the next
is ``2``. ``tests/state/test_format.py`` fails where one changes without the other.
"""


def fingerprint(catalogue: Catalogue) -> str:
    """What a rollup depends on beside its rows: its format, shapes and the GPU catalogue."""
    digest = hashlib.sha256(f"{ROLLUPS} {catalogue.version}".encode())
    for name, shape in SHAPES.items():
        digest.update(f"{name} {dict(shape.schema())}".encode())
    for name in SCHEMAS:
        digest.update(f"{name} {schema_of(name)} {dict(privacy(name))}".encode())
    return digest.hexdigest()[:16]
