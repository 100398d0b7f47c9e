"""What a site may set about its cases; each change is an event."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from detector.cases.errors import Refused
from detector.cases.record.store import Actor, Writing, as_json


@dataclass(frozen=True)
class Settings:
    """The settings of a folder of cases.

    Attributes
    ----------
    promote
        Most cases of a queue that a week's runs open: what is ranked below stays a rank.
    lease_minutes
        How long a case stays with whoever took it, without a sign of him.
    second_share
        Share of cases, drawn when they are opened, that a second person judges whatever the
        first outcome is; adverse ones always are.
    due_proxy, due_victim, due_policy, due_other, due_sample, due_appeal
        Days until a case of that queue, or an appeal, is due.
    ask_days
        Days that a holder has to answer a letter.
    clear_days
        How long a clearing lasts.
    explore_share, explore_near
        Share of a week's cases drawn from accounts that no queue holds, and the share of
        these that is drawn from those near a queue (p <= .05).
    golden_share
        Share of a reviewer's cases that are golden: settled before, by others.
    blind
        Whether names, addresses, countries and lanes L and E are sealed until a first
        judgement is stored.
    keys
        Whether pages listen to single keys.
    keep_cleared_months, keep_unresolved_months, keep_confirmed_months
        How long a closed case is kept, by what was decided. What law asks for is unverified:
        counsel sets them.
    keep_backup_days
        How old a copy in the folder may grow that still holds an erased case.
    """

    promote: int = 50
    lease_minutes: int = 30
    second_share: float = 0.15
    due_proxy: int = 7
    due_victim: int = 1
    due_policy: int = 7
    due_other: int = 7
    due_sample: int = 7
    due_appeal: int = 14
    ask_days: int = 14
    clear_days: int = 180
    explore_share: float = 0.10
    explore_near: float = 0.80
    golden_share: float = 0.05
    blind: bool = True
    keys: bool = True
    keep_cleared_months: int = 18
    keep_unresolved_months: int = 18
    keep_confirmed_months: int = 60
    keep_backup_days: int = 35

    def due(self, queue: str) -> int:
        """Days until a case of a queue is due."""
        return int(getattr(self, f"due_{queue}", self.due_other))


#: The least and the most of each setting; a share is of 1, and of a switch there is None.
BOUNDS: Final[Mapping[str, tuple[int, int] | None]] = {
    "promote": (1, 10_000), "lease_minutes": (1, 24 * 60),
    "clear_days": (30, 400), "keep_backup_days": (0, 400),
    **dict.fromkeys(
        ("keep_cleared_months", "keep_unresolved_months", "keep_confirmed_months"), (1, 600)
    ),
    **dict.fromkeys(("second_share", "explore_share", "explore_near", "golden_share"), (0, 1)),
    **dict.fromkeys(
        ("due_proxy", "due_victim", "due_policy", "due_other", "due_sample", "due_appeal",
         "ask_days"), (1, 365),
    ),
    **dict.fromkeys(("blind", "keys"), None),
}  # fmt: skip


def _fits(name: str, value: Any) -> bool:
    bounds = BOUNDS[name]
    if type(value) is not type(getattr(Settings, name)):
        return False
    return bounds is None or bounds[0] <= value <= bounds[1]


def read_settings(connection: sqlite3.Connection) -> Settings:
    """The settings as they are now; what was never set has its default."""
    rows = connection.execute("SELECT name, value FROM settings").fetchall()
    return Settings(**{name: json.loads(value) for name, value in rows})


def change_setting(tx: Writing, by: Actor, name: str, text: str) -> None:
    """Set one, from the text that a person gave.

    Raises
    ------
    Refused
        Where there is no such setting, or it cannot be that.
    """
    role = by.acting_as("admin", "system")
    if name not in BOUNDS:
        raise Refused(f"there is no setting {name!r}; there are {', '.join(sorted(BOUNDS))}")
    default = getattr(Settings, name)
    try:
        value = json.loads(text.lower())
    except ValueError:
        value = None
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not _fits(name, value):
        raise Refused(f"{name} cannot be {text!r}; it is {default!r} where nobody sets it")
    before = as_json(getattr(read_settings(tx.connection), name))
    tx.record(
        "settings.changed", by, role, facts={"before": before},
        put=[("settings", {"name": name, "value": as_json(value)})],
    )  # fmt: skip
