import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from stdnum.cn import uscc

from shared.fields.credit_code import CreditCode, with_check_digit

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
A_COMPANY = "91110000600037341L"
A_VILLAGE_COLLECTIVE = with_check_digit("N2510104MFR100001")


class Provider(BaseModel):
    credit_code: CreditCode


def refusal(code: object) -> str:
    with pytest.raises(ValidationError) as refused:
        Provider.model_validate({"credit_code": code})
    (error,) = refused.value.errors()
    return error["type"]


@pytest.mark.parametrize("code", [A_COMPANY, A_VILLAGE_COLLECTIVE])
def test_a_code_with_its_check_character_is_kept_as_sent(code: str) -> None:
    assert Provider.model_validate({"credit_code": code}).model_dump() == {"credit_code": code}


OTHER_FORMS = {
    "lower case": A_COMPANY.lower(), "full width": "９" + A_COMPANY[1:], "inner space": "9 1110000600037341L",
    "outer space": f" {A_COMPANY}", "hyphens": "91-110000-600037341L", "line end": f"{A_COMPANY}\n",
    "too short": A_COMPANY[:-1], "too long": f"{A_COMPANY}0", "letter O": "9111000060003734OL",
    "letter in the district": "9111000A600037341L", "all zeros": "0" * 18, "empty": "", "number": 911100006000373410,
    "nothing": None,
}  # fmt: skip


@pytest.mark.parametrize("code", OTHER_FORMS.values(), ids=OTHER_FORMS)
def test_another_form_of_a_code_is_refused(code: object) -> None:
    assert refusal(code) == "credit_code"


@pytest.mark.parametrize("code", ["91110000600037341X", "9111 secret"])
def test_a_refused_code_is_not_repeated_in_the_message(code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Provider.model_validate({"credit_code": code})

    assert code not in refused.value.errors()[0]["msg"]


@pytest.mark.parametrize("place", [0, 1, 2, 8, 16])
def test_one_wrong_character_is_noticed(place: int) -> None:
    wrong = "2" if A_COMPANY[place] != "2" else "3"

    assert refusal(A_COMPANY[:place] + wrong + A_COMPANY[place + 1 :]) == "credit_code_check"


def test_two_neighbours_exchanged_are_noticed() -> None:
    assert refusal("19110000600037341L") == "credit_code_check"


@settings(deadline=None)
@given(st.from_regex(f"[1-9]{{2}}[0-9]{{6}}[{ALPHABET}]{{9}}", fullmatch=True))
def test_a_completed_code_passes_here_and_by_the_published_check(first17: str) -> None:
    code = with_check_digit(first17)

    assert Provider(credit_code=code).credit_code == uscc.validate(code)


@pytest.mark.parametrize(
    "first17", ["", "9111000060003734", "911100006000373411", "9111000060003734l", "9111000060003734O"]
)
def test_what_cannot_begin_a_code_is_not_completed(first17: str) -> None:
    with pytest.raises(ValueError, match="begins with 17"):
        with_check_digit(first17)


def test_the_example_of_the_schema_is_a_code() -> None:
    (example,) = Provider.model_json_schema()["properties"]["credit_code"]["examples"]

    assert Provider(credit_code=example)
