import dataclasses
import inspect

import pytest

from services.evaluation import rulebook
from shared.law.rulebook import rulebooks

# Where a text knows no objection no result ever waits for one, so that nothing asks for this section.
ONLY_WITH_OBJECTIONS = {rulebook.ObjectionSection}
SECTIONS: set[type] = {
    each
    for _, each in inspect.getmembers(rulebook, inspect.isclass)
    if dataclasses.is_dataclass(each) and each.__module__ == rulebook.__name__
}
CITIES = [book.id for book in rulebooks() if book.file.level == "city"]


@pytest.mark.parametrize("book", CITIES)
@pytest.mark.parametrize("section", sorted(SECTIONS - ONLY_WITH_OBJECTIONS, key=str))
def test_every_city_answers_what_evaluation_asks(book: str, section: type) -> None:
    assert isinstance(rulebooks().get(book).section(section), section)


def test_the_figures_of_the_demonstration_say_that_they_are_its_own() -> None:
    for book, clause in (("zhuhai-2021", "ZH21-27.5"), ("chengdu-2017", "CD17-32.1"), ("chengdu-2017", "CD17-27.3")):
        figures, text = [entry for _, entry in rulebooks().get(book).entries() if entry.id == clause]
        assert (figures.source, text.source) == ("demo", None)
