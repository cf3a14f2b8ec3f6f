"""`goufu law`: the files of the law, before a process reads them."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from deploy.cli.cases import cases
from deploy.cli.common import fail, plainly
from deploy.serve import sections
from shared.events import SERVICES
from shared.law.instruments import ClauseEntry, RulebookFile
from shared.law.released import release as write_released
from shared.law.released import unlike
from shared.law.rulebook import Rulebooks, fields_of, rulebooks

app = typer.Typer(no_args_is_help=True, help="The files of the law: rulebooks, their versions, a city's figures.")


@app.command()
def check() -> None:
    """Say whether every rulebook can be read on every day on which it is in force; list the contradictions that are
    named."""
    with plainly():
        books = rulebooks()
        books.check(section for service in SERVICES for section in sections(service))
        wrong = [*unlike(), *unread(books)]
        if wrong:
            fail("\n".join(wrong))
        for name, lower, higher in books.conflicts():
            conflict = lower.entry.conflict
            held = conflict and f"{conflict.holds} holds: {conflict.reading}"
            typer.echo(f"{lower.entry.id} against {higher.entry.id} in {name}: {held}")
        versions = sum(len(each) for each in books.files.instruments.values())
        clauses = sum(len(written.clause) for written in books.files.all())
        typer.echo(worded(books))
        typer.echo(f"{versions} versions of {len(books.files.instruments)} texts, {clauses} clauses: nothing is wrong")


@app.command()
def release() -> None:
    """Fix the versions that are not released yet: from then on none of them is edited."""
    with plainly():
        typer.echo("\n".join(write_released()) or "every version is released already")


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="a version, as zhuhai-2021@1")],
    after: Annotated[str, typer.Argument(help="another, as zhuhai-2021@2")],
) -> None:
    """List the clauses in which two versions of a text differ."""
    with plainly():
        books = rulebooks()
        try:
            files = [books.get(name).file for name in (before, after)]
        except KeyError as error:
            fail(f"{error.args[0]}: there is no such rulebook")
        for line in differences(*files):
            typer.echo(line)


def worded(books: Rulebooks) -> str:
    """How many clauses of the texts carry their original wording, and how many a second reader compared with it."""
    of_texts = [entry for each in books.files.instruments.values() for file in each.values() for entry in file.clause]
    texts = sum(entry.text is not None for entry in of_texts)
    checked = sum(entry.checked is not None for entry in of_texts)
    return f"{texts} of {len(of_texts)} clauses have their original wording, {checked} were compared with it"


app.command()(cases)


def unread(books: Rulebooks) -> Iterator[str]:
    """A sentence for each value of the vocabulary that no rule reads: what none reads stands under `later`."""
    read = {name for service in SERVICES for section in sections(service) for name, _ in fields_of(section)}
    for name in books.vocabulary.terms.keys() - read:
        yield f"vocabulary.toml: {name} is read by no rule: take it out, and let files give it under later"


def differences(before: RulebookFile, after: RulebookFile) -> Iterator[str]:
    """A line for each clause that one of them lacks, and for each field of a clause in which they differ."""
    old, new = ({entry.id: entry for entry in file.clause} for file in (before, after))
    for clause in dict.fromkeys([*old, *new]):
        if clause not in new:
            yield f"{clause}: gone"
        elif clause not in old:
            yield f"{clause}: new"
        else:
            yield from _changed(clause, old[clause], new[clause])


def _changed(clause: str, before: ClauseEntry, after: ClauseEntry) -> Iterator[str]:
    was, now = _flat(before), _flat(after)
    for field in dict.fromkeys([*was, *now]):
        if was.get(field) != now.get(field):
            yield f"{clause}: {field}: {was.get(field)} -> {now.get(field)}"


def _flat(entry: ClauseEntry) -> dict[str, Any]:
    fields = entry.model_dump(by_alias=True, exclude={"values"})
    return {**fields, **entry.values}
