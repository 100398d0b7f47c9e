"""What lane L asked in a run, in words: lists and their days, rules, names, what is lacking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from detector.results import Run
from detector.results.runparts import RunList, RunPolicy
from detector.results.words import POLICY_OUTCOMES
from detector.words import plural, visible

LISTS_SHOWN: Final = 30
RULES_SHOWN: Final = 60
SENTENCES_SHOWN: Final = 10
SOURCES_SHOWN: Final = 16
#: How a table's heads say outcomes: nobody is ever called cleared.
OUTCOMES: Final = {name: name.capitalize() for name in POLICY_OUTCOMES} | {
    "clear": "Not found, not met, or not applied"
}
NO_LIST: Final = (
    "No list was read: nobody was screened, so who is on a list is unknown, never clear."
)
LACKING: Final = (
    "A list was refused, too old, of unknown day, or never compared with names: whoever is not "
    "found on it is unknown, never clear."
)


def front(run: Run) -> dict[str, Any] | None:
    """What was asked and of how much, for the page; None where the run does not say."""
    asked: RunPolicy | None = getattr(run, "policy", None)
    if asked is None:
        return None
    rules = sorted(asked.counts.items())
    return {
        "names": plural(asked.names, "name"),
        "packs": plural(len(asked.packs), "pack of rules", "packs of rules"),
        "lists": [_list(one) for one in asked.lists[:LISTS_SHOWN]],
        "lists_left": max(0, len(asked.lists) - LISTS_SHOWN),
        "notes": _notes(asked),
        "unverified": _first(asked.unverified),
        "outcomes": OUTCOMES.values(),
        "counts": [
            (visible(rule, 60), [f"{counts.get(name, 0):,}" for name in POLICY_OUTCOMES])
            for rule, counts in rules[:RULES_SHOWN]
        ],
        "counts_left": max(0, len(rules) - RULES_SHOWN),
        "not_asked": _first(f"{rule}: {why}" for rule, why in sorted(asked.not_asked.items())),
        "silenced": asked.silenced,
    }


def _list(one: RunList) -> dict[str, str]:
    sources = sorted(one.rows.items(), key=lambda pair: (-pair[1], pair[0]))
    words = [f"{visible(code, 24)} {count:,}" for code, count in sources[:SOURCES_SHOWN]]
    if len(sources) > SOURCES_SHOWN:
        words.append(f"{len(sources) - SOURCES_SHOWN:,} more")
    return {
        "file": one.file,
        "publisher": visible(one.publisher or "", 80),
        "day": visible(one.day or "unknown", 20),
        "age": _age(one.age),
        "entries": ", ".join(words) or "none",
        "sha256": visible(one.sha256, 64)[:12],
    }


def _age(days: int | None) -> str:
    if days is None:
        return "unknown"
    return plural(days, "day") if days >= 0 else "later"


def _notes(asked: RunPolicy) -> list[str]:
    """What a reader must know of the lists of this run."""
    notes = [f"Refused: {text}" for text in _first(asked.refused)[0]]
    notes += [f"Nobody is clear: {text}" for text in _first(asked.stale)[0]]
    left = _first(asked.refused)[1] + _first(asked.stale)[1]
    if left:
        notes.append(f"{plural(left, 'more such list')} in run.json.")
    if not asked.lists:
        return [NO_LIST, *notes]
    return [LACKING, *notes] if asked.refused or asked.stale else notes


def _first(texts: Iterable[str]) -> tuple[list[str], int]:
    """The first sentences, and how many are left out."""
    found = list(texts)
    shown = [visible(text, 300) for text in found[:SENTENCES_SHOWN]]
    return shown, len(found) - len(shown)
