"""Invented names of people, firms and places; nothing here is anybody's."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.simulate.rng import Ints, mix64

_HEADS: Final = (
    "Vel", "Tor", "Mar", "Kes", "Lum", "Pra", "Sol", "Bri", "Oxa", "Fen", "Gal", "Hum", "Ira",
    "Jov", "Nim", "Quo", "Rus", "Syl", "Tam", "Ulv", "Wen", "Yar", "Zem", "Dov",
)  # fmt: skip
_MIDDLES: Final = (
    "ora", "ime", "esta", "ulo", "anda", "irro", "aque", "obe", "ita", "ure", "elo", "ambi",
    "oste", "ivva", "eddo", "atha",
)  # fmt: skip
_TAILS: Final = (
    "nix", "dell", "ria", "van", "mont", "sk", "lune", "thal", "quist", "berra", "dor", "mei",
    "pax", "rell", "zano", "wick",
)  # fmt: skip
_KINDS: Final = (
    "Systems", "Works", "Partners", "Labs", "Digital", "Studio", "Logic", "Trading", "Data",
    "Media", "Group", "Services", "Research", "Cloud", "Institute", "Networks",
)  # fmt: skip
_STREETS: Final = ("Row", "Lane", "Quay", "Gate", "Avenue", "Street", "Park", "Yard")
PLACES: Final = (
    "US", "DE", "SG", "IN", "BR", "JP", "GB", "FR", "CN", "AE", "ZA", "MX", "KR", "NL", "PL",
    "TR", "VN", "NG", "CA", "AU", "ID", "MY", "IL", "SE",
)  # fmt: skip
CURRENCIES: Final = ("USD", "EUR", "GBP", "CAD", "AUD", "SGD")
RATES: Final = (1.0, 1.09, 1.27, 0.73, 0.66, 0.745)
USE_TEXTS: Final = (
    "Web site and online shop", "Reports for the sales team", "Rendering of short films",
    "Simulations for a research project", "Training of our own models",
    "Serving a model to our users", "Risk calculations", "Servers for a game",
    "Exercises for a course", "Various", "Internal tools", "Backup of office files",
)  # fmt: skip


def words_of(ids: Ints, salt: int) -> list[str]:
    """Return one invented word for each id."""
    bits = mix64(ids, salt)
    head, middle, tail = bits % 24, (bits >> np.uint64(8)) % 16, (bits >> np.uint64(16)) % 16
    return [
        _HEADS[h] + _MIDDLES[m] + _TAILS[t]
        for h, m, t in zip(head.tolist(), middle.tolist(), tail.tolist(), strict=True)
    ]


def firms_of(ids: Ints, salt: int) -> list[str]:
    """Return one invented firm name for each id."""
    kinds = (mix64(ids, salt + 1) % 16).tolist()
    return [f"{word} {_KINDS[kind]}" for word, kind in zip(words_of(ids, salt), kinds, strict=True)]


def domains_of(ids: Ints, salt: int) -> list[str]:
    """Return one domain under ``.example`` for each id."""
    numbers = (mix64(ids, salt + 2) % 997).tolist()
    return [
        f"{word.lower()}{number}.example"
        for word, number in zip(words_of(ids, salt), numbers, strict=True)
    ]


def addresses_of(ids: Ints, salt: int) -> list[str]:
    """Return one invented postal address for each id."""
    bits = mix64(ids, salt + 3)
    numbers, streets = (bits % 240).tolist(), ((bits >> np.uint64(20)) % 8).tolist()
    return [
        f"{number + 1} {word} {_STREETS[street]}"
        for number, word, street in zip(numbers, words_of(ids, salt + 4), streets, strict=True)
    ]
