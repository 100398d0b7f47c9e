"""Every sign of the description of the domain, alone in the rows of an ordinary account.

A sign is a ``Sign`` with a small function that plants it; it stands in the file of its subject and
in no other place. ``lab.signs.trial`` asks which columns see it, ``docs/signs.md`` lists them.
"""

from __future__ import annotations

from typing import Final

from lab.signs import access, calls, compute, linked, money, records
from lab.signs.sign import Sign

SIGNS: Final[tuple[Sign, ...]] = tuple(
    sign
    for module in (compute, money, access, calls, records, linked)
    for sign in module.SIGNS
)  # fmt: skip
