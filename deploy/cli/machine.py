"""What `goufu bid` and `goufu opening` share: files on the user's own machine, and requests to tendering."""

import codecs
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import typer
from pydantic import ValidationError

from deploy.cli.common import apis, bearer, fail, plainly
from shared.sealing.keys import KeyPair, Use
from shared.sealing.suites import CannotOpen


@contextmanager
def mended_by_hand() -> Iterator[None]:
    """Ends the command with a sentence when a file or an option is not as required. What a file holds is not shown."""
    try:
        yield
    except ValidationError as error:
        places = ", ".join(f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors())
        fail(f"not as required 不符合要求: {places}")
    except json.JSONDecodeError as error:
        fail(f"not valid JSON 不是有效的 JSON: line {error.lineno}, column {error.colno}")
    except CannotOpen:
        fail("this does not open with this key: was it made for another person or another procurement? 密钥不符")
    except (ValueError, OSError) as error:
        fail(str(error))


def read_json(path: Path) -> Any:
    """What a text file holds, whatever mark an editor set before it. Raises ValueError that says how to save it again
    when it is not in UTF-8, OSError."""
    content = path.read_bytes()
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return json.loads(content.decode("utf-16" if marked else "utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError(
            f"{path.name} is not in UTF-8 but in another encoding (GBK or ANSI?): open it and save it again as UTF-8"
            " 文件不是 UTF-8 编码（可能是 GBK/ANSI），请另存为 UTF-8"
        ) from None


def read_key(path: Path) -> KeyPair:
    """A private key file. Raises ValidationError, OSError."""
    return KeyPair.model_validate(read_json(path))


def make_key(path: Path, use: Use) -> None:
    """A new key pair: `path` for its owner alone, beside it the public half to give away. Overwrites nothing."""
    with mended_by_hand():
        key, public = KeyPair.new(use), path.with_suffix(".pub.json")
        write_new(path, key.model_dump_json().encode(), private=True)
        write_new(public, key.public().model_dump_json().encode())
    typer.echo(f"private 私钥 {path} (keep it on this machine, and a copy in a safe 仅存本机，另备一份于保险柜)")
    typer.echo(f"public  公钥 {public} (give it away 可交给他人) {key.public_key}")


def write_new(path: Path, content: bytes, *, private: bool = False) -> None:
    """Writes a file that is not there yet; a private one nobody else may read. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


class Tendering:
    """Tendering's API as the token's person sees it; an answer other than 2xx ends the command with its sentence."""

    def __init__(self, addresses: list[str], port: int, token: str) -> None:
        with plainly():
            self._address = apis(addresses, port)["tendering"]
            self._token = bearer(token, "")

    def get(self, path: str) -> Any:
        return self._answer("GET", path, {})

    def post(self, path: str, body: Any) -> Any:
        """Sends JSON, or bytes as they are."""
        sent = {"content": body} if isinstance(body, bytes) else {"json": body}
        return self._answer("POST", path, {"idempotency-key": uuid4().hex, "if-match": "*"}, **sent)

    def _answer(self, method: str, path: str, headers: dict[str, str], **sent: Any) -> Any:
        given = {"authorization": f"Bearer {self._token}", **headers}
        with plainly():
            reply = httpx.request(method, f"{self._address}{path}", headers=given, timeout=60, **sent)
        if not reply.is_success:
            fail(_sentence(reply))
        return reply.json()


def _sentence(reply: httpx.Response) -> str:
    try:
        problem = reply.json()
    except json.JSONDecodeError:
        return f"{reply.status_code} {reply.text[:200]}"
    if not isinstance(problem, dict):
        return f"{reply.status_code}"
    reasons = [f"{one['message']} [{one['clause']}]" for one in problem.get("findings", [])]
    reasons += [f"{one['field']}: {one['message']}" for one in problem.get("errors", [])]
    reasons += [str(problem["detail"])] if problem.get("code") == "wrong_state" else []
    return f"{reply.status_code} {problem.get('title', '')} {'; '.join(reasons)}".strip()
