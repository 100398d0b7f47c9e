"""SVG as text: every attribute and every word escaped, every coordinate short."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

from detector.words import visible


def element(name: str, *children: str | Markup, **attributes: object) -> Markup:
    """Return one element; a trailing or inner ``_`` of an attribute's name becomes ``-``.

    Examples
    --------
    >>> element("rect", class_="bar", width=12.50)
    Markup('<rect class="bar" width="12.5"/>')
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(
        child if isinstance(child, Markup) else visible(child, 600) for child in children
    )
    return Markup(f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>")  # noqa: S704


def _value(value: object) -> Markup:
    return escape(short(value) if isinstance(value, float) else value)


def short(value: float) -> str:
    """Return a coordinate with at most one decimal.

    Examples
    --------
    >>> short(12.0), short(3.14159), short(-0.01)
    ('12', '3.1', '0')
    """
    text = f"{value:.1f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def drawing(
    ident: str, width: float, height: float, title: str, description: str, *parts: Markup
) -> Markup:
    """Return a whole drawing that a screen reader announces by title and description."""
    return element(
        "svg",
        element("title", visible(title, 200), id=f"{ident}-t"),
        element("desc", visible(description, 600), id=f"{ident}-d"),
        *parts,
        role="img",
        aria_labelledby=f"{ident}-t {ident}-d",
        viewBox=f"0 0 {short(width)} {short(height)}",
        class_="drawing",
        width=width,
        height=height,
    )


def label(x: float, y: float, words: str, *, anchor: str | None = None, style: str = "t") -> Markup:
    """Return text at a place; `anchor` is ``end`` or ``middle`` where it is not ``start``."""
    return element("text", words, x=x, y=y, text_anchor=anchor, class_=style)


def name(x: float, y: float, words: str, limit: int) -> Markup:
    """Return an id that ends at a place, cut to `limit`, the longer one shown on hovering."""
    cut, whole = visible(words, limit), visible(words, 120)
    more = [] if cut == whole else [element("title", whole)]
    return element("text", cut, *more, x=x, y=y, text_anchor="end", class_="t")


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> Markup:
    """Return a straight line."""
    return element("path", d=f"M{short(x1)} {short(y1)}L{short(x2)} {short(y2)}", class_=style)


def steps(values: Iterable[float], left: float, base: float, step: float, scale: float) -> str:
    """Return the path of bars without gaps: one step a value, standing on `base`.

    Runs of equal height are drawn as one, so that an idle account costs a few bytes.
    """
    path, height, run = [f"M{short(left)} {short(base)}"], 0.0, 0.0
    for value in values:
        new = round(value * scale, 1)
        if new != height:
            path.append(_along(run, step))
            path.append(f"v{short(height - new)}")
            height, run = new, 0.0
        run += 1
    path.append(_along(run, step))
    path.append(f"v{short(height)}z" if height else "z")
    return "".join(path)


def _along(run: float, step: float) -> str:
    return f"h{run * step:.2f}".rstrip("0").rstrip(".") if run else ""
