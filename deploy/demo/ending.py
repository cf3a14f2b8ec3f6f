"""The end read back: what was paid, withheld, flagged and refused, as the APIs and the topics show it."""

from collections import Counter
from decimal import Decimal

from deploy.demo.cast import Cast
from deploy.demo.providers import PROVIDERS
from deploy.demo.stage import yuan
from deploy.demo.tenders import TOO_FEW_OPENERS
from shared import bus
from shared.events import SERVICES, topic_of
from shared.road.checkpoints import everything

PAID = {"released", "reduced", "settled"}


async def final_states(cast: Cast) -> Counter[str]:
    """Purchases by the state of their final payment, seen by the cities' auditors."""
    states: Counter[str] = Counter()
    for city in ("cd", "zh"):
        auditor = cast[f"{city}.audit.auditor"]
        page = await auditor.get("contracts", "/v1/contracts")
        for contract in page["items"]:
            lines = await auditor.get("contracts", f"/v1/contracts/{contract['id']}/payment-lines")
            last = lines[-1]["state"]
            states["paid" if last in PAID else last] += 1
            paid = sum((Decimal(line["paid"]) for line in lines), Decimal("0.00"))
            cast.stage.say("结果", f"{contract['reference']}：末期款 {last}", money=f"已付 {yuan(paid)}")
    return states


async def flagged(cast: Cast) -> int:
    """Providers against which a poor result stands."""
    auditor = cast["zh.audit.auditor"]
    found = 0
    for provider in PROVIDERS:
        standing = await auditor.get("registry", f"/v1/providers/{cast.organisations[provider.name]}/standing")
        found += any(one["kind"] in ("watched", "barred") for one in standing["standings"])
    return found


async def refused(cast: Cast) -> int:
    """Refusals by rule on record in every service, seen by the cities' auditors; but for the openings tried with too
    few openers, which each opening finds in the journal itself."""
    entries: set[str] = set()
    for city in ("cd", "zh"):
        for service in SERVICES:
            for entry in await cast[f"{city}.audit.auditor"].get(service, "/v1/refusals?kind=refusal"):
                if entry["codes"] != [TOO_FEW_OPENERS]:
                    entries.add(entry["id"])
    return len(entries)


async def events(cast: Cast) -> int:
    """Distinct events on the services' topics, read from the first to the last, once all has been sent."""
    await cast.stage.settled()
    settings = cast.stage.deployment.settings
    connection = bus.connect(settings.bus_url(SERVICES[0]), settings.bus_login())
    topics = [topic_of(service, settings.topic_prefix) for service in SERVICES]
    try:
        records = everything(connection, topics, settings.topic_prefix, "count")
        return len({dict(record.headers)["ce_id"] async for record in records})
    finally:
        await connection.close()
