"""`goufu law cases`: what the law says to the cases that are shipped with it, one column a city."""

from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from deploy.cases import Answers, questions, texts_of_places
from deploy.cli.common import fail, plainly
from shared.law.cases import Case, CaseError, Player, books_of_cases, read_cases

City = Annotated[list[str] | None, typer.Option("--city", help="a text, as zhuhai-2021; default: all of places")]
Asked = Annotated[str, typer.Option(help="the cases of this question alone, as contract")]
Of = Annotated[str, typer.Option(help="the cases of the files whose names begin so, as zhuhai")]


def cases(city: City = None, question: Asked = "", of: Of = "") -> None:
    """Show what each city's law says to the same records; fail where a case is decided otherwise than it says."""
    with plainly():
        try:
            written = read_cases()
        except CaseError as error:
            fail(str(error))
        books = books_of_cases()
        columns = {text: place for text, place in texts_of_places(books).items() if not city or text in city}
        chosen = [case for case in written if question in ("", case.written.question) and case.name.startswith(of)]
        if not chosen or not columns:
            fail("there is no such case or text: goufu law cases shows all")
        player = Player(books, questions())
        _show(chosen, Answers(player, books, columns), list(columns))
        wrong = [said for case in chosen for said in player.faults(case)]
        if wrong:
            fail("\n".join(wrong))
        typer.echo(f"cases: played={len(chosen)} wrong=0")


def _show(chosen: list[Case], answers: Answers, columns: list[str]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_lines=True)
    for name in ("case", "fact", *columns):
        table.add_column(name, overflow="fold")
    for says, fact, said in answers.rows(chosen):
        table.add_row(says, fact, *said)
    Console().print(table, highlight=False)
