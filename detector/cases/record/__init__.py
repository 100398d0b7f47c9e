"""What is written, and how it is known to be whole.

=========== ===================================================================================
store       the folder: one writer, readers beside it, every change an event
chain       how events are bound to each other; ``anchors`` and ``sums`` bind them from outside
tables      how an event puts its rows; ``replay`` makes every table anew from events
connections the database, and its schema step by step
verify      whether the folder is what was written to it
snapshots   what a person saw, under the hash of its text
locking     who writes, and what SQLite says when it cannot
moments     times as text
=========== ===================================================================================
"""

from __future__ import annotations
