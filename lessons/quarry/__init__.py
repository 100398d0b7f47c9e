"""Worlds of a cloud that is sold through partners.

Customers: a third of the accounts stand below resellers, distributors, agencies, marketplaces and
schools (partner, payer and organisation say so), the others buy directly. Charges are daily, bills
monthly, in four currencies and with discounts.
Rings earn behind the channel: they pass keys on, set up shells below a payer, split demand, let
rented machines by the hour, buy long-aged accounts. Members (3 to 15) sit below different payers
and share tools (images, agents, clients, templates), not identities; some proxies act alone.
Missing: telemetry, inventory, tenders, indicators, abuse reports and policy decisions.
What tells: hand-overs, demand that moves between members, missing weekends, one budget burnt once,
keys by the dozen, the newest model at once; place and verification a little. Volume, countries,
names and ids do not.
Innocents look much the same: consultants' toolkits below different payers, classes, agencies, firms
that change hands, platforms with many tenants, closed customers who return.
Its author read the data contract, the domain paper and the input guide, and no other make.
"""

from lessons.quarry.world import PRESETS, make_world

__all__ = ["PRESETS", "make_world"]
