"""Signs of the description of the domain that no column reads, and why."""

from __future__ import annotations

from typing import Final

UNCARRIED: Final = (
    ("T01-K", "trader or IT-services profile", "no table says what a company's trade is"),
    ("T02-A", "support ticket about the take-over", "events tell that there is one, not of what"),
    ("T03-K", "pattern of e-mail addresses", "addresses are hashes; lane B reads no text"),
    ("T05-M", "consumer plan", "no table names a plan"),
    ("T05-M", "more sessions at once than people", "sessions are hashes without their ends"),
    ("T06-M", "share of reasoning calls", "`model_usage` tells no kind of call; tiers are read"),
    ("T06-M", "low volume per account", "it is what most innocents have"),
    ("T08-K", "nominee directors", "no table names directors"),
    ("T08-K", "formation agent's address", "addresses are text; shared ones are links"),
    ("T08-K", "parent unknown", "names are not read; owners' shares are"),
    ("T09-B", "one tenant takes most of a new cluster", "no table tells clusters or their size"),
    ("T09-B", "capacity bought after a client signed", "no table holds clients' contracts"),
    ("T11-B", "leases that hop providers", "one provider's tables"),
    ("T14-B", "values that hug a quota", "no table tells how much quota there is"),
    ("T14-K", "KYC thresholds tried again", "`accounts` holds the last check only"),
    ("T15-A", "residential-proxy egress", "networks are classed isp, mobile, hosting, vpn …"),
    ("T17-A", "schedules of tenants inside one account", "hours are kept by account"),
    ("T18-L", "listed owners of half or more", "lane L reads them, lane B may not"),
    ("T19-K", "overrides and exceptions of one representative or partner",
     "`exceptions` carries them; no column reads it: it judges the provider's own people"),
    ("T20-A", "inbound services on rented GPUs", "no table of flows"),
    ("F01", "share of the quota that is used", "no table tells how much quota there is"),
    ("F06", "session starts aligned to a proxy's sticky time", "sessions carry no start"),
    ("F13", "class of address", "addresses are text"),
    ("F13", "edits of the declared end use, answers to requests", "no history of records"),
)  # fmt: skip
"""Typology or family and kind, the sign, and what is missing."""
