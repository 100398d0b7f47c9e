"""The card of a model in words: what it learnt from, how it scores, and what it is not for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from detector.results import Run
from detector.words import NONE, TEXT_LIMIT, moment, number, one_in, visible

#: Lists of the card, in the order in which they are read.
LISTS: Final = (
    ("intended_use", "Made for"),
    ("not_intended_use", "Not made for"),
    ("limits", "Limits"),
)
#: How rows are scored, by the name of the view.
_VIEWS: Final = {"forest": "an isolation forest over all features"}
_ENGINES: Final = {"local": "one machine", "spark": "a cluster (Spark)"}
_SAID: Final = frozenset(
    {"accounts", "excluded", "groups", "max_samples", "n_estimators", "prevalence_assumed",
     "versions", "view", "window_start", "window_end", "seed", "features", "trees", "rows_a_tree",
     *(name for name, _ in LISTS)}
)  # fmt: skip
_MOST: Final = 20


@dataclass(frozen=True)
class Card:
    """Facts by what they are called, and lists of sentences under their headings."""

    facts: tuple[tuple[str, str], ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]


def card(run: Run) -> Card:
    """The model of a run in words; what a run of another version says beside it comes last."""
    told = run.model.card
    facts = [pair for pair in (*_learnt(run, told), *_made(run, told)) if pair[1]]
    lists = [(head, _sentences(told.get(name))) for name, head in LISTS]
    return Card(
        (*facts, *_others(told), *_names(run, told)),
        tuple((head, said) for head, said in lists if said),
    )


def _learnt(run: Run, told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What it learnt from, and when."""
    model = run.model
    whose = "these same logs" if model.trained_on_these_logs else "logs read before"
    count, without = told.get("accounts"), told.get("excluded")
    size = f", {_count(count, 'account')}" if count else ""
    if without:
        size += f", {_count(without, 'account')} left out (known, or tied to known ones)"
    yield "Learnt from", whose + size
    if told.get("window_start") and told.get("window_end"):
        yield "Days that it saw", f"{_day(told['window_start'])} to {_day(told['window_end'])}"
    yield "Trained", moment(model.trained_at) if model.trained_at else ""
    if told.get("groups"):
        yield "Accounts that belong together", _count(told["groups"], "group")
    if model.prior and model.prior != "none":
        yield "Taught before on", f"invented cases (prior “{visible(model.prior, 60)}”)"


def _made(run: Run, told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """How it scores."""
    view = visible(told.get("view") or "", 60)
    yield "Scores by", _VIEWS.get(view, view)
    trees = told.get("n_estimators") or told.get("trees")
    rows = told.get("max_samples") or told.get("rows_a_tree")
    if trees and rows:
        yield "Forest", f"{_count(trees, 'tree')}, each of {_count(rows, 'account')}"
    if features := run.model.features or told.get("features"):
        yield "Looks at", _count(features, "feature")
    share = told.get("prevalence_assumed")
    if isinstance(share, float):
        yield "Assumed to be access by proxy", f"{one_in(share)} accounts"
    if run.alpha is not None:
        yield "Bar of the queue (alpha)", number(run.alpha)


def _names(run: Run, told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What tells this model and this run from others."""
    yield "Model", visible(run.model_id, 80)
    if run.model.stored_id:
        yield "Kept under", visible(run.model.stored_id, 80)
    if run.model.sha256:
        yield "SHA-256 of its file", visible(run.model.sha256, 80)
    yield "Seed of random draws", visible(run.seed, 20)
    yield "Worked on", _ENGINES.get(run.engine, visible(run.engine, 40))
    versions = told.get("versions")
    if isinstance(versions, Mapping) and versions:
        made = ", ".join(f"{visible(k, 20)} {visible(v, 20)}" for k, v in versions.items())
        yield "Made with", visible(made, TEXT_LIMIT)


def _others(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Entries that have no words of their own here."""
    named = {key: value for key, value in told.items()
             if key not in _SAID and value not in (None, "", [], {})}  # fmt: skip
    for key, value in list(named.items())[:_MOST]:
        yield visible(key, 60).replace("_", " ").capitalize(), _plain(value)


def _sentences(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else [value] if value else []
    return tuple(visible(item, TEXT_LIMIT) for item in items[:_MOST])


def _count(value: Any, noun: str) -> str:
    """A count with its noun; what is no number is shown as it is."""
    if isinstance(value, int):
        return f"{value:,} {noun}{'' if value == 1 else 's'}"
    return f"{visible(value, 40)} {noun}s"


def _day(value: Any) -> str:
    return moment(value).removesuffix(" 00:00 UTC")


def _plain(value: Any) -> str:
    """A value of any kind, in one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(float(value), 4)
    if isinstance(value, Mapping):
        return visible("; ".join(f"{k}: {_plain(v)}" for k, v in value.items()), TEXT_LIMIT)
    if isinstance(value, list | tuple):
        return visible("; ".join(map(_plain, value)), TEXT_LIMIT)
    return visible(value, TEXT_LIMIT) or NONE
