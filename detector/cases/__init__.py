"""Cases that outlive runs: people, what they judged and why, and what leaves as a decision.

========= =====================================================================================
record    the folder: events in a chain, tables made of them, and whether it is whole
runs      runs into cases; golden ones among them
deciding  claims, judgements in rounds, settlements
contact   letters, appeals, suppressors
team      people, roles, tokens, sessions
measuring quality, samples, figures
keeping   retention, holds, copies
leaving   labels, packs, exports
showing   what is shown to whom; graph, difference, rehearsals
========= =====================================================================================

It knows no page, and no clock of its own: the time is given.
"""

from __future__ import annotations
