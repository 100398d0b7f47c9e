"""The words that a run is told in; each list stands here once."""

from __future__ import annotations

from typing import Final

#: What an account, or a ring by its first member, is put before a reviewer as.
QUEUES: Final = ("proxy", "victim", "policy", "other", "none")
#: Queues that lane B alone fills; ``policy`` is asked for by the other lanes.
LANE_B_QUEUES: Final = ("proxy", "victim", "other")
#: What became of a record: ``read`` is all of them.
OUTCOMES: Final = ("read", "ok", "quarantined", "unmapped", "duplicate", "late")
#: What a later run says of an account beside an earlier one.
CHANGES: Final = ("new", "entered", "left", "risen", "fallen", "same")
#: Latest decision that settles an account.
SETTLED: Final = ("confirmed_proxy", "confirmed_victim", "cleared")
#: What was decided about an account before, at as-of.
STANDINGS: Final = ("open", "closed", "confirmed_proxy", "confirmed_victim", "cleared")
#: What lane L says of an account and a rule, the gravest first.
POLICY_OUTCOMES: Final = ("match", "inquire", "unknown", "clear")
#: How much a finding of lane L weighs; a weak one never asks for a queue.
STRENGTHS: Final = ("strong", "medium", "weak")
#: How much a public notice says of an account; a lead is strong or medium.
LEAD_STRENGTHS: Final = ("strong", "medium", "weak", "unattached", "disposed")
#: What lists know of a buyer or supplier, the gravest first.
LEAD_OUTCOMES: Final = ("match", "inquire", "unknown", "not found")
#: What of a notice was looked for at an account, and whether it is there.
AGREEMENTS: Final = ("yes", "no", "not_seen")
#: Behaviour, law and policy, outside evidence.
LANES: Final = ("B", "L", "E")
