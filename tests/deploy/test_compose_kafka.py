"""The Kafka of docker-compose.yml, run as what its image would make of it, with the door for integrators and one more
by certificate: who knocks with what, and comes in where."""

import re
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from deploy.local.kafka import PrivateKafka
from deploy.local.ports import LOOPBACK, free_ports
from deploy.road import lay
from shared.bus import Bus, BusUnavailable, Message, TopicMismatch, connect
from shared.bus.access import rights
from shared.bus.login import Login
from shared.events import topic_of
from shared.process.settings import Settings
from tests.support.authority import Authority

pytestmark = [pytest.mark.kafka, pytest.mark.long]

ROOT = Path(__file__).resolve().parents[2]
ASKED = re.compile(r"(?<!\$)\$\{(\w+)[^}]*\}")
ANSWERS = {"KAFKA_PASSWORD": "of-the-administrator", "KAFKA_BROKER_PASSWORD": "of-the-broker"}
OF_THE_PLACE = {"advertised.listeners", "controller.quorum.voters", "log.dirs", "node.id", "process.roles"}
BY_CERTIFICATE = """
listener.name.mtls.ssl.client.auth=required
listener.name.mtls.ssl.keystore.type=PEM
listener.name.mtls.ssl.keystore.location={pem}
listener.name.mtls.ssl.truststore.type=PEM
listener.name.mtls.ssl.truststore.location={ca}
"""


def properties() -> dict[str, str]:
    """As the image writes them from the environment that compose gives it."""
    given: dict[str, Any] = {}
    for file in ("docker-compose.yml", "deploy/compose/integrators.yml"):
        given |= yaml.safe_load((ROOT / file).read_text())["services"]["kafka"]["environment"]
    named = {key.removeprefix("KAFKA_"): str(value) for key, value in given.items() if key.startswith("KAFKA_")}
    return {
        key.lower().replace("_", ".").replace("...", "-").replace("..", "_"): ASKED.sub("", value).replace("$$", "$")
        for key, value in named.items()
    }


class Composed(PrivateKafka):
    """Our own broker with compose's settings; only ports and folders are of this machine."""

    def __init__(self, authority: Authority) -> None:
        super().__init__()
        self._authority = authority
        self.doors: dict[str, int] = {}

    @property
    def login(self) -> Login:
        return Login("SASL_PLAINTEXT", "PLAIN", "administrator", ANSWERS["KAFKA_PASSWORD"])

    def _security(self) -> str:
        self.doors = dict(zip(("INTEGRATORS", "MTLS"), free_ports(2), strict=True)) | {"CLIENTS": self.port}
        pem = self.folder.write("integrators.pem", self._authority.certificate(LOOPBACK))
        ca = self.folder.write("ca.pem", self._authority.pem)
        given = {key: value for key, value in properties().items() if key not in OF_THE_PLACE}
        asked = re.findall(r"(\w+)://", given["listeners"])
        assert asked == ["CLIENTS", "INTEGRATORS", "CONTROLLER"]
        doors = ",".join(f"{name}://{LOOPBACK}:{port}" for name, port in self.doors.items())
        given["listeners"] = f"{doors},CONTROLLER://{LOOPBACK}:{self._controller_port}"
        given["advertised.listeners"] = doors
        given["listener.security.protocol.map"] += ",MTLS:SSL"
        given["listener.name.integrators.ssl.keystore.location"] = str(pem)
        for name, secret in ANSWERS.items():
            secrets = self.folder.write(name, secret).parent
        given = {key: value.replace("/run/secrets", str(secrets)) for key, value in given.items()}
        return "\n".join(f"{key}={value}" for key, value in given.items()) + BY_CERTIFICATE.format(pem=pem, ca=ca)


@dataclass(frozen=True)
class House:
    broker: Composed
    authority: Authority
    folder: Path
    passwords: dict[str, str]

    def bus(self, door: str, login: Login) -> Bus:
        return connect(f"kafka://{LOOPBACK}:{self.broker.doors[door]}", login)

    def file(self, name: str, content: str) -> str:
        path = self.folder / name
        path.write_text(content)
        return str(path)

    @property
    def ca(self) -> str:
        return self.file("ca.pem", self.authority.pem)

    def over_tls(self, who: str) -> Login:
        return Login("SASL_SSL", user=f"goufu-{who}", password=self.passwords[who], ca=self.ca)


@pytest.fixture(scope="module")
async def house(kafka_bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Skipped where no Kafka can be had."""
    authority = Authority()
    async with Composed(authority) as broker:
        login = broker.login
        settings = Settings(
            bus=f"kafka://{broker.bootstrap}",
            bus_security=login.security,
            bus_mechanism=login.mechanism,
            bus_user=login.user,
            bus_password=login.password,  # type: ignore[arg-type]  # pydantic makes it a secret
        )
        yield House(broker, authority, tmp_path_factory.mktemp("house"), await lay(settings, "", "a secret"))


async def send(bus: Bus, service: str) -> None:
    publisher = await bus.publisher("test")
    await (await publisher.send([Message(topic_of(service), b"k", b"v", ())]))
    await publisher.close()


async def test_a_worker_comes_in_with_what_migrate_made_for_it(house: House) -> None:
    for service in ("catalog", "registry"):
        login = replace(house.broker.login, mechanism="SCRAM-SHA-512", user=f"goufu-{service}")
        await send(house.bus("CLIENTS", replace(login, password=house.passwords[service])), service)


async def test_an_integrator_comes_in_over_tls_and_reads_the_public_topic_alone(house: House) -> None:
    bus = house.bus("INTEGRATORS", house.over_tls("integrator"))

    assert await bus.last_records(topic_of("public")) == []
    with pytest.raises(TopicMismatch):
        await bus.last_records(topic_of("contracts"))
    with pytest.raises(BusUnavailable, match="may write to no topic"):
        await bus.publisher("test")
    await bus.close()


async def test_the_administrators_password_is_of_no_use_at_the_integrators_door(house: House) -> None:
    login = replace(house.broker.login, security="SASL_SSL", ca=house.ca)

    with pytest.raises(BusUnavailable, match="check GOUFU_BUS_SECURITY, GOUFU_BUS_MECHANISM"):
        await house.bus("INTEGRATORS", login).last_records(topic_of("public"))


async def test_a_broker_whose_certificate_another_authority_signed_is_not_spoken_to(house: House) -> None:
    login = replace(house.over_tls("integrator"), ca=house.file("other.pem", Authority().pem))

    with pytest.raises(BusUnavailable, match="GOUFU_BUS_CA") as refused:
        await house.bus("INTEGRATORS", login).last_records(topic_of("public"))

    assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)


async def test_a_certificate_is_a_login_with_the_rights_of_its_name(house: House) -> None:
    pem = house.file("catalog.pem", house.authority.certificate("catalog.goufu.example"))
    named = {"catalog": "CN=catalog.goufu.example"}
    await connect(f"kafka://{house.broker.bootstrap}", house.broker.login).admit(rights("goufu", named), {})
    bus = house.bus("MTLS", Login("SSL", ca=house.ca, cert=pem, key=pem))

    await send(bus, "catalog")
    with pytest.raises(BusUnavailable, match="has no right to it"):
        await send(bus, "registry")
    with pytest.raises(BusUnavailable):
        await send(house.bus("MTLS", Login("SSL", ca=house.ca)), "catalog")
    await bus.close()
