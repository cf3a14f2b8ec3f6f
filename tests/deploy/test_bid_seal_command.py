"""`goufu bid seal` compares a bid with the published file, because nobody else can before the opening."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from deploy.cli.main import app
from deploy.sealing import opening_key
from services.tendering.files.contents import Contents
from services.tendering.files.store import hash_of
from shared.sealing.keys import KeyPair
from tests.tendering.examples import a_tender_file

ANSWERS = [{"condition": code, "statement": "见附件"} for code in ("financial_system", "no_major_violation")]
OFFERS = [
    {"factor": "response_hours", "value": "20"},
    {"factor": "plan", "statement": "方案见附件"},
    {"factor": "capability", "statement": "三项措施"},
]
BID = {"price": "200000.00", "answers": ANSWERS, "offers": OFFERS}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bidder's folder: key, opening document and published file."""
    procurement = uuid4()
    contents = Contents.model_validate_json(json.dumps(a_tender_file())).model_dump(mode="json")
    document = {"procurement_id": str(procurement), "budget": "220000.00", "contents": contents}
    shown = {"procurement_id": str(procurement), "version": 3, "lot": 1, "file_version": 1}
    key = opening_key(procurement, [(uuid4(), KeyPair.new("open").public_key) for _ in range(3)], 2)
    shown |= {"file_hash": f"sha256:{hash_of(document)}", "fingerprint": "", "opening_key": key}
    (tmp_path / "key.json").write_text(KeyPair.new("sign").model_dump_json())
    (tmp_path / "procurement.json").write_text(json.dumps(shown))
    (tmp_path / "files.json").write_text(json.dumps([{"hash": hash_of(document), "document": document}]))
    return tmp_path


def seal(folder: Path, bid: dict[str, Any] | bytes, *more: str) -> Result:
    (folder / "bid.json").write_bytes(bid if isinstance(bid, bytes) else json.dumps(bid).encode())
    given = {"procurement": "procurement.json", "file": "files.json", "bid": "bid.json", "key": "key.json"}
    options = [part for name, path in given.items() for part in (f"--{name}", str(folder / path))]
    options += ["--provider", str(uuid4()), "--out", str(folder / "bid.sealed"), *more]
    return CliRunner().invoke(app, ["bid", "seal", *options])


def sealed(folder: Path) -> bool:
    return (folder / "bid.sealed").exists()


def test_a_bid_that_fits_the_file_is_sealed(folder: Path) -> None:
    assert seal(folder, BID).exit_code == 0
    assert sealed(folder)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"offers": [{"factor": "respons_hours", "value": "20"}, *OFFERS[1:]]}, ["respons_hours", "response_hours"]),
        ({"offers": OFFERS[1:]}, ["response_hours"]),
        ({"offers": [{"factor": "response_hours", "statement": "二十小时"}, *OFFERS[1:]]}, ["response_hours"]),
        ({"offers": [{"factor": "response_hours", "value": "73"}, *OFFERS[1:]]}, ["response_hours"]),
        ({"answers": ANSWERS[:1]}, ["no_major_violation"]),
        ({"answers": [*ANSWERS, {"condition": "financial", "statement": "有"}]}, ["financial"]),
        ({"price": "220000.01"}, ["price"]),
    ],
)
def test_a_slip_is_named_and_nothing_is_sealed(folder: Path, changed: dict[str, Any], named: list[str]) -> None:
    result = seal(folder, {**BID, **changed})

    assert (result.exit_code != 0, sealed(folder)) == (True, False)
    assert all(f" {code}: " in result.output for code in named)


def test_what_is_left_open_on_purpose_is_sealed(folder: Path) -> None:
    assert seal(folder, {**BID, "offers": OFFERS[1:]}, "--leave-open").exit_code == 0
    assert sealed(folder)


def test_a_code_that_nobody_asked_for_is_never_meant(folder: Path) -> None:
    misspelt = [{"factor": "respons_hours", "value": "20"}, *OFFERS[1:]]

    assert seal(folder, {**BID, "offers": misspelt}, "--leave-open").exit_code != 0


def test_the_file_is_the_one_that_bids_are_bound_to(folder: Path) -> None:
    files = json.loads((folder / "files.json").read_text())
    files[0]["document"]["contents"]["factors"] = []
    (folder / "files.json").write_text(json.dumps(files))

    assert "not the published file" in seal(folder, BID).output
    assert not sealed(folder)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_bid_saved_by_any_editor_in_unicode_is_read(folder: Path, encoding: str) -> None:
    assert seal(folder, json.dumps(BID, ensure_ascii=False).encode(encoding)).exit_code == 0


def test_another_encoding_is_said_in_words(folder: Path) -> None:
    result = seal(folder, json.dumps(BID, ensure_ascii=False).encode("gbk"))

    assert "bid.json is not in UTF-8" in result.output
    assert (result.exit_code, sealed(folder)) == (1, False)
