"""Before the opening the content of a sealed bid is nowhere: in no table, topic, file, setting, environment or memory
of a process. Whoever had all of them at hand, and k − 1 openers' shares, would read nothing."""

import asyncio
import base64
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from deploy.sealing import given_share, sealed_bid
from shared.sealing.keys import KeyPair
from tests.support import search
from tests.support.journey import Journey
from tests.support.search import Needle
from tests.support.tenders import OPENER_KEYS, Tender, a_tender, bidders, openers
from tests.support.world import Person, Reply

SIGNING_KEY = KeyPair.new("sign")
BIDS = 3


@dataclass
class Hunt:
    """So many procurements whose bids all hold the canary, under a number of their own."""

    journey: Journey
    canary: str
    opening: list[Person]
    people: list[Person]
    tenders: list[Tender]

    @property
    def needle(self) -> Needle:
        return Needle(self.canary)

    async def bids(self) -> None:
        """Every bid is sealed on the bidder's machine; one is replaced, one is spoilt on its way."""
        for number, tender in enumerate(self.tenders):
            for person in self.people:
                (await self._hands_in(tender, person, f"{self.canary}-{number}")).ok()
            (await self._hands_in(tender, self.people[0], f"{self.canary}-{number}-again")).ok()
            spoilt = self._sealed(tender, self.people[1], f"{self.canary}-{number}")[:-1]
            (await self._uploads(tender, self.people[1], spoilt)).problem(422)

    async def _hands_in(self, tender: Tender, person: Person, canary: str) -> Reply:
        envelope = (await self._uploads(tender, person, self._sealed(tender, person, canary))).ok()
        body = {"provider_id": str(person.organisation), "envelope_id": envelope["id"]}
        return await person.post("tendering", f"{tender.path}/bids", body)

    async def _uploads(self, tender: Tender, person: Person, sealed: bytes) -> Reply:
        headers = {"idempotency-key": uuid4().hex, "content-type": "application/octet-stream"}
        return await person.send("tendering", "POST", f"{tender.path}/envelopes", content=sealed, headers=headers)

    def _sealed(self, tender: Tender, person: Person, canary: str) -> bytes:
        bid = {
            "price": "200000.00",
            "answers": [{"condition": "financial_system", "statement": canary}],
            "offers": [{"factor": "plan", "statement": f"方案 {canary}"}],
        }
        annexes = {f"{canary}.txt": f"附件 {canary}".encode() * 100}
        return sealed_bid(tender.document, person.organisation, bid, annexes, SIGNING_KEY)

    async def close(self) -> None:
        """The closing of all passes."""
        await self.journey.admin.execute("UPDATE sandbox.clock SET ahead = ahead + interval '2 hours'")

    async def try_with_too_few(self) -> None:
        """An opening is proposed, one of two openers gives a share, and the confirmation is refused."""
        for tender in self.tenders:
            (await self.opening[0].post("tendering", f"{tender.path}/opening")).ok()
            await self._gives_share(tender, 0)
            refused = await self.opening[1].post("tendering", f"{tender.path}/opening/confirm")
            refused.refused("IC12-33.2", "too_few_openers")

    async def open(self) -> None:
        for tender in self.tenders:
            await self._gives_share(tender, 1)
            (await self.opening[1].post("tendering", f"{tender.path}/opening/confirm")).ok()

    async def _gives_share(self, tender: Tender, number: int) -> None:
        opener = self.opening[number]
        act = (await opener.get("tendering", f"{tender.path}/opening/act")).ok()
        share = given_share(act, OPENER_KEYS[number])
        (await opener.post("tendering", f"{tender.path}/opening/shares", share)).ok()

    async def found(self) -> dict[str, list[object]]:
        """Where the canary is, anywhere at all; prints how much was searched."""
        journey, needle = self.journey, self.needle
        deployment = journey.deployment
        pids = await self._processes()
        topics, messages = await search.in_topics(deployment.settings, needle)
        memories, read = await asyncio.to_thread(search.in_memories, pids, needle)
        shown = deployment.settings.model_dump_json().encode() + repr(vars(deployment)).encode()
        places: dict[str, list[object]] = {
            "tables": list(await search.in_tables(journey.admin, needle)),
            "topics": list(topics),
            "files": [f for folder in await self._folders() for f in search.in_files(folder, needle)],
            "settings": ["settings"] if needle.found_in([shown]) else [],
            "environments": list(search.in_environments(pids, needle)),
            "memories": list(memories),
        }
        print(
            f"canaries: runs={len(self.tenders)} processes={len(pids)} memory={read >> 20}MiB messages={messages}"
            f" found={sum(map(len, places.values()))}"
        )
        return {place: where for place, where in places.items() if where}

    async def _processes(self) -> list[int]:
        """Every process of the deployment, of PostgreSQL and of the broker, where they run on this machine."""
        deployment = self.journey.deployment
        assert deployment._launcher is not None
        found = search.family(deployment._launcher.pid)
        for address in (deployment.admin_url, deployment.settings.bus):
            port = urlsplit(address).port
            server = search.listening(port) if port else None
            found |= search.family(server) if server else set()
        return sorted(found)

    async def _folders(self) -> list[Path]:
        """Logs and documents of the deployment; data files and write-ahead log of PostgreSQL, where they are here."""
        admin = self.journey.admin
        data = Path(await admin.fetchval("SHOW data_directory"))
        own = await admin.fetchval("SELECT oid::text FROM pg_database WHERE datname = current_database()")
        return [self.journey.deployment.folder, *(f for f in (data / "base" / own, data / "pg_wal") if f.is_dir())]


async def a_hunt(journey: Journey, runs: int) -> Hunt:
    opening, people = await openers(journey), await bidders(journey, BIDS)
    now = await journey.admin.fetchval("SELECT clock.now()")
    tenders = [await a_tender(journey, opening, now + timedelta(hours=1)) for _ in range(runs)]
    return Hunt(journey, f"canary-{uuid4().hex}", opening, people, tenders)


async def is_hunted(journey: Journey, runs: int) -> None:
    hunt = await a_hunt(journey, runs)
    await hunt.bids()
    await hunt.close()
    await hunt.try_with_too_few()

    assert await hunt.found() == {}

    await hunt.open()
    tables = await search.in_tables(journey.admin, hunt.needle)
    assert set(tables) == {"tendering.private_offers", "tendering.private_annexes"}
    assert (await search.in_topics(journey.deployment.settings, hunt.needle))[0] == []


@pytest.mark.long
async def test_before_the_opening_a_canary_is_nowhere_and_after_it_only_where_offers_are(journey: Journey) -> None:
    await is_hunted(journey, 1)


@pytest.mark.long
async def test_fifty_canaries_are_nowhere_while_bids_come_and_before_they_are_opened(journey: Journey) -> None:
    coming = await a_hunt(journey, 10)
    await coming.bids()

    assert await coming.found() == {}
    await is_hunted(journey, 50)


def test_what_a_process_holds_in_memory_or_environment_would_be_found() -> None:
    canary = f"canary-{uuid4().hex}"
    holds = "import os, sys; kept = sys.stdin.readline(); print('ready', flush=True); sys.stdin.readline()"
    process = subprocess.Popen([sys.executable, "-c", holds], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        process.stdin.write(f"{canary}\n")
        process.stdin.flush()
        process.stdout.readline()

        found, read = search.in_memories([process.pid], Needle(canary))
        nothing, _ = search.in_memories([process.pid], Needle(f"canary-{uuid4().hex}"))
        process.stdin.write("\n")

    assert (found, nothing) == ([process.pid], [])
    assert read > 1 << 20


@pytest.mark.parametrize("form", ["{}", "x{}x", "\\x{hex}", "{base64}", "{utf16}"])
def test_a_text_is_found_in_every_form_and_across_chunks(form: str) -> None:
    canary = f"canary-{uuid4().hex}"
    forms = {
        "{}": canary.encode(),
        "x{}x": f"x{canary}x".encode(),
        "\\x{hex}": f"ab{canary.encode().hex()}cd".encode(),
        "{base64}": base64.b64encode(f"-{canary} and more".encode()),
        "{utf16}": canary.encode("utf-16-le"),
    }
    text = forms[form]

    for cut in range(0, len(text), 5):
        assert Needle(canary).found_in([text[:cut], text[cut:]])
    assert not Needle(f"canary-{uuid4().hex}").found_in([text])
