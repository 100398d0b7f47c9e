"""Templates of letters: plain text, a closed set of fields, one folder a language.

A site that wants its own wording, or another language, keeps a folder ``templates/LANGUAGE``
beside ``cases.db``; a file there stands in place of the shipped one.

============================ ================================================================
``rfi.j2`` and its like      one for each kind of letter
``phrases.csv``              name and text: sentences that letters are made with
``questions.csv``            typology and text: what is asked; in English they are shipped with
                             the typologies, another language brings its own
``accusing.csv``             words that no such letter may have, beside the English ones
============================ ================================================================
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from detector.cases.errors import Refused
from detector.cases.record.chain import sha256
from detector.terminal import safe_text
from detector.typologies import TYPOLOGIES, asked_of_holder

ENGLISH: Final = "en"
KINDS: Final = ("rfi", "victim_notice", "statement_of_reasons", "appeal_outcome")
_COMMON: Final = ("account", "reference", "date")
#: The fields of each kind: a template may use these and no others.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "rfi": (*_COMMON, "questions", "note", "reply_by"),
    "victim_notice": (*_COMMON, "questions", "note", "reply_by"),
    "statement_of_reasons": (*_COMMON, "measure", "duration", "facts", "found_by", "automation",
                             "ground", "redress"),
    "appeal_outcome": (*_COMMON, "accounts", "received", "decision", "reasons", "redress"),
}  # fmt: skip
#: What must stand in the text of each kind, and what it tells the holder. Those of a statement
#: follow Regulation (EU) 2022/2065, article 17(3)(a) to (f), as secondary texts told it in
#: November 2026: unverified, for counsel to read at its source.
PARTS: Final[Mapping[str, Mapping[str, str]]] = {
    "rfi": {"questions": "what is asked", "reply_by": "until when to answer"},
    "victim_notice": {"questions": "what is asked", "reply_by": "until when to answer"},
    "statement_of_reasons": {
        "measure": "what was done", "duration": "for how long",
        "facts": "the facts relied on", "found_by": "whether found by own means or a notice",
        "automation": "the use of automation", "ground": "the ground in law or contract",
        "redress": "how to object",
    },
    "appeal_outcome": {
        "decision": "what was decided", "reasons": "why", "redress": "what the holder can do",
    },
}  # fmt: skip
LONGEST: Final = 20_000
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?")

Field = str | tuple[str, ...]


@dataclass(frozen=True)
class Templates:
    """The shipped templates, and a site's own in their place where it has any.

    Attributes
    ----------
    site
        A folder with a folder for each language; None for the shipped ones alone.
    """

    site: Path | None = None

    @classmethod
    def beside(cls, folder: Path) -> Templates:
        """Those of a folder of cases."""
        return cls(folder / "templates")

    def languages(self) -> list[str]:
        """The languages that there are templates for."""
        own = self.site.iterdir() if self.site is not None and self.site.is_dir() else ()
        named = {path.name for path in own if path.is_dir() and _LANGUAGE.fullmatch(path.name)}
        return sorted({ENGLISH, *named})

    def all(self) -> list[tuple[str, str]]:
        """Kind and language of every template there is."""
        return [
            (kind, language) for language in self.languages() for kind in KINDS
            if self._read(language, f"{kind}.j2") is not None
        ]  # fmt: skip

    def source(self, kind: str, language: str) -> str:
        """The text of a template.

        Raises
        ------
        Refused
            Where there is no such kind, or the language has none.
        """
        if kind not in KINDS:
            raise Refused(f"{kind!r} is no kind of letter; expected one of {', '.join(KINDS)}")
        text = self._read(language, f"{kind}.j2")
        if text is None:
            raise Refused(
                f"there is no template of {kind} in {language!r}; there are templates in "
                f"{', '.join(self.languages())}"
            )
        return text

    def digest(self, kind: str, language: str) -> str:
        """What counsel approves: the SHA-256 of a template and of the sentences in it."""
        phrases = self._read(language, "phrases.csv") or ""
        return sha256(f"{self.source(kind, language)}\0{phrases}")

    def phrase(self, name: str, language: str) -> str:
        """A sentence that letters are made with.

        Raises
        ------
        Refused
            Where the language lacks it.
        """
        found = {row["name"]: row["text"] for row in self._rows(language, "phrases.csv", "name")}
        if not found.get(name):
            raise Refused(f"phrases.csv of language {language!r} lacks {name!r}; add a row for it")
        return found[name]

    def questions(self, typology: str | None, language: str) -> tuple[str, ...]:
        """What the holder is asked, by typology.

        Raises
        ------
        Refused
            Where the language has no questions.
        """
        rows = list(self._rows(language, "questions.csv", "typology"))
        if not rows and language == ENGLISH:
            return tuple(asked_of_holder(TYPOLOGIES.get(typology or "")))
        asked = [row["text"] for row in rows if row["typology"] in (typology, "")]
        if not asked:
            raise Refused(
                f"language {language!r} has no questions of {typology or 'any typology'}; add rows "
                "(typology, text) to its questions.csv; a row without typology is always asked"
            )
        return tuple(asked)

    def accusing(self, language: str) -> list[str]:
        """The language's own words that accuse."""
        return [row["word"] for row in self._rows(language, "accusing.csv", "word") if row["word"]]

    def render(self, kind: str, language: str, fields: Mapping[str, Field]) -> str:
        """A letter as text: what comes from people and data is made harmless, lines stay lines.

        Raises
        ------
        Refused
            Where the template uses what is no field of the kind, or cannot be filled.
        """
        from jinja2 import StrictUndefined, TemplateError
        from jinja2.sandbox import SandboxedEnvironment

        # Plain text: nothing of it is ever shown as HTML without being escaped there.
        made = SandboxedEnvironment(
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
            keep_trailing_newline=True, autoescape=False,
        )  # fmt: skip
        held: dict[str, Any] = {
            name: harmless(value) if isinstance(value, str) else tuple(map(harmless, value))
            for name, value in fields.items()
        }
        try:
            text = made.from_string(self.source(kind, language)).render(held)
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise Refused(
                f"the template of {kind} in {language!r} cannot be filled: {error}; its fields are "
                f"{', '.join(FIELDS[kind])}"
            ) from error
        if len(text) > LONGEST:
            raise Refused(f"a letter has at most {LONGEST} characters, and this has {len(text)}")
        return text

    def _read(self, language: str, name: str) -> str | None:
        if not _LANGUAGE.fullmatch(language):
            raise Refused(f"{language!r} is no language; write it like en or pt-BR")
        own = None if self.site is None else self.site / language / name
        try:
            if own is not None and own.is_file():
                return own.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(f"'{own}' cannot be read: {error}; mend it or take it away") from error
        shipped = files("detector.cases.contact").joinpath("templates", language, name)
        return shipped.read_text(encoding="utf-8") if shipped.is_file() else None

    def _rows(self, language: str, name: str, key: str) -> Iterator[dict[str, str]]:
        text = self._read(language, name)
        for row in csv.DictReader((text or "").splitlines()):
            if key not in row or None in row or None in row.values():
                raise Refused(f"{name} of language {language!r} has a row without {key}; mend it")
            yield row


#: The shipped templates alone.
SHIPPED: Final = Templates()


def harmless(text: str) -> str:
    r"""Text from people or data: no control, no bidirectional mark, as many lines as before.

    >>> harmless("a\x1b[2J\r\nb\u202ec")
    'a\\x1b[2J\nb\\u202ec'
    """
    return "\n".join(safe_text(line.expandtabs(4)) for line in text.strip().splitlines())
