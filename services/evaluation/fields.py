"""Fields of requests and answers that several matters of evaluation share."""

from decimal import Decimal
from typing import Annotated

from pydantic import StringConstraints

from shared.fields.money import DecimalText

Quantity = Annotated[
    Decimal,
    DecimalText(
        pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$",
        step=Decimal("0.01"),
        example="600",
        code="quantity",
        message='give the quantity as text of plain digits with at most two decimals, such as "600"',
    ),
]
"""What an indicator counts: 0 to 999999999999.99, in the indicator's own unit."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A name as rulebooks use it for members of a list, such as `within_duties`."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""The SHA-256 of a document, in lower-case hex."""

IdentityNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{6,20}$")]
"""The number of an identity document."""
