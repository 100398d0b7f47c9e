"""Templates, and what stands on every page: the navigation, who is here, style and script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup, escape

from detector import words
from detector.cases.deciding.states import MEANINGS
from detector.cases.showing.reading import READERS
from detector.console.security import FIELD
from detector.report.templating import environment_of
from detector.typologies import TYPOLOGIES
from features.links.kinds import WORDS

if TYPE_CHECKING:
    from detector.cases.team.sessions import Session
    from detector.console.assets import Asset

_LINE: Final = 20_000

_OF_LETTERS: Final = frozenset({"reviewer", "lead", "letters", "counsel", "auditor"})
#: The navigation: a page, its name, and who may go there.
NAVIGATION: Final[tuple[tuple[str, str, frozenset[str]], ...]] = (
    ("/queue", "Queue", frozenset(READERS)),
    ("/second", "Second", frozenset({"reviewer", "lead"})),
    ("/disputed", "Disputed", frozenset({"lead"})),
    ("/letters", "Letters", _OF_LETTERS),
    ("/appeals", "Appeals", _OF_LETTERS),
    ("/suppressors", "Suppressors", _OF_LETTERS),
    ("/proposals", "Merges", frozenset({"lead", "auditor"})),
    ("/quality", "Quality", frozenset({"reviewer", "lead", "counsel", "auditor"})),
    ("/packs", "Packs", frozenset({"counsel", "auditor"})),
    ("/retention", "Retention", frozenset({"counsel", "auditor"})),
    ("/audit", "Audit", frozenset({"lead", "auditor"})),
    ("/admin", "Administration", frozenset({"admin"})),
)


def front_of(roles: frozenset[str]) -> str:
    """The first page that somebody may see."""
    return next((place for place, _, may in NAVIGATION if may & roles), "/me")


class Drawing:
    """Makes pages; what reaches one is escaped, printable and bounded in length."""

    def __init__(self, assets: Mapping[str, Asset], *, rehearsal: bool = False) -> None:
        self._environment = environment_of("detector.console", "detector.report")
        self._environment.filters |= {
            "one_in": words.one_in, "text": words_of, "said": said, "whole": whole,
            "listed": lambda text: words.listing(json.loads(text)) if text else words.NONE,
            "ties": ties_in_words,
        }  # fmt: skip
        self._environment.globals |= {
            "assets": assets, "token_field": FIELD, "meanings": MEANINGS,
            "typologies": TYPOLOGIES, "rehearsal": rehearsal,
        }  # fmt: skip

    def page(
        self, template: str, session: Session | None, path: str, given: Mapping[str, Any]
    ) -> str:
        """The HTML of a page for whoever has this session."""
        roles = frozenset() if session is None else session.actor.roles
        known = {
            "me": None if session is None else session.actor,
            "form_token": "" if session is None else session.form_token,
            "here": next((place for place, _, _ in NAVIGATION if _is_below(path, place)), path),
            "navigation": [(place, name) for place, name, may in NAVIGATION if may & roles],
        }
        return self._environment.get_template(template).render({**known, **given})


def ties_in_words(text: str | None) -> str:
    """The kinds of tie of an account or a case, as its row holds them, in words.

    >>> ties_in_words('["form_text", "payment"]')
    'form text and means of payment'
    """
    kinds = json.loads(text) if text else []
    return words.listing([WORDS.get(kind, kind) for kind in kinds]) if kinds else words.NONE


def words_of(name: object) -> str:
    """A word of the tables as people write it.

    Examples
    --------
    >>> words_of("confirmed_proxy"), words_of(None)
    ('confirmed proxy', '–')
    """
    return words.NONE if name in (None, "") else words.visible(name, 60).replace("_", " ")


def _is_below(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")


def whole(text: object) -> Markup:
    """What a field of a form is filled with: as it was typed, never markup."""
    return escape(str(text))


def said(text: object) -> Markup:
    """What a person wrote, line by line and whole: text, never markup."""
    lines = str(text).replace("\r\n", "\n").split("\n")
    return Markup("\n").join(words.visible(line, _LINE) for line in lines)
