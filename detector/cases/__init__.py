"""Cases that outlive runs: people, what they judged and why, and what leaves as a decision.

============ ==================================================================================
store        the folder: one writer, readers beside it, every change an event
chain        how events are bound to each other; ``anchors`` and ``sums`` bind them from outside
tables       how an event puts its rows; ``replay`` makes every table anew from events
verify       whether the folder is what was written to it
states       the states of a case, and who may bring it from one to the next
============ ==================================================================================

It knows no page, and no clock of its own: the time is given.
"""

from __future__ import annotations
