"""The terms of a payment line have one shape, in shared/fields/payment_terms.py; nothing says them anew."""

import ast
from collections.abc import Iterator
from typing import get_args

import pytest

from services.contracts.payments.records import PaymentLine
from services.contracts.payments.views import LineView
from shared.fields.payment_terms import Gate, LineKind, PaymentTerms
from tests.architecture.source import Source, read

SHAPE = "shared/fields/payment_terms.py"
TERMS = frozenset((*PaymentTerms.model_fields, "planned"))
BESIDE = {
    "services/contracts/payments/records.py": ("PaymentLine", "columns of its table, where amount is planned"),
    "services/contracts/payments/views.py": ("LineView", "fields of an answer, among those of the line's state"),
    "services/evaluation/plans/rules.py": ("Line", "what evaluation asks of a line, and whose it is"),
}
"""What says terms beside the shape, by file, and what it is."""


def anew(source: Source) -> Iterator[str]:
    """Classes that declare three terms or more by themselves, and words of kinds or gates written out."""
    for node in ast.walk(source.tree):
        match node:
            case ast.ClassDef(name=name, body=body, bases=bases):
                own = {
                    part.target.id
                    for part in body
                    if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
                }
                built = {ast.unparse(base) for base in bases} & {"LineTerms", "PaymentTerms", "PaymentTerm"}
                if "gate" in own and len(own & TERMS) >= 3 and not built:
                    yield name
            case ast.Subscript(value=ast.Name(id="Literal"), slice=ast.Tuple(elts=words)):
                said = {word.value for word in words if isinstance(word, ast.Constant)}
                if said in (set(get_args(LineKind)), set(get_args(Gate))):
                    yield ast.unparse(node)


def test_the_terms_of_a_payment_line_are_declared_once() -> None:
    found = {
        source.path: tuple(anew(source))
        for folder in ("services/*/*/*.py", "shared/*/*.py", "deploy/*/*.py")
        for source in read(folder)
        if source.path != SHAPE
    }

    assert {path: names for path, names in found.items() if names} == {
        path: (name,) for path, (name, _) in BESIDE.items()
    }


@pytest.mark.parametrize(
    ("text", "offences"),
    [
        ("class A:\n number: int\n kind: str\n gate: str", 1),
        ("class A:\n number: int\n gate: str", 0),
        ("class A(PaymentTerms):\n number: int\n kind: str\n gate: str", 0),
        ('Kind = Literal["final", "advance", "instalment"]', 1),
        ('Kind = Literal["acceptance", "assessment", "evaluation"]', 0),
    ],
)
def test_another_shape_would_be_found(text: str, offences: int) -> None:
    assert len(list(anew(Source("services/x/y/views.py", text)))) == offences


def test_record_and_answer_have_every_term() -> None:
    terms = {*PaymentTerms.model_fields, "planned"} - {"amount"}

    assert terms <= set(PaymentLine.__annotations__)
    assert terms <= set(LineView.model_fields)
