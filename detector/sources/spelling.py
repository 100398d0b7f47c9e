"""Ids that mean the same and are written in different ways, and texts that mean no id at all."""

from __future__ import annotations

from typing import Final

import polars as pl

_LETTERS: Final = r"[^0-9A-Za-z]"
_BLANK: Final = "[\\s\u00ad\u200b-\u200f\u2060\ufeff]+"
_MARKS: Final = "'\"`=(){}[]<>/"
_PREFIX: Final = (
    r"^(?:providers/[^/]+/)?"
    r"(?:subscriptions|projects|organizations|folders|billingaccounts|accounts)/"
)
_ARN: Final = r"^arn:[a-z-]+:[a-z0-9-]*:[a-z0-9-]*:(\d{12})(?::.*)?$"
_FLOAT: Final = r"^(\d+)[.,]0+$"
_GROUPS: Final = r"^(?:\d{4}-\d{4}-\d{4}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
_ZEROS: Final = r"^0+(\d+)$"
_NUMBER: Final = r"^(\d)(?:[.,](\d+))?[eE]\+?0*(\d{1,2})$"
_SURELY: Final = r"^\d(?:[.,]\d+[eE]\+?|[eE]\+)\d{1,3}$"
"""``1E5`` may be an id of letters and digits; with a point or a plus it is a number."""
_EXACT: Final = 15
"""Digits that a spreadsheet keeps of a number; it writes zeros for the others."""
_NULLS: Final = [
    "null", "none", "nil", "nan", "nat", "na", "n/a", "#n/a", "n.a.", "not available",
    "not applicable", "unknown", "undefined", "unspecified", "unassigned", "missing", "empty",
    "blank", "void", "tbd", "?", "??", "???", "-", "--", "---", "\u2013", "\u2014", "_", ".", "\\n",
    "#value!", "#ref!", "#name?", "#null!", "[object object]", "default", "anonymous",
]  # fmt: skip
_NOTHING: Final = r"^[0-]*$"


def folded(ids: pl.Expr) -> pl.Expr:
    """What an id is without case, white space, quotes, well-known prefixes and leading zeros."""
    plain = ids.str.replace(_ZEROS, "$1")
    lower = ids.str.normalize("NFKC").str.to_lowercase().str.replace_all(_BLANK, "")
    bare = lower.str.strip_chars(_MARKS).str.replace(_PREFIX, "").str.replace(_ARN, "$1")
    whole = bare.str.replace(_FLOAT, "$1")
    grouped = pl.when(whole.str.contains(_GROUPS)).then(
        whole.str.replace_all("-", "", literal=True)
    )
    return (
        pl.when(ids.str.contains(_LETTERS))
        .then(grouped.otherwise(whole).str.replace(_ZEROS, "$1"))
        .otherwise(plain.str.to_lowercase())
    )


def null_like(ids: pl.Series) -> pl.Series:
    """Whether a text says that there is no id: ``null``, ``n/a``, ``-``, nothing but zeros."""
    # Nearly all ids have a digit that is not zero; the others are looked at closely.
    told = ids.str.contains("[1-9]")
    if told.all():
        return ~told
    text = pl.col("id").str.strip_chars().str.strip_chars("<>()'\"").str.to_lowercase()
    says = text.is_in(_NULLS) | text.str.contains(_NOTHING)
    return pl.DataFrame({"id": ids, "told": told}).select(~pl.col("told") & says).to_series()


def _alike(ids: pl.Series) -> pl.DataFrame:
    """Ids that may be the same in another spelling; what is left out certainly is not.

    Of an id of letters, digits and strokes the letters and digits are enough to tell that, and
    take a tenth of the time.
    """
    odd = ids.str.contains(r"[^0-9A-Za-z-]")
    rows = pl.DataFrame({"id": ids})
    keys = pl.concat([rows.filter(~odd), rows.filter(odd).select(id=folded(pl.col("id")))])
    letters = keys["id"].str.to_lowercase().str.replace_all("-", "", literal=True)
    again = letters.str.strip_chars_start("0").hash().is_duplicated()
    return pl.concat([rows.filter(~odd), rows.filter(odd)]).filter(again)


def twins(ids: pl.Series, known: pl.Series) -> pl.DataFrame:
    """Ids of which another one is the same in another spelling.

    Returns
    -------
    pl.DataFrame
        ``id``; ``other``, another spelling, a known one where there is one; ``known``, whether
        this one is; ``both``, whether another one is known too.
    """
    rows = _alike(ids).with_columns(key=folded(pl.col("id")))
    rows = rows.filter(pl.col("key").is_duplicated())
    rows = rows.with_columns(known=pl.col("id").is_in(known.implode()))
    pairs = rows.join(rows.select("key", other="id", both="known"), on="key")
    pairs = pairs.filter(pl.col("id") != pl.col("other"))
    first = pairs.sort("id", "both", "other", descending=[False, True, False])
    return first.unique("id", keep="first", maintain_order=True).select(
        "id", "other", "known", "both"
    )


def rewritten(ids: pl.Series, known: pl.Series) -> pl.DataFrame:
    """Ids that a spreadsheet wrote anew: ``1.23457E+11``, or zeros from the 16th digit on.

    Returns
    -------
    pl.DataFrame
        ``id``, and in ``other`` an id that it may have been, or null.
    """
    numbers = _numbers(pl.DataFrame({"id": ids.filter(ids.str.contains(_SURELY))}))
    found = [_cut(ids.filter(ids.str.len_bytes() > _EXACT), known)]
    if numbers.height:
        found.append(_meant(numbers, _digits(ids)))
    first = pl.concat(found).sort("id", "other", nulls_last=True)
    return first.unique("id", keep="first", maintain_order=True)


def _digits(ids: pl.Series) -> pl.DataFrame:
    """Ids that are numbers, with their figures from the first that is not zero."""
    rows = pl.DataFrame({"id": ids.filter(ids.str.contains(r"^\d+$"))})
    return rows.with_columns(figures=pl.col("id").str.replace(_ZEROS, "$1"))


def _numbers(rows: pl.DataFrame) -> pl.DataFrame:
    """The digits that are left, and how many there were."""
    parts = pl.col("id").str.extract_groups(_NUMBER).struct
    named = rows.with_columns(
        left=pl.concat_str(parts.field("1"), parts.field("2").fill_null("")),
        length=parts.field("3").cast(pl.Int64, strict=False) + 1,
    )
    return named.select("id", "left", "length")


def _meant(numbers: pl.DataFrame, digits: pl.DataFrame) -> pl.DataFrame:
    """Each number with an id of digits that it is when rounded to the digits that are left."""
    found = [numbers.select("id", other=pl.lit(None, dtype=pl.String))]
    forms = numbers.select("length", kept=pl.col("left").str.len_bytes()).unique().drop_nulls()
    figures = pl.col("figures")
    # One look over all ids for each form of number; there are few.
    for length, kept in forms.sort("length", "kept").head(32).iter_rows():
        wide = digits.filter(figures.str.len_bytes() == length)
        short = figures.str.slice(0, kept)
        up = (figures.str.slice(kept, 1) >= "5") & (figures.str.len_bytes() > kept)
        number = short.cast(pl.Int128, strict=False)
        rounded = (number + up.fill_null(value=False).cast(pl.Int128)).cast(pl.String)
        each = wide.select(other="id", left=short, more=rounded)
        either = pl.concat([each.select("other", "left"), each.select("other", left="more")])
        found.append(
            numbers.filter(pl.col("length") == length).join(either, on="left").select("id", "other")
        )
    return pl.concat(found)


def _cut(ids: pl.Series, known: pl.Series) -> pl.DataFrame:
    """Long ids that end in zeros where a known one (or an unknown one) has other digits."""
    figures = pl.col("figures")
    long = _digits(ids).filter(figures.str.len_bytes() > _EXACT).select(
        "id", head=figures.str.slice(0, _EXACT), length=figures.str.len_bytes(),
        zeros=figures.str.slice(_EXACT).str.contains("^0+$"),
    )  # fmt: skip
    if not long["zeros"].any():
        return pl.DataFrame(schema={"id": pl.String, "other": pl.String})
    long = long.with_columns(known=pl.col("id").is_in(known.implode()))
    pairs = long.filter("zeros").join(
        long.filter(~pl.col("zeros")), on=["head", "length"], suffix="_other"
    )
    across = pairs.filter(pl.col("known") != pl.col("known_other"))
    return across.select("id", other="id_other")
