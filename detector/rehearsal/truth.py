"""The truth of a world in the words of a judgement."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from detector.evaluate.answers import Answers
from detector.evaluate.tables import Table

#: What a judgement says of accounts by their part in the world; of another wrong it is no matter.
_WORDS: Final = {"victim": "confirmed_victim"}


@dataclass(frozen=True)
class Truth:
    """What is true of accounts.

    Attributes
    ----------
    words
        The outcome of each account that is not simply innocent.
    rings
        The planted ring of each proxy.
    """

    words: Mapping[str, str]
    rings: Mapping[str, str]

    @classmethod
    def of(cls, table: Table) -> Truth:
        """Read the truth of a world.

        Raises
        ------
        DataError
            Where it is none.
        """
        answers = Answers.of(table)
        rows = answers.table.select("account_id", "role").iter_rows()
        words = {account: _WORDS[role] for account, role in rows if role in _WORDS}
        return cls(words | dict.fromkeys(answers.rings, "confirmed_proxy"), answers.rings)

    def of_account(self, account: str) -> str:
        """The right outcome of an account."""
        return self.words.get(account, "cleared")

    def of_case(self, accounts: Collection[str]) -> str:
        """The right outcome of a case: what holds for more than half of its accounts.

        Examples
        --------
        >>> truth = Truth({"a": "confirmed_proxy", "b": "confirmed_proxy"}, {})
        >>> truth.of_case(["a", "b", "c"]), truth.of_case(["a", "c"])
        ('confirmed_proxy', 'cleared')
        """
        told = [self.of_account(account) for account in accounts]
        return next((word for word in sorted(set(told)) if 2 * told.count(word) > len(told)),
                    "cleared")  # fmt: skip
