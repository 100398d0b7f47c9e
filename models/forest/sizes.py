"""What the compiled functions and their callers agree on."""

from __future__ import annotations

from typing import Final

#: Rows swept at once: the ranks of forty columns fit into the first-level cache.
TILE: Final = 512
#: Paths followed side by side: the processor works on some while it waits for others.
SIDE: Final = 2048
#: Bits of a node that say how far its children stand: those of a tree that a byte can number.
STEP_BITS: Final = 9
#: What a node's word is asked for: its children (0 and 1), its threshold, its column.
THRESHOLD, COLUMNS, BLIND = 2, 3, 4
#: Blind draws of a column before a node's columns are all looked at.
BLIND_DRAWS: Final = 4
#: Nodes whose draws are even over the trees: those of the first three depths.
EVEN_NODES: Final = 7
#: Nodes that wait while a tree grows, at most: one for each level.
WAITING: Final = 64
