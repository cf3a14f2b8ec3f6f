#!/usr/bin/env bash
# The serial collector and the fast compiler alone: what two shared cores bear.
exec java ${KAFKA_HEAP_OPTS:--Xmx256M} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
  -Dkafka.logs.dir=/opt/kafka/logs -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml ${KAFKA_OPTS:-} -cp "/opt/kafka/libs/*" "$@"
