"""Lane L: rules, lists and ownership joined to accounts.

========= ======================================================================
using     what accounts used: controlled computing, models by seller
parties   who stands behind an account, in which role
listed    rules about lists
links     who owns accounts, and which owners are on lists
owned     rules about ownership
apart     owners as one account's record tells them
places    rules about headquarters and served places
flags     red flags
orders    orders to one seller
decided   decisions, by party and content
judging   what may be said, by the state of each rule
told      what was asked, for ``run.json``
lane      all of it
========= ======================================================================
"""

from __future__ import annotations

from detector.policy.law.lane import lane_l

__all__ = ["lane_l"]
