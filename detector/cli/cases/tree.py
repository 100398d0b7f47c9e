"""The commands on cases, joined; in the order in which --help tells them."""

from __future__ import annotations

from detector.cli.cases import (
    appeals,
    backup,
    export,
    identify,
    importing,
    keeping,
    leaving,
    letters,
    pack,
    people,
    quality,
    rehearse,
    retain,
    review,
    suppressors,
    sync,
    tokens,
)
from detector.cli.commands import Commands

cases = Commands(
    no_args_is_help=True,
    help="Cases that outlive runs: who judged what and why, and what leaves as a decision.",
)

cases.command()(keeping.init)
cases.command()(sync.sync)
cases.command("list")(review.list_cases)
cases.command("show")(review.show_case)
cases.command()(review.claim)
cases.command()(review.release)
cases.command()(review.decide)
cases.command()(review.undo)
cases.command()(review.ask)
cases.command()(review.answer)
cases.command()(review.comment)
cases.command()(review.snooze)
cases.command()(review.reopen)
cases.command("send-back")(review.send_back)
cases.command()(sync.proposals)
cases.command()(sync.merge)
cases.command()(sync.decline)
cases.command()(sync.unmerge)
cases.command()(leaving.labels)
cases.command("import")(importing.import_file)
cases.command()(export.export)
cases.command("coop-appeals")(export.coop_appeals)
cases.command()(pack.pack)
cases.command()(identify.identify)
cases.command()(keeping.verify)
cases.command()(keeping.anchor)
cases.command()(keeping.rebuild)
cases.command()(backup.backup)
cases.command()(backup.restore)
cases.command()(retain.retain)
cases.command()(retain.hold)
cases.command()(quality.quality)
cases.command()(rehearse.rehearse)
cases.command("set")(keeping.change)
cases.add_typer(letters.letters, name="letters")
cases.add_typer(appeals.appeal, name="appeal")
cases.add_typer(suppressors.suppress, name="suppress")
cases.add_typer(people.people, name="people")
cases.add_typer(tokens.tokens, name="token")
