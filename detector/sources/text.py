"""Text from outside, made fit for a message or a quarantine row.

Nothing a file contains reaches a terminal, a log or an error raw: control and direction
characters are escaped, secrets are cut out, and the length is bounded.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SECRETS: Final = (
    r"-----BEGIN[A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END[A-Z ]{0,40}PRIVATE KEY-----|$)",
    r"(?:AKIA|ASIA|AGPA|AROA|AIDA|ANPA|ABIA|ACCA)[A-Z0-9]{12,}",
    r"\b[sr]k[-_][A-Za-z0-9_-]{8,}",
    r"\b(?:gh[pousr]|github_pat|glpat|xox[abprs]|hf)[_-][A-Za-z0-9_-]{8,}",
    r"\bAIza[A-Za-z0-9_-]{20,}",
    r"\bya29\.[A-Za-z0-9._-]{8,}",
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?",
    r"(?i:\b(?:authorization\s*[:=]\s*)?(?:bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,})",
    r"(?i:(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|authorization|"
    r"private[_-]?key|signature|\bsig)\\?[\"']?\s*[=:]\s*\\?[\"']?[^\s\"',;&}\\]{4,})",
)
_SECRET: Final = re.compile("|".join(f"(?:{pattern})" for pattern in _SECRETS))
REDACTED: Final = "[removed]"
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def scrub(text: str) -> str:
    """Cut secrets out of a text: cloud and API keys, bearer tokens, passwords, private keys.

    >>> scrub("key=AKIAIOSFODNN7EXAMPLE; Authorization: Bearer abc.def.ghi")
    'key=[removed]; [removed]'
    """
    return _SECRET.sub(REDACTED, text)


def printable(text: str, limit: int = 200) -> str:
    r"""Make a text safe to show: no control characters, no secrets, bounded.

    >>> printable("a\x1b[31m\u202eb")
    'a\\x1b[31m\\u202eb'
    """
    cut = scrub(text[: 4 * limit])
    shown = "".join(
        c if unicodedata.category(c) not in _HIDDEN else _escape(c) for c in cut[:limit]
    )
    return shown + ("…" if len(cut) > limit else "")


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
