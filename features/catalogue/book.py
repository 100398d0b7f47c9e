"""The catalogue: loaded once, passed in, asked by features and policy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import polars as pl

from features.catalogue import tables
from features.catalogue.errors import CatalogueError
from features.catalogue.formula import CONTROLLED
from features.catalogue.matching import ROW_COLUMNS, Index, Instance, Mapped, map_row
from features.catalogue.tables import Row
from features.catalogue.words import instance_key, model_keys

_SHORT_NAME: Final = 3
# Combinations of texts that are remembered, and how long they may be: a bound on memory.
_KEPT: Final = 1 << 15
_KEPT_CHARS: Final = 1_000

MAPPED_SCHEMA: Final[dict[str, pl.DataType]] = {
    "kind": pl.String(), "gpu_model": pl.String(), "gpu_part": pl.String(),
    "instance_type": pl.String(), "gpu_num": pl.Int64(), "gpu_den": pl.Int64(),
    "token_num": pl.Int64(), "token_den": pl.Int64(), "token_direction": pl.String(),
    "model_hint": pl.String(), "mapping_confidence": pl.Float64(), "mapped_by": pl.String(),
    "unknown_instance": pl.Boolean(), "timeless": pl.Boolean(),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Instance types and GPU specifications, each figure with its source.

    Attributes
    ----------
    instances
        One row per instance type: cloud, instance_type, aliases, gpu_model, gpu_part, gpu_num,
        gpu_den (GPUs as a fraction), total_memory_gb, source, source_date, status.
    gpus
        One row per gpu_model, the figures of its largest part: vendor, memory_gb, tpp,
        performance_density, class_3a090, controlled, source, source_date, status.
    parts
        The same for every part (A100-40GB, H100-PCIe …), with gpu_model and gpu_part.
    version
        Hash of the content: the same for the same rows in any order.
    """

    instances: pl.DataFrame
    gpus: pl.DataFrame
    parts: pl.DataFrame
    version: str
    _index: Index = field(repr=False, compare=False)
    _read: dict[tuple[str | None, ...], tuple[Any, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def load(cls, override: Path | None = None) -> Catalogue:
        """Load the catalogue that ships with the package.

        Parameters
        ----------
        override
            A CSV file with the columns of ``instances.csv`` or ``gpus.csv``, or a folder of
            such files; its rows replace the rows of the same key or are added.

        Raises
        ------
        CatalogueError
            If a file cannot be read or the rows contradict each other.
        """
        if override is None:
            return _as_shipped()
        rows = {t: _shipped(t) for t in (tables.GPU_COLUMNS, tables.INSTANCE_COLUMNS)}
        for path in _override_files(override):
            columns, changes = tables.read_file(path)
            rows[columns] = tables.merge(rows[columns], changes, _key(columns))
        return cls._of(rows[tables.GPU_COLUMNS], rows[tables.INSTANCE_COLUMNS])

    @classmethod
    def _of(cls, gpus: list[Row], instances: list[Row]) -> Catalogue:
        parts = {r["part"].lower(): tables.check_gpu(r) for r in gpus}
        checked = [tables.check_instance(r, parts) for r in instances]
        every_part = _parts_frame(parts.values())
        return cls(
            instances=_instances_frame(checked, parts),
            gpus=_gpus_frame(every_part),
            parts=every_part,
            version=_content_hash([*parts.values(), *checked]),
            _index=_index(parts, checked),
        )

    def tpp(self, model: str) -> int | None:
        """Return the total processing performance of one GPU of a model or part.

        None where no figure is published; TPP-hours = GPU-hours x TPP.

        Raises
        ------
        CatalogueError
            If the catalogue has no such model or part.
        """
        tpp = self._specification(model)["tpp"]
        return None if tpp is None else int(tpp)

    def controlled(self, model: str) -> bool:
        """Whether a model or part is in class 3A090.a or .b by formula; see `tpp`."""
        return bool(self._specification(model)["controlled"])

    def _specification(self, model: str) -> dict[str, Any]:
        for frame, column in ((self.gpus, "gpu_model"), (self.parts, "gpu_part")):
            found = frame.filter(pl.col(column) == model)
            if found.height:
                return found.row(0, named=True)
        raise CatalogueError(
            f"no GPU {model!r} in the catalogue; expected one of "
            f"{', '.join(self.gpus['gpu_model'])}"
        )

    def map_skus(self, skus: pl.DataFrame) -> pl.DataFrame:
        """Map the unique SKU texts of usage rows to GPU-hours and tokens.

        Parameters
        ----------
        skus
            Nullable string columns SkuPriceDetails (JSON), SkuMeter, ResourceType,
            ChargeDescription, SkuId, ConsumedUnit, ServiceName, ServiceCategory; others are
            kept. Give unique combinations: the cost is per row.

        Returns
        -------
        pl.DataFrame
            The same rows in the same order and the columns of `MAPPED_SCHEMA`. Exactly,
            GPU-hours = ConsumedQuantity x gpu_num / gpu_den, and tokens likewise.

        Raises
        ------
        CatalogueError
            If one of the columns is missing.
        """
        missing = [c for c in ROW_COLUMNS if c not in skus.columns]
        if missing:
            raise CatalogueError(
                f"map_skus: the frame lacks {', '.join(missing)}; add them as null columns"
            )
        texts = skus.select(pl.col(ROW_COLUMNS).cast(pl.String))
        mapped = [self._mapped(row) for row in texts.iter_rows()]
        added = pl.DataFrame(mapped, schema=MAPPED_SCHEMA, orient="row")
        return skus.drop(MAPPED_SCHEMA.keys(), strict=False).hstack(added)

    def _mapped(self, texts: tuple[str | None, ...]) -> tuple[Any, ...]:
        """What a combination of texts is; the same few come again in every part of a table."""
        found = self._read.get(texts)
        if found is None:
            found = _flat(map_row(dict(zip(ROW_COLUMNS, texts, strict=True)), self._index))
            if len(self._read) < _KEPT and sum(len(t or "") for t in texts) <= _KEPT_CHARS:
                self._read[texts] = found
        return found


def _key(columns: tuple[str, ...]) -> tuple[str, ...]:
    return ("part",) if columns == tables.GPU_COLUMNS else ("cloud", "instance_type")


@cache
def _as_shipped() -> Catalogue:
    """The catalogue of the package's own files, which stay as they are: checked once a process."""
    return Catalogue._of(_shipped(tables.GPU_COLUMNS), _shipped(tables.INSTANCE_COLUMNS))


def _shipped(columns: tuple[str, ...]) -> list[Row]:
    name = "gpus.csv" if columns == tables.GPU_COLUMNS else "instances.csv"
    text = resources.files("features.catalogue").joinpath(name).read_text(encoding="utf-8")
    found, rows = tables.read_rows(text, name)
    keys = [tuple(r[k].lower() for k in _key(found)) for r in rows]
    if len(set(keys)) != len(keys):
        twice = sorted({k for k in keys if keys.count(k) > 1})
        raise CatalogueError(f"{name}: {twice[0]} stands there twice; leave one row")
    return tables.merge([], rows, _key(found))


def _override_files(override: Path) -> list[Path]:
    if not override.is_dir():
        return [override]
    files = sorted(override.glob("*.csv"))
    if not files:
        raise CatalogueError(f"the catalogue override {override} is a folder without a .csv file")
    return files


def _optional_float(text: str) -> float | None:
    return float(text) if text else None


def _parts_frame(rows: Iterable[Row]) -> pl.DataFrame:
    records = [
        {
            "gpu_model": r["gpu_model"],
            "gpu_part": r["part"],
            "vendor": r["vendor"],
            "memory_gb": _optional_float(r["memory_gb"]),
            "memory_bandwidth_gbs": _optional_float(r["memory_bandwidth_gbs"]),
            "tpp": int(r["tpp"]) if r["tpp"] else None,
            "performance_density": _optional_float(r["performance_density"]),
            "class_3a090": r["class_3a090"],
            "controlled": r["class_3a090"] in CONTROLLED,
            "datacenter": r["datacenter"] == "true",
            "note": r["note"] or None,
            "source": r["source"] or None,
            "source_date": r["source_date"] or None,
            "status": r["status"],
        }
        for r in rows
    ]
    schema = {
        "gpu_model": pl.String, "gpu_part": pl.String, "vendor": pl.String,
        "memory_gb": pl.Float64, "memory_bandwidth_gbs": pl.Float64, "tpp": pl.Int64,
        "performance_density": pl.Float64, "class_3a090": pl.String, "controlled": pl.Boolean,
        "datacenter": pl.Boolean,
        "note": pl.String, "source": pl.String, "source_date": pl.String, "status": pl.String,
    }  # fmt: skip
    return pl.DataFrame(records, schema=schema).sort("gpu_model", "gpu_part")


def _gpus_frame(parts: pl.DataFrame) -> pl.DataFrame:
    largest = parts.sort(
        ["gpu_model", "tpp", "memory_gb", "gpu_part"],
        descending=[False, True, True, False],
        nulls_last=True,
    )
    return largest.unique("gpu_model", keep="first", maintain_order=True).sort("gpu_model")


def _instances_frame(rows: list[Row], parts: dict[str, Row]) -> pl.DataFrame:
    records = []
    for r in rows:
        gpus = Fraction(r["gpus"])
        records.append({
            "cloud": r["cloud"],
            "instance_type": r["instance_type"],
            "aliases": r["aliases"] or None,
            "gpu_model": parts[r["part"].lower()]["gpu_model"],
            "gpu_part": r["part"],
            "gpu_num": gpus.numerator,
            "gpu_den": gpus.denominator,
            "total_memory_gb": _optional_float(r["total_memory_gb"]),
            "source": r["source"] or None,
            "source_date": r["source_date"] or None,
            "status": r["status"],
        })  # fmt: skip
    schema = {
        "cloud": pl.String, "instance_type": pl.String, "aliases": pl.String,
        "gpu_model": pl.String, "gpu_part": pl.String, "gpu_num": pl.Int64, "gpu_den": pl.Int64,
        "total_memory_gb": pl.Float64, "source": pl.String, "source_date": pl.String,
        "status": pl.String,
    }  # fmt: skip
    return pl.DataFrame(records, schema=schema).sort("cloud", "instance_type")


def _content_hash(rows: list[Row]) -> str:
    lines = sorted("\x1f".join(f"{k}={r[k]}" for k in sorted(r)) for r in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _index(parts: dict[str, Row], rows: list[Row]) -> Index:
    known: dict[str, Instance] = {}
    for r in rows:
        model = parts[r["part"].lower()]["gpu_model"]
        instance = Instance(r["instance_type"], r["part"], model, Fraction(r["gpus"]))
        for name in _instance_names(r):
            other = known.setdefault(instance_key(name), instance)
            if (other.model, other.count) != (instance.model, instance.count):
                raise CatalogueError(
                    f"instances.csv: {name!r} names both {other.name} ({other.count} x "
                    f"{other.part}) and {instance.name} ({instance.count} x {instance.part}); "
                    "take the alias from one of them"
                )
    names = _part_names(parts)
    short = frozenset(n for n in names if len(n) <= _SHORT_NAME)
    return Index(instances=known, parts=names, short=short)


def _instance_names(row: Row) -> list[str]:
    """Every name of an instance; Azure's newer meters write theirs as one word."""
    names = [row["instance_type"], *_aliases(row)]
    if row["cloud"] == "azure":
        names += [instance_key(name).replace("_", "") for name in names]
    return names


def _aliases(row: Row) -> list[str]:
    return [a.strip() for a in row["aliases"].split(";") if a.strip()]


def _part_names(parts: dict[str, Row]) -> dict[str, tuple[str, str]]:
    """Every name of every part; a model's bare name stands for its largest part."""
    names: dict[str, tuple[str, str]] = {}
    largest = sorted(
        parts.values(),
        key=lambda r: (-int(r["tpp"] or 0), -float(r["memory_gb"] or 0), r["part"]),
    )
    for r in largest:
        for name in (r["part"], r["gpu_model"], *_aliases(r)):
            for key in model_keys(name):
                names.setdefault(key, (r["part"], r["gpu_model"]))
    return names


def _flat(m: Mapped) -> tuple[Any, ...]:
    gpu = (m.gpu.numerator, m.gpu.denominator) if m.gpu is not None else (None, None)
    token = (m.token.numerator, m.token.denominator) if m.token is not None else (None, None)
    return (
        m.kind, m.gpu_model, m.gpu_part, m.instance_type, *gpu, *token, m.token_direction,
        m.model_hint, m.mapping_confidence, m.mapped_by, m.unknown_instance, m.timeless,
    )  # fmt: skip
