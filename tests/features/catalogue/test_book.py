import csv
from importlib import resources
from itertools import pairwise

import polars as pl
import pytest

from features.catalogue import ROW_COLUMNS, Catalogue, CatalogueError
from features.catalogue.tables import GPU_COLUMNS, INSTANCE_COLUMNS

INSTANCE = {
    "cloud": "acme", "instance_type": "acme.gpu.16", "aliases": "", "part": "H100-SXM",
    "gpus": "16", "total_memory_gb": "1280", "source": "own price list",
    "source_date": "2026-11-01", "status": "override",
}  # fmt: skip
GPU = dict.fromkeys(GPU_COLUMNS, "") | {
    "part": "X1", "gpu_model": "X1", "vendor": "Acme", "memory_gb": "64",
    "best_dense_tops": "700", "bit_length": "8", "die_mm2": "800", "datacenter": "true",
    "status": "override",
}  # fmt: skip


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.load()


def write(path, columns, *rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def hours_of(catalogue, text):
    skus = pl.DataFrame(
        [dict.fromkeys(ROW_COLUMNS) | {"SkuMeter": text, "ConsumedUnit": "Hours"}],
        schema=dict.fromkeys(ROW_COLUMNS, pl.String),
    )
    return catalogue.map_skus(skus).row(0, named=True)


def test_the_frames_have_the_promised_columns(catalogue):
    assert {
        "gpu_model", "vendor", "memory_gb", "tpp", "performance_density", "class_3a090",
        "controlled", "source", "source_date", "status",
    } <= set(catalogue.gpus.columns)  # fmt: skip
    assert catalogue.gpus["gpu_model"].is_unique().all()
    assert catalogue.parts["gpu_part"].is_unique().all()
    assert {"cloud", "instance_type", "gpu_model", "gpu_num", "gpu_den"} <= set(
        catalogue.instances.columns
    )


def test_the_model_row_is_its_largest_part(catalogue):
    h100 = catalogue.gpus.row(by_predicate=pl.col("gpu_model") == "H100", named=True)
    assert (h100["gpu_part"], h100["tpp"], h100["memory_gb"]) == ("H100-SXM", 15832, 80.0)
    a100 = catalogue.gpus.row(by_predicate=pl.col("gpu_model") == "A100", named=True)
    assert a100["gpu_part"] == "A100-80GB"


def test_tpp_and_controlled_answer_for_models_and_parts(catalogue):
    assert catalogue.tpp("H100") == 15832
    assert catalogue.tpp("H100-PCIe") == 12104
    assert catalogue.tpp("MI308X") is None
    assert [catalogue.controlled(m) for m in ("A100", "L4", "A40", "H20", "A10", "MI308X")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


def test_an_unknown_model_is_an_error_that_lists_the_known(catalogue):
    with pytest.raises(CatalogueError, match=r"no GPU 'A1000'.*expected one of.*H100"):
        catalogue.tpp("A1000")


def test_the_version_is_the_content(catalogue, tmp_path):
    shipped = resources.files("features.catalogue").joinpath("instances.csv").read_text()
    first = next(csv.DictReader(shipped.splitlines()))
    again = Catalogue.load(write(tmp_path / "same.csv", INSTANCE_COLUMNS, first))
    assert again is not catalogue
    assert again.version == catalogue.version
    changed = Catalogue.load(write(tmp_path / "own.csv", INSTANCE_COLUMNS, INSTANCE))
    assert changed.version != catalogue.version


def test_an_override_adds_an_instance(catalogue, tmp_path):
    assert hours_of(catalogue, "acme.gpu.16")["kind"] == "other"
    own = Catalogue.load(write(tmp_path / "own.csv", INSTANCE_COLUMNS, INSTANCE))
    row = hours_of(own, "acme.gpu.16")
    assert (row["gpu_model"], row["gpu_num"], row["gpu_den"]) == ("H100", 16, 1)
    assert own.instances.height == catalogue.instances.height + 1


def test_an_override_replaces_the_row_of_the_same_key(catalogue, tmp_path):
    change = INSTANCE | {
        "cloud": "aws", "instance_type": "p5.48xlarge", "part": "H20", "gpus": "8",
        "total_memory_gb": "768",
    }  # fmt: skip
    own = Catalogue.load(write(tmp_path / "own.csv", INSTANCE_COLUMNS, change))
    assert hours_of(own, "BoxUsage:p5.48xlarge")["gpu_model"] == "H20"
    assert own.instances.height == catalogue.instances.height


def test_a_folder_may_override_gpus_and_instances_together(tmp_path):
    write(tmp_path / "a.csv", GPU_COLUMNS, GPU)
    write(
        tmp_path / "b.csv",
        INSTANCE_COLUMNS,
        INSTANCE | {"part": "X1", "gpus": "1/2", "total_memory_gb": "32"},
    )
    own = Catalogue.load(tmp_path)
    assert (own.tpp("X1"), own.controlled("X1")) == (5600, True)
    row = hours_of(own, "acme.gpu.16")
    assert (row["gpu_num"], row["gpu_den"]) == (1, 2)


@pytest.mark.parametrize(
    ("columns", "row", "message"),
    [
        (INSTANCE_COLUMNS, INSTANCE | {"part": "H900"}, "part 'H900' has no row in gpus.csv"),
        (INSTANCE_COLUMNS, INSTANCE | {"gpus": "8"}, "8 x H100-SXM of 80 GB is not 1280 GB"),
        (INSTANCE_COLUMNS, INSTANCE | {"gpus": "many"}, "gpus is 'many'; expected a number"),
        (INSTANCE_COLUMNS, INSTANCE | {"gpus": "-8"}, "gpus is -8; expected between"),
        (INSTANCE_COLUMNS, INSTANCE | {"gpus": "1/0"}, "gpus is '1/0'; expected a number"),
        (INSTANCE_COLUMNS, INSTANCE | {"gpus": "4096", "total_memory_gb": ""}, "at most 1024"),
        (INSTANCE_COLUMNS, INSTANCE | {"gpus": ""}, "gpus is empty; fill it in"),
        (INSTANCE_COLUMNS, INSTANCE | {"status": "sure"}, "status is 'sure'; expected one of"),
        (INSTANCE_COLUMNS, INSTANCE | {"aliases": "p4d.24xlarge"}, "names both"),
        (GPU_COLUMNS, GPU | {"tpp": "99"}, "tpp is 99, but the figures of the row give 5600"),
        (GPU_COLUMNS, GPU | {"class_3a090": "none"}, "class_3a090 is none, but .* give a"),
        (GPU_COLUMNS, GPU | {"datacenter": "yes"}, "datacenter is 'yes'"),
    ],
)
def test_contradictions_are_named_with_their_row(tmp_path, columns, row, message):
    with pytest.raises(CatalogueError, match=message):
        Catalogue.load(write(tmp_path / "own.csv", columns, row))


def test_wrong_columns_say_what_was_found_and_expected(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("instance,gpu\np4d.24xlarge,A100\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"own\.csv: found the columns instance, gpu; expec"):
        Catalogue.load(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"found the columns \(none\)"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (",".join(INSTANCE_COLUMNS).encode() + b"\naws,p9\n", "line 2: the row has not as many"),
    ],
)
def test_damaged_files_are_clear_errors(tmp_path, content, message):
    path = tmp_path / "own.csv"
    path.write_bytes(content)
    with pytest.raises(CatalogueError, match=message):
        Catalogue.load(path)


def test_a_missing_override_says_so(tmp_path):
    with pytest.raises(CatalogueError, match="cannot be read"):
        Catalogue.load(tmp_path / "none.csv")
    with pytest.raises(CatalogueError, match=r"folder without a \.csv file"):
        Catalogue.load(tmp_path)


def test_the_shipped_files_are_sorted_and_end_with_a_newline():
    for name, key in (("gpus.csv", 1), ("instances.csv", 2)):
        text = resources.files("features.catalogue").joinpath(name).read_text(encoding="utf-8")
        assert text.endswith("\n")
        rows = [tuple(f.lower() for f in row[:key]) for row in csv.reader(text.splitlines()[1:])]
        odd = next((b for a, b in pairwise(rows) if b < a), None)
        assert odd is None, f"{name}: {odd} stands behind a later row; sort the file"
