"""What notices ask for, in English and Chinese, and what only looks like it."""

from __future__ import annotations

import time

import pytest

from detector.policy.leads.terms import terms_of
from detector.policy.leads.wanted import MOST_TEXT, Reader
from features.catalogue import Catalogue

READER = Reader(terms_of(Catalogue.load()))


@pytest.mark.parametrize(
    "text",
    [
        "40 million tokens", "40M tokens", "40 M tokens", "0.4亿 tokens", "4000万tokens",
        "4000万个token", "四千万令牌", "4千万词元", "4千萬詞元", "４０００万令牌", "4,000万 tokens",
        "40,000,000 tokens", "40 000 000 tokens", "40.000.000 tokens", "40'000'000 tokens",
        "forty million tokens", "0.04 billion tokens", "tokens: 40 million", "令牌数量：4000万",
        "Claude 4000万 tokens", "GPT4, 40 million tokens", "40 million input tokens",
        "35 million to 40 million tokens", "budget 64,000 CNY, 40 million tokens",
    ],
)  # fmt: skip
def test_forty_million_tokens_are_read(text: str) -> None:
    wanted = READER.wanted(text)
    assert wanted.tokens == 40_000_000
    assert "model" in wanted.classes


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("1亿2000万 tokens", 120_000_000), ("三千五百万 tokens", 35_000_000),
        ("一亿token", 100_000_000), ("两百万令牌", 2_000_000), ("1.5 billion tokens", 1.5e9),
        ("3千5百万 tokens", 35_000_000), ("十万 tokens", 100_000), ("800k tokens", 800_000),
    ],
)  # fmt: skip
def test_numbers_are_read_whole(text: str, tokens: float) -> None:
    assert READER.wanted(text).tokens == tokens


@pytest.mark.parametrize(
    ("text", "gpus"),
    [
        ("500 servers, each with eight A100", 4000), ("500台服务器，每台8张A100", 4000),
        ("500台服务器，每台配置8块A100显卡", 4000), ("五百台服务器 每台八卡A100", 4000),
        ("500臺伺服器，每臺8張A100", 4000), ("4 x 8-GPU A100 servers", 32),
        ("采购8卡A100服务器2台", 16), ("two servers with 8 H100 each", 16),
        ("8xA100", 8), ("8x A100", 8), ("8×A100", 8), ("８×Ａ１００", 8), ("A100 x 8", 8),
        ("A100*8", 8), ("A100（8张）", 8), ("NVIDIA A100 80GB x 16", 16), ("2x8 H100", 16),
        ("64张H100", 64), ("64 張 H100", 64), ("64块H100 GPU", 64), ("六十四张H100", 64),
        ("十六张A100", 16), ("H100 64张", 64), ("16张H100 80GB", 16), ("1,024 H100 GPUs", 1024),
        ("二十台服务器每台八张A100", 160), ("第一批64张H100", 64),
        ("2台服务器 共16张A100", 16), ("8 servers with 8 GPUs each, 64 GPUs in total", 64),
        ("20张网卡 8张A100", 8), ("网卡20张，A100 8张", 8), ("200万元 64张H100", 64),
        ("8卡A100 12个月", 8),
    ],
)  # fmt: skip
def test_gpus_are_counted(text: str, gpus: int) -> None:
    assert READER.wanted(text).gpus == gpus


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("10万卡时", 100_000), ("100,000 GPU-hours", 100_000), ("100000 A100 hours", 100_000),
        ("100000 A100-hours", 100_000), ("10萬卡時", 100_000),
    ],
)  # fmt: skip
def test_gpu_hours_are_counted(text: str, hours: int) -> None:
    assert READER.wanted(text).gpu_hours == hours


@pytest.mark.parametrize(
    "text",
    [
        "budget 200,000 CNY for A100", "CNY 200,000 A100", "US$500 A100", "A100: 200,000 CNY",
        "2026-03-11 A100", "2026 A100 cluster", "2026年3月 A100", "tel 021-6543210 A100",
        "phase 2 A100 cluster", "项目编号2026-40 A100", "3-4 servers A100", "千卡集群 A100",
        "gpt-4 tokens", "GPT 4 tokens", "数十万 tokens", "百万级token", "100P算力",
        "A100 and 100 network cards", "A100 with 20张网卡", "校园一卡通 5000张", "RTX 4090 10张",
    ],
)  # fmt: skip
def test_what_counts_nothing_of_ours_gives_no_quantity(text: str) -> None:
    """A wrong quantity is worse than none: it may agree."""
    wanted = READER.wanted(text)
    assert (wanted.tokens, wanted.gpus, wanted.gpu_hours) == (None, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "20张网卡", "网卡 20张", "100 network cards", "token ring network", "a model railway",
        "a cloud in a poem", "A1000", "A1000型", "H100 shelf", "H100型货架", "A100号文件",
        "resurfacing of the A100 motorway", "particle accelerator", "直线加速器 1台",
        "医用加速器", "動態令牌", "accelerator pedal", "SIM cards 300", "校园一卡通 5000张",
        "laboratory furniture", "实验室家具", "模型玩具", "MA100X", "",
    ],
)  # fmt: skip
def test_false_friends_are_about_nothing(text: str) -> None:
    assert READER.wanted(text).classes == frozenset()


@pytest.mark.parametrize(
    ("text", "classes", "named"),
    [
        ("A100 / H100 实例", {"accelerator"}, {"A100", "H100"}),
        ("云服务账号采购", {"cloud"}, set()), ("雲服務", {"cloud"}, set()),
        ("Purchase of a cloud account", {"cloud"}, set()),
        ("显卡租赁", {"accelerator"}, set()), ("顯卡租賃", {"accelerator"}, set()),
        ("大模型 Claude 3 账号", {"model"}, {"claude"}), ("ＧＰＵ", {"accelerator"}, set()),
        ("100 graphics cards", {"accelerator"}, set()), ("A100s", {"accelerator"}, {"A100"}),
        ("a shelf for the A100", {"accelerator"}, {"A100"}),
        ("Azure OpenAI", {"model"}, {"gpt"}), ("A800", {"accelerator"}, {"A800"}),
    ],
)  # fmt: skip
def test_kinds_and_names_are_told(text: str, classes: set[str], named: set[str]) -> None:
    wanted = READER.wanted(text)
    assert wanted.classes == classes
    assert wanted.chips | wanted.families == named


@pytest.mark.parametrize(
    "piece",
    ["1 ", "1", "1,111", " ", "1.", "gpu ", "9 x ", "1 111", "ﷺ", "9万", "万", "八", "8x8",
     "a100 x ", "共", "1'", "网卡", "tokens:", "$", "-1", "phase ", "1.111", "十",
     "\u202e", "\x00", "Ａ"],
)  # fmt: skip
def test_a_megabyte_of_anything_is_read_in_a_moment(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    started = time.process_time()
    READER.wanted(text)
    assert time.process_time() - started < 1


def test_numbers_beyond_all_measure_count_nothing() -> None:
    for text in ("9" * 5000 + " tokens", "9" + " billion" * 900 + " tokens", "9亿亿亿亿亿 tokens",
                 "x ".join(["9999999999"] * 1000) + " A100"):  # fmt: skip
        wanted = READER.wanted(text)
        assert (wanted.tokens, wanted.gpus) == (None, None)


def test_what_stands_past_the_bound_is_not_read() -> None:
    assert READER.wanted(" " * MOST_TEXT + "A100").chips == frozenset()
    assert READER.wanted(" " * (MOST_TEXT - 4) + "A100").chips == {"A100"}
