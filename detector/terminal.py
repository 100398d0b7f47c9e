"""Text from data, made safe for a terminal or a log line.

An account id or a file name may hold escape sequences, line breaks or characters that turn
the direction of reading. A terminal would obey them; here they become visible escapes.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console

# Controls, invisible formats (bidirectional marks among them), lone surrogates, private use,
# line and paragraph separators.
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_PLAIN_WIDTH: Final = 120


def safe_text(value: object, limit: int | None = None) -> str:
    r"""Return `value` as one line of printable text, cut to `limit` characters.

    Parameters
    ----------
    value
        Anything; ``str`` is applied first.
    limit
        Largest number of characters; what is longer ends in an ellipsis. None: no limit.

    Examples
    --------
    >>> safe_text("a\x1b[2Jb\r\nc")
    'a\\x1b[2Jb\\r\\nc'
    >>> safe_text("abcdefgh", limit=5)
    'abcd…'
    """
    text = str(value)
    if limit is not None and len(text) > limit:
        # Cut before escaping too: a field of a megabyte must not be escaped in full.
        text = text[: limit - 1] + "…"
    if not text.isprintable():
        text = "".join(_visible(character) for character in text)
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "…"
    return text


def _visible(character: str) -> str:
    if unicodedata.category(character) in _UNSAFE:
        return character.encode("unicode_escape").decode("ascii")
    return character


def open_console(*, stderr: bool = False) -> Console:
    """Return a console that takes text literally: no markup, no emoji codes, no highlighting.

    Colour is used on a terminal only, and never where ``NO_COLOR`` is set. Where the width is
    unknown (a pipe, a file), lines have 120 columns.
    """
    from rich.console import Console

    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=False)
    if not console.is_terminal and "COLUMNS" not in console._environ:
        console.width = _PLAIN_WIDTH
    return console
