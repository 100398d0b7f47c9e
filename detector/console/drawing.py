"""Templates, and what stands on every page: the navigation, who is here, style and script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from detector.cases.reading import READERS
from detector.cases.states import MEANINGS
from detector.console.security import FIELD
from detector.report import words
from detector.typologies import TYPOLOGIES

if TYPE_CHECKING:
    from detector.cases.sessions import Session
    from detector.console.assets import Asset

#: The navigation: a page, its name, and who may go there.
NAVIGATION: Final[tuple[tuple[str, str, frozenset[str]], ...]] = (
    ("/queue", "Queue", frozenset(READERS)),
)


class Drawing:
    """Makes pages; what reaches one is escaped, printable and bounded in length."""

    def __init__(self, assets: Mapping[str, Asset]) -> None:
        self._environment = Environment(
            loader=PackageLoader("detector.console"), autoescape=True, undefined=StrictUndefined,
            finalize=_printable, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        )  # fmt: skip
        self._environment.filters |= {
            "fixed": words.fixed, "moment": words.moment, "one_in": words.one_in,
            "listed": lambda text: words.listing(json.loads(text)) if text else words.NONE,
            "cut": lambda value, limit=words.ID_LIMIT: words.visible(value, limit),
        }  # fmt: skip
        self._environment.globals |= {
            "plural": words.plural, "assets": assets, "token_field": FIELD, "meanings": MEANINGS,
            "typologies": TYPOLOGIES,
        }  # fmt: skip

    def page(
        self, template: str, session: Session | None, path: str, given: Mapping[str, Any]
    ) -> str:
        """The HTML of a page for whoever has this session."""
        roles = frozenset() if session is None else session.actor.roles
        known = {
            "me": None if session is None else session.actor,
            "form_token": "" if session is None else session.form_token,
            "here": path,
            "navigation": [(place, name) for place, name, may in NAVIGATION if may & roles],
        }
        return self._environment.get_template(template).render({**known, **given})


def _printable(value: object) -> object:
    return value if isinstance(value, Markup) else words.visible(value, words.TITLE_LIMIT)
