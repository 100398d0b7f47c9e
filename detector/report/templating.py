"""How templates are filled: escaped, printable, bounded, and with the words of a reviewer."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from typing import Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from detector import words
from detector.report import view
from detector.report.compiled import compiled
from detector.report.glossary import LOOKALIKES

#: What no line may break.
_WHOLE: Final = re.compile(r"(\d{4}-\d\d-\d\d|TPP-h|GPU-h)")


def styled() -> dict[str, object]:
    """The style of a page, and its hash for the page's policy."""
    style = files("detector.report").joinpath("templates/style.css").read_text("utf-8")
    return {
        "style": Markup(style),  # noqa: S704 - ours, checked by its hash in the policy
        "style_hash": base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    }


def environment_of(*packages: str) -> Environment:
    """The templates of some packages, the first that has one of a name; what fills them."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        optimized=False,  # so that no filter has a say in what is compiled
        bytecode_cache=compiled(),
    )
    environment.filters |= {
        "figure": words.number,
        "fixed": words.fixed,
        "keep": _unbroken,
        "moment": words.moment,
        "hover": hover,
        "cut": lambda value, limit=words.ID_LIMIT: words.visible(value, limit),
    }
    environment.globals |= {
        "plural": words.plural,
        "link_kind": view.link_kind,
        "lookalikes": LOOKALIKES,
    }
    return environment


def printable(value: object) -> object:
    """Make every value that reaches the page printable and short; autoescape follows."""
    return value if isinstance(value, Markup) else words.visible(value, words.TITLE_LIMIT)


def hover(value: object, limit: int = words.ID_LIMIT) -> Markup:
    """Return a title attribute with the whole of a text that is shown cut, else nothing."""
    whole = words.visible(value, words.TITLE_LIMIT)
    return Markup("") if len(whole) <= limit else Markup(' title="{}"').format(whole)


def _unbroken(text: str) -> Markup:
    """Escape a sentence and keep its units and its dates each on one line."""
    parts = _WHOLE.split(words.visible(text, words.TITLE_LIMIT))
    return Markup("").join(
        Markup('<span class="nowrap">{}</span>').format(part) if at % 2 else part
        for at, part in enumerate(parts)
    )
