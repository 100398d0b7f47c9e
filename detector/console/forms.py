"""What a person typed, from the fields of a form: a judgement, or a draft of one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

from detector.cases.deciding.judgement import Judgement, preselected
from detector.cases.deciding.states import CODES

#: Most members with fields of their own: a form has so many parts at most.
MEMBERS: Final = 600
_DIGITS: Final = 16
_KEPT: Final = re.compile(
    r"outcome|step|note|typology|counter|code\.[a-z_]{1,40}|[ow]\.[0-9a-f]{16}"
)
_SAID: Final = {"yes": True, "no": False}


def field_of(account: str) -> str:
    """The name by which a form speaks of an account: its id may be any text."""
    return hashlib.sha256(account.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def judgement_of(form: Mapping[str, str], members: Mapping[str, Any]) -> Judgement:
    """The judgement that a form says; accounts it does not speak of have what is preselected."""
    outcome = form.get("outcome", "")
    usual = preselected(members, outcome)
    said: dict[str, tuple[str, str]] = {}
    for account in members:
        name = field_of(account)
        word, why = form.get(f"o.{name}", ""), form.get(f"w.{name}", "").strip()
        if word or why:
            said[account] = (word or usual[account], why)
    return Judgement(
        outcome=outcome, note=form.get("note", "").replace("\r\n", "\n").strip(),
        step=form.get("step", "none"), members=said,
        codes=tuple(code for code in CODES if f"code.{code}" in form),
        typology_agreed=_SAID.get(form.get("typology", "")),
        counter_weighed="counter" in form,
    )  # fmt: skip


def draft_of(form: Mapping[str, str]) -> dict[str, object]:
    """The fields of a judgement that somebody filled."""
    return {name: text for name, text in form.items() if text and _KEPT.fullmatch(name)}


def chosen(form: Mapping[str, str], prefix: str) -> list[str]:
    """What was ticked among boxes whose names begin so, in their order.

    Examples
    --------
    >>> chosen({"c.C-000002": "1", "reason": "x"}, "c.")
    ['C-000002']
    """
    return [name[len(prefix) :] for name in form if name.startswith(prefix)]


def as_draft(row: Mapping[str, Any], members: Mapping[str, Any]) -> dict[str, str]:
    """A judgement as the fields of the form that says it.

    An account that has what is preselected is not named, so that it goes with the case's outcome.
    """
    found = {"outcome": row["outcome"], "step": row["step"], "note": row["note"]}
    found |= {f"code.{code}": "1" for code in row["codes"]}
    if row["counter_weighed"]:
        found["counter"] = "1"
    if row["typology_agreed"] is not None:
        found["typology"] = "yes" if row["typology_agreed"] else "no"
    usual = preselected(members, row["outcome"])
    for one in row["accounts"]:
        name = field_of(one["account_id"])
        if one["outcome"] != usual.get(one["account_id"]):
            found[f"o.{name}"] = one["outcome"]
        if one["why"]:
            found[f"w.{name}"] = one["why"]
    return found
