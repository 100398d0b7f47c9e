"""Rows metered in model tokens: how many, in which direction, of which model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from features.catalogue.units import Unit

_TOKEN_WORD: Final = re.compile(r"(?<![a-z])(?:tokens?|tokencount)(?![a-z])")
_INPUT: Final = re.compile(r"(?<![a-z])(?:inputs?|inp|inpt|prompts?|cache|cached|cchd)(?![a-z])")
_OUTPUT: Final = re.compile(
    r"(?<![a-z])(?:outputs?|outp|outpt|opt|completions?|generated|response)(?![a-z])"
)
_MILLION: Final = re.compile(r"\bmillion (?:\w+ ){0,3}tokens?\b")
_THOUSAND: Final = re.compile(r"\bthousand (?:\w+ ){0,3}tokens?\b|\b1k (?:\w+ ){0,3}tokens?\b")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MODEL: Final = re.compile(
    r"(?<![a-z])(?P<family>gpt|claude|gemini|llama|mistral|mixtral|nova|titan|command|deepseek"
    r"|qwen|phi|grok|o[134]|jamba|embed|embedding|kimi|glm)"
    r"(?P<rest>(?:[ .-]?(?:\d+[a-z]?(?:[.]\d+)?[a-z]?|sonnet|opus|haiku|pro|flash|mini|nano|lite"
    r"|turbo|large|small|medium|premier|micro|instruct|chat|coder|r|v))*)(?![a-z])"
)
CONFIDENCE_UNIT: Final = 1.0
CONFIDENCE_TEXT: Final = 0.7


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A row metered in tokens: tokens = ConsumedQuantity x ``factor``."""

    factor: Fraction
    direction: str | None
    model: str | None
    confidence: float


def spell_out(text: str) -> str:
    """Return a SKU text in lower case with joined words taken apart.

    Examples
    --------
    >>> spell_out("USE1-MP:USE1_InputTokenCount-Units")
    'use1 mp:use1 input token count units'
    """
    return re.sub(r"[\s_-]+", " ", _CAMEL.sub(" ", text)).lower().strip()


def read_tokens(unit: Unit, text: str) -> TokenRow | None:
    """Return what a row says of tokens, or None if it is not metered in tokens.

    Parameters
    ----------
    unit
        The consumed unit; a plain count means tokens only where the text speaks of them.
    text
        All SKU texts of the row, each through `spell_out`.
    """
    if unit.measure == "tokens":
        return TokenRow(unit.factor, direction(text), model(text), CONFIDENCE_UNIT)
    if unit.measure != "count" or not _TOKEN_WORD.search(text):
        return None
    if direction(text) is None and model(text) is None:
        return None  # a session token, an API token: nothing a model reads or writes
    factor = unit.factor
    if factor == 1 and _MILLION.search(text):
        factor = Fraction(10**6)
    elif factor == 1 and _THOUSAND.search(text):
        factor = Fraction(10**3)
    return TokenRow(factor, direction(text), model(text), CONFIDENCE_TEXT)


def direction(text: str) -> str | None:
    """Return ``input`` or ``output``, or None where the text says neither or both.

    Tokens read from or written to a prompt cache are input.

    Examples
    --------
    >>> direction("gpt 4o cached inp glbl tokens"), direction("claude output tokens")
    ('input', 'output')
    """
    into, out = _INPUT.search(text) is not None, _OUTPUT.search(text) is not None
    if into == out:
        return None
    return "input" if into else "output"


def model(text: str) -> str | None:
    """Return the model a token SKU names, in one spelling, or None.

    Examples
    --------
    >>> model("use1 claude 3 sonnet input tokens"), model("gpt 4o mini 0718 inp glbl")
    ('claude-3-sonnet', 'gpt-4o-mini-0718')
    """
    found = _MODEL.search(text)
    if found is None:
        return None
    return re.sub(r"[ .-]+", "-", found[0]).strip("-")
