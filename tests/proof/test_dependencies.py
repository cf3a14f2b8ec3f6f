"""What `make audit-dependencies` makes of pip-audit's report."""

from typing import Any

from tests.proof.dependencies import outcome

SOUND = {"name": "sound", "version": "1.0", "vulns": []}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}
HARMED = {"name": "harmed", "version": "2.0", "vulns": [{"id": "V-1", "fix_versions": ["2.1"], "aliases": []}]}


def report(*packages: dict[str, Any]) -> dict[str, Any]:
    return {"dependencies": list(packages)}


def test_a_package_that_a_vulnerability_names_fails_the_audit() -> None:
    harmed, sound = outcome(report(SOUND, HARMED)), outcome(report(SOUND))

    assert harmed.vulnerable == ("harmed 2.0: V-1, mended in 2.1",)
    assert [harmed.status(required=False), sound.status(required=True)] == [1, 0]
    assert sound.summary() == "audit: packages=1 checked=1 vulnerable=0"


def test_what_no_database_knows_is_not_called_sound() -> None:
    """pip-audit answers `No known vulnerabilities found` then."""
    for nothing in (outcome(report(UNKNOWN)), outcome(None)):
        assert nothing.checked == 0
        assert "nothing was checked" in nothing.summary()
        assert [nothing.status(required=False), nothing.status(required=True)] == [0, 1]
