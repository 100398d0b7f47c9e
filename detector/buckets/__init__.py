"""Accounts in buckets: what is computed of one at a time, and of all of them together.

Rollups are dealt to the bucket of their accounts, where they are added up and where the families
that look at one account at a time are computed. What compares accounts with each other (linkage,
payers, synchrony, rings) sees all of them, in less detail. The numbers are the same bits in any
number of buckets. ``engine`` does this on one machine, whose disk has what memory has no room for;
``detector.spark`` on a cluster.

============== ===============================================================
boxes          tables as bytes, and the bucket of an account
devices        meters that name a device and no account
merging        the parts of one bucket to one part
measuring      a bucket to features, and what all together need of it
shared         what the families that compare accounts read
pieces         reading that, a bucket at a time
driver         what is made of all buckets together
way            from parts to numbers, wherever the buckets lie
scratch        boxes on the disk of this machine
memory         how much there is, and how many buckets follow
engine         the engine local, within a bound of memory
============== ===============================================================
"""

from detector.buckets.engine import BoundedEngine
from detector.buckets.errors import EngineError

__all__ = ["BoundedEngine", "EngineError"]
