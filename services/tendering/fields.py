"""The 422 of a field that only the record shows to be wrong."""

from fastapi.exceptions import RequestValidationError


class WrongField(RequestValidationError):
    """422: a field is not as required; `message` says what to send instead."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__([{"loc": ("body", field), "type": code, "msg": message}])
