"""The week on a terminal: what changed since an earlier run, and what fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.results import Results

_DECISIONS: Final = 3
_LONGEST: Final = 600


def lines(results: Results) -> list[str]:
    """A few lines; none where there is no earlier run and no capacity."""
    from detector.results.week import capacity_sentence, of, sentences
    from detector.words import plural

    run, told = results.run, []
    if run.capacity is not None:
        told.append(f"capacity: {capacity_sentence(run.capacity)}")
    if run.week is None or results.week is None:
        return told
    told += [" ".join(sentences(run.week))]
    said = of(results.week, "decision", "decided")["said"].to_list()
    told += [f"decision: {safe_text(text, limit=_LONGEST)}" for text in said[:_DECISIONS]]
    if len(said) > _DECISIONS:
        told.append(f"{plural(len(said) - _DECISIONS, 'more decision')}, and every line: report")
    return told
