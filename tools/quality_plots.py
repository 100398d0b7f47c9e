"""Plots of docs/own-make.md as SVG files; matplotlib is imported here alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

DETECTOR = "enduse"
CEILING = "supervised ceiling"
CEILING_RINGS = "supervised ceiling, with our rings"
OWN, OTHER, TOP = "#1f5fa8", "#9aa5b1", "#c9a227"
Results = dict[str, Any]


def draw_plots(results: Results, folder: Path) -> dict[str, str]:
    """Draw what the figures allow; returns file names with a sentence each."""
    folder.mkdir(parents=True, exist_ok=True)
    mpl.rcParams.update({"svg.hashsalt": "enduse", "svg.fonttype": "none", "font.size": 9})
    images: dict[str, str] = {}
    if "standard" in results["presets"]:
        methods(results["presets"]["standard"], folder / "quality-methods.svg")
        images["quality-methods.svg"] = "Rings found on standard, by method"
        typologies(results["presets"]["standard"][DETECTOR], folder / "quality-typologies.svg")
        images["quality-typologies.svg"] = "Rings found on standard, by typology"
    presets(results["presets"], folder / "quality-presets.svg")
    images["quality-presets.svg"] = "Average precision by preset"
    if results.get("replay"):
        weeks(results["replay"], folder / "quality-weeks.svg")
        images["quality-weeks.svg"] = "Rings found week by week"
    return images


def save(figure: Any, path: Path) -> None:
    figure.savefig(path, format="svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)


def methods(table: Results, path: Path) -> None:
    names = sorted(table, key=lambda name: table[name]["ring_recall"] or 0)
    values = [table[name]["ring_recall"] or 0 for name in names]
    spans = [table[name]["ci90"]["ring_recall"] or [0, 0] for name in names]
    below = [max(v - low, 0) for v, (low, _) in zip(values, spans, strict=True)]
    above = [max(high - v, 0) for v, (_, high) in zip(values, spans, strict=True)]
    figure, axes = plt.subplots(figsize=(7, 0.32 * len(names) + 0.8))
    axes.barh(names, values, xerr=[below, above], color=[colour(n) for n in names], capsize=2)
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of planted rings found within capacity (90 % interval)")
    save(figure, path)


def colour(name: str) -> str:
    return OWN if name == DETECTOR else TOP if name in (CEILING, CEILING_RINGS) else OTHER


def typologies(own: Results, path: Path) -> None:
    shares = own["ring_recall_by_typology"]
    names = [f"{t} ({own['rings_by_typology'][t]})" for t in shares]
    figure, axes = plt.subplots(figsize=(7, 2.6))
    axes.bar(names, list(shares.values()), color=OWN)
    axes.set_ylim(0, 1)
    axes.set_ylabel("rings found")
    axes.tick_params(axis="x", rotation=60)
    save(figure, path)


def presets(tables: Results, path: Path) -> None:
    shown = {n: t for n, t in tables.items() if t[DETECTOR]["average_precision"] is not None}
    rows = range(len(shown))
    best = [
        max(r["average_precision"] for m, r in t.items() if colour(m) == OTHER)
        for t in shown.values()
    ]
    series = (
        ("enduse", [t[DETECTOR]["average_precision"] for t in shown.values()], OWN, "o"),
        ("best baseline", best, OTHER, "s"),
        ("supervised ceiling", [t[CEILING]["average_precision"] for t in shown.values()], TOP, "^"),
    )
    figure, axes = plt.subplots(figsize=(7, 0.28 * len(shown) + 1))
    for label, values, tone, mark in series:
        axes.plot(values, rows, mark, color=tone, label=label)
    axes.set_yticks(list(rows), list(shown))
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.grid(axis="y", alpha=0.3)
    axes.set_xlabel("average precision over accounts")
    axes.legend(loc="lower right")
    save(figure, path)


def weeks(replays: Results, path: Path) -> None:
    figure, axes = plt.subplots(figsize=(7, 2.6))
    for preset, found in replays.items():
        days = list(found["found_by_week"])
        axes.plot(days, list(found["found_by_week"].values()), "o-", label=preset)
    axes.set_ylim(0, 1)
    axes.set_ylabel("rings found")
    axes.tick_params(axis="x", rotation=30)
    axes.legend()
    save(figure, path)
