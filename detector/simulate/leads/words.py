"""Words of notices: who buys, and what is asked for, in English and in Chinese."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.simulate.names import words_of

_SCHOOLS: Final = (
    "University", "Polytechnic", "Academy of Sciences", "Institute of Computing", "City Bureau",
    "Research Hospital", "College of Engineering",
)  # fmt: skip
# Signs that no name of a world's firms or listed parties has.
_SIGNS: Final = tuple("樗篁葭罾桤檑鹂湫鸢潦崟澹")
_CHINESE_SCHOOLS: Final = ("大学", "研究院", "职业学院", "信息中心", "医院")

CHIPS: Final = (
    ("Rental of {chip} computing power", "{chip} cards for model training, twelve months"),
    ("GPU cloud resources", "Cloud service with {chip} accelerators"),
    ("智能算力服务采购", "租用{chip}加速卡，服务期12个月"),
    ("算力租赁项目", "需提供{chip}显卡，按卡时计费"),
)
COUNTED: Final = (
    ("Rental of {chip} computing power", "{n} {chip} cards for model training, twelve months"),
    ("Cloud resources", "{m} servers, each with 8 {chip}"),
    ("智能算力服务采购", "租用{n}张{chip}加速卡，服务期12个月"),
    ("服务器租赁", "租赁服务器{m}台，每台8张{chip}"),
)
MODELS: Final = (
    ("Large model interface service", "Access to a language model through a cloud service"),
    ("Model API", "Calls of a large language model for the help desk"),
    ("大模型接口服务", "通过云平台调用大模型，按令牌计费"),
    ("语言模型采购", "海外账号，大模型服务一年"),
)
TOKENS: Final = (
    ("Model interface", "{w}0 million tokens of a large language model"),
    ("大模型接口服务", "大模型接口，{w}00万令牌"),
)
OTHER: Final = (
    ("Laboratory furniture", "40 tables, 12 cabinets"),
    ("Network switches", "10 switches of 48 ports, 20 cards of two ports"),
    ("实验室家具采购", "办公桌40张、文件柜12台"),
    ("网络交换机采购", "交换机10台、网线300条"),
)


class Buyers:
    """Buyers of notices, each there once."""

    def __init__(self, rng: np.random.Generator, seed: int) -> None:
        self._rng = rng
        self._seed = seed
        self._given = 0
        self._signs: set[str] = set()

    def latin(self) -> str:
        """Invent a buyer of two words of its own."""
        self._given += 1
        ids = np.array([self._given, self._given + 10**9], dtype=np.int64)
        first, second = words_of(ids, self._seed + 110)
        return f"{first} {second} {_SCHOOLS[int(self._rng.integers(len(_SCHOOLS)))]}"

    def chinese(self) -> str:
        """Invent a buyer of three signs."""
        while True:
            signs = "".join(_SIGNS[i] for i in self._rng.integers(0, len(_SIGNS), 3).tolist())
            if signs not in self._signs:
                self._signs.add(signs)
                kind = int(self._rng.integers(len(_CHINESE_SCHOOLS)))
                return signs + _CHINESE_SCHOOLS[kind]
