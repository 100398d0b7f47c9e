"""Patterns that meet text from outside take time that grows with its length, not with its square.

Polars' own patterns (``str.contains`` and its like) are linear by their engine. Python's can be
anything: each one of the readers and of the catalogue is asked for its worst here, with texts
made of the pattern itself: what each of its repeats repeats, again and again, and then what no
pattern takes. Work is counted by the processor's clock, and a square lies far from the bound.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import signal
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any, Final, TypeVar

import pytest

import detector.policy.lists
import detector.sources
import features
from detector.policy.lists.text import clean
from detector.sources.jsonlines import _quoter
from features.catalogue.matching import TEXT_LIMIT

T = TypeVar("T")
ROOTS: Final = (detector.sources, detector.policy.lists, features)
LENGTH: Final = 10_000
SECONDS: Final = 0.15
"""A line takes a hundredth of it, a square at least ten times as long."""
BOUNDED: Final = {"sources.text '(?:-----BEGIN": 8_000, "catalogue.": 2 * TEXT_LIMIT}
"""Characters of the longest text that a pattern meets, where it needs a bound."""
PREPARED: Final = {"policy.lists.text '": clean}
"""What each text has gone through before it meets a pattern."""
AT_START: Final = ("sources.native.models '(?:.*/)?publishers", "sources.native.models 'azureml")
"""Patterns that are tried at the start alone, and from a tuple: nothing here sees that."""
CALLS: Final = {"match", "search", "fullmatch", "findall", "finditer", "sub", "subn",
                "split"}  # fmt: skip
_CODES: Final = {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a",
                 "CATEGORY_NOT_DIGIT": "a", "CATEGORY_NOT_SPACE": "a",
                 "CATEGORY_NOT_WORD": "-"}  # fmt: skip
_CLASSES: Final = {"CATEGORY_SPACE": r"\s", "CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w",
                   "CATEGORY_NOT_WORD": r"\W", "CATEGORY_NOT_SPACE": r"\S"}  # fmt: skip
_LOWEST: Final = 33


def modules() -> Iterator[ModuleType]:
    for root in ROOTS:
        for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            yield importlib.import_module(found.name)


@dataclass(frozen=True)
class Used:
    """A pattern, and whether it is tried at one place of a text alone, or all over it."""

    pattern: re.Pattern[Any]
    whole: bool = False
    at_start: bool = False


def patterns() -> dict[str, Used]:
    """All compiled patterns, and what stands as it is written in calls, by place and text."""
    found: dict[str, Used] = {}
    for module in modules():
        tree = ast.parse(Path(str(module.__file__)).read_bytes())
        for used in [*held(module, tree), *written(tree)]:
            name = f"{module.__name__.partition('.')[2]} {used.pattern.pattern!r:.60}"
            found.setdefault(name, used)
    return found


def held(module: ModuleType, tree: ast.Module) -> Iterator[Used]:
    for name, value in vars(module).items():
        if isinstance(value, re.Pattern):
            loads = [
                n
                for n in ast.walk(tree)
                if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
            ]
            calls = {n.attr for n in ast.walk(tree)
                     if isinstance(n, ast.Attribute) and n.value in loads}  # fmt: skip
            known = bool(loads) and len(loads) == sum(
                isinstance(n, ast.Attribute) and n.value in loads for n in ast.walk(tree)
            )
            at_start = known and calls <= {"match", "fullmatch"}
            yield Used(value, not known or "fullmatch" in calls, at_start)
        else:
            yield from (Used(pattern, at_start=False) for pattern in inside(value))


def inside(value: Any, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict) and depth:
        for part in value.values():
            yield from inside(part, depth - 1)
    elif isinstance(value, list | tuple) and depth:
        for part in value:
            yield from inside(part, depth - 1)
    elif hasattr(value, "__dataclass_fields__") and not isinstance(value, type) and depth:
        yield from inside(tuple(getattr(value, n) for n in value.__dataclass_fields__), depth - 1)


def written(tree: ast.Module) -> Iterator[Used]:
    for call in ast.walk(tree):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in CALLS
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == "re"
            and call.args
            and isinstance(call.args[0], ast.Constant)
        ):
            how = call.func.attr
            one_place = how in ("match", "fullmatch")
            yield Used(re.compile(call.args[0].value), how == "fullmatch", one_place)


def example(tree: Any) -> str:
    """A short text that a parsed pattern takes, look-arounds left out."""
    return "".join(_one(str(code), value) for code, value in tree)


def _one(code: str, value: Any) -> str:
    match code:
        case "LITERAL":
            return chr(value)
        case "NOT_LITERAL":
            return "a" if value != ord("a") else "b"
        case "ANY":
            return "a"
        case "IN":
            return _of_set(value)
        case "BRANCH":
            return example(value[1][0])
        case "SUBPATTERN":
            return example(value[3])
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return example(value[2]) * max(value[0], 1 if value[0] == 0 and value[1] > 1 else 0)
        case "ATOMIC_GROUP":
            return example(value)
        case _:
            return ""


def _of_set(items: Any) -> str:
    if str(items[0][0]) == "NEGATE":
        told = re.compile(_class(items))
        return next(c for c in "a1 -_Z~" if told.match(c))
    code, value = items[0]
    if str(code) == "LITERAL":
        return chr(value)
    return chr(value[0]) if str(code) == "RANGE" else _CODES[str(value)]


def _class(items: Any) -> str:
    inner = "".join(
        re.escape(chr(value)) if str(code) == "LITERAL"
        else f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}" if str(code) == "RANGE"
        else _CLASSES[str(value)]
        for code, value in items[1:]
    )  # fmt: skip
    return f"[^{inner}]"


def worst(pattern: re.Pattern[Any], length: int) -> Iterator[str]:
    """Texts that make a bad pattern try again and again."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.LOCALE)
    text = example(tree)
    units = {text, text[:-1], text[1:], "a", "1", " ", "-", "a-", "a ", "1.", "a.", '"', "\\"}
    for before, repeated in repeats(list(tree), ""):
        units |= {repeated, before + repeated}
        yield before + repeated * (length // max(len(repeated), 1)) + "\0"
    for unit in units - {""}:
        yield unit * (length // len(unit)) + "\0"


def repeats(tree: list[Any], before: str) -> Iterator[tuple[str, str]]:
    """What stands before each repeat without an end, and what it repeats."""
    for code, value in tree:
        match str(code):
            case "MAX_REPEAT" | "MIN_REPEAT" if value[1] > _LOWEST:
                for alternative in alternatives(value[2]):
                    yield before, alternative
                yield from repeats(list(value[2]), before)
            case "MAX_REPEAT" | "MIN_REPEAT":
                yield from repeats(list(value[2]), before)
            case "SUBPATTERN":
                yield from repeats(list(value[3]), before)
            case "BRANCH":
                for branch in value[1]:
                    yield from repeats(list(branch), before)
        before += _one(str(code), value)


def alternatives(tree: Any) -> set[str]:
    found = {example(tree)}
    for code, value in tree:
        if str(code) == "BRANCH":
            found |= {example(branch) for branch in value[1]}
        if str(code) == "SUBPATTERN":
            found |= alternatives(value[3])
        if str(code) == "IN" and str(value[0][0]) != "NEGATE":
            found |= {_of_set([item]) for item in value}
    return found - {""}


class TooSlow(Exception):
    pass


def takes_too_long(used: Used, text: str) -> bool:
    """Whether the pattern is at work for longer than a line would be, as it is used."""
    pattern = used.pattern
    given: Any = text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text

    def tried() -> None:
        pattern.match(given)
        if not used.at_start:
            deque(pattern.finditer(given), maxlen=0)
        if used.whole:
            pattern.fullmatch(given)

    return overdue(tried)


def overdue(work: Callable[[], object]) -> bool:

    def stop(*_: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        work()
    except TooSlow:
        return True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return False


@pytest.fixture(scope="module")
def known() -> dict[str, Used]:
    return patterns()


def test_a_pattern_that_is_no_line_is_found() -> None:
    for bad in (r"(a+)+$", r"(?:a|a)*b", r"\s*,?\s*x", r"a.*b.*c", r"[a-z]+[a-z0-9]+!", r"\d+\d+x"):
        used = Used(re.compile(bad), whole=True)
        assert any(takes_too_long(used, text) for text in worst(used.pattern, LENGTH)), bad


def test_patterns_of_all_kinds_are_found(known: dict[str, Used]) -> None:
    assert len(known) > 80
    for part in ("sources.foreign '", "dcgm_text '", "catalogue.units '", "sources.text '",
                 "schemes '", "cur '"):  # fmt: skip
        assert any(part in name for name in known), part


def test_a_pattern_takes_time_that_grows_with_the_text_alone(known: dict[str, Used]) -> None:
    slow = [
        (name, text[:60])
        for name, used in known.items()
        for text in worst(used.pattern, _told(BOUNDED, name, LENGTH))
        if takes_too_long(replace(used, at_start=used.at_start or name.startswith(AT_START)),
                          _told(PREPARED, name, str)(text))
    ]  # fmt: skip
    assert slow == []
    for words in (*BOUNDED, *PREPARED, *AT_START):
        assert any(name.startswith(words) for name in known), words


def _told(table: Mapping[str, T], name: str, otherwise: T) -> T:
    return next((value for words, value in table.items() if name.startswith(words)), otherwise)


def test_the_pattern_of_long_numbers_in_json_is_a_line() -> None:
    quote = _quoter(frozenset({"a", "ab"}))
    for unit in ('"a":', '"a" ', '"a":1', '"a":1111111111111111 ', "1", '"ab":-1.', '"', " "):
        for before in ("", '"a":', '"a":11111111111111111'):
            text = (before + unit * LENGTH)[:LENGTH].encode()
            assert not overdue(partial(quote, text)), (before, unit)
