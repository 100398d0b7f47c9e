"""What a person typed, from the fields of a form: a judgement, or a draft of one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final

from detector.cases.judging import Judgement, preselected
from detector.cases.states import CODES

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


def judgement_of(form: Mapping[str, str], members: Mapping[str, object]) -> Judgement:
    """The judgement that a form says; accounts it does not speak of have what is preselected."""
    outcome = form.get("outcome", "")
    usual = preselected(members, outcome)  # type: ignore[arg-type]
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


def as_draft(
    outcome: str, step: str, note: str, codes: Iterable[str],
    accounts: Iterable[Mapping[str, str | None]],
) -> dict[str, str]:  # fmt: skip
    """A judgement as the fields of the form that says it."""
    found = {"outcome": outcome, "step": step, "note": note}
    found |= {f"code.{code}": "1" for code in codes}
    for row in accounts:
        name = field_of(str(row["account_id"]))
        found[f"o.{name}"] = str(row["outcome"])
        found[f"w.{name}"] = row["why"] or ""
    return found
