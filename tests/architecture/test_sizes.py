"""The report of guide sizes measures what it says."""

from tests.architecture.conftest import function_lengths, too_long
from tests.architecture.source import Source


def test_a_file_beyond_its_guide_size_is_reported() -> None:
    fits = Source("services/x/y/rules.py", "x = 1\n" * 200)
    beyond = Source("services/x/y/rules.py", "x = 1\n" * 201)
    test = Source("tests/x/test_y.py", "x = 1\n" * 401)

    assert list(too_long([fits, beyond], [test])) == [
        "services/x/y/rules.py: 201 lines, guide 200",
        "tests/x/test_y.py: 401 lines, guide 400",
    ]


def test_a_function_is_as_long_as_its_lines() -> None:
    text = "def f():\n    return 1\n\nasync def g(): ...\n"

    assert function_lengths([Source("services/x/y/rules.py", text)]) == [2, 1]
