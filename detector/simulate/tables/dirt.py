"""The dirty preset: rows that break rules, beside the good ones, and repeated files."""

from __future__ import annotations

from detector.simulate.tables.folder import Folder
from detector.simulate.world import World


def spoil(world: World, folder: Folder) -> None:
    """Add bad rows to some tables; the good rows and the books stay as they are."""
    _ = (world, folder)
