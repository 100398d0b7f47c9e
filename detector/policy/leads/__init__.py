"""Public notices beside accounts: a lead is a question, never a verdict.

========= ======================================================================
terms     words of notices and what they mean, as data
numerals  numbers as notices write them
counting  numbers on their way to what they count
wanted    what a notice asks for: kinds of things, and quantities
notices   rows of ``tenders`` as notices, twins and corrections as one
near      names of suppliers beside the parties of accounts
abroad    homonyms whose legal forms are those of other countries
seen      what an account did, where a notice may speak of it
agreeing  what of a notice agrees with what an account did
weighing  how strong that is, and what speaks against it
leads     all of it, a row for each notice and account
========= ======================================================================
"""

from __future__ import annotations
