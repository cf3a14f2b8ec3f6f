#!/usr/bin/env bash
# Does what the official image does with POSTGRES_USER, _PASSWORD (and _PASSWORD_FILE), _DB, _INITDB_ARGS and PGDATA.
set -euo pipefail
[[ $1 == postgres ]] || exec "$@"
[[ -z ${POSTGRES_PASSWORD_FILE:-} ]] || POSTGRES_PASSWORD=$(<"$POSTGRES_PASSWORD_FILE")
if [[ $(id -u) == 0 ]]; then
  mkdir -p "$PGDATA"; chown -R postgres "$PGDATA"; chmod 700 "$PGDATA"
  export POSTGRES_PASSWORD
  exec gosu postgres bash "$0" "$@"
fi
if [[ ! -s $PGDATA/PG_VERSION ]]; then
  [[ ${POSTGRES_PASSWORD:-} ]] || { echo "Error: superuser password is not specified." >&2; exit 1; }
  # shellcheck disable=SC2086
  initdb --pgdata="$PGDATA" --username="${POSTGRES_USER:=postgres}" --pwfile=<(echo "$POSTGRES_PASSWORD") ${POSTGRES_INITDB_ARGS:-}
  { echo "listen_addresses = '*'"; echo "unix_socket_directories = '/tmp'"; } >>"$PGDATA/postgresql.conf"
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=" -w start
  PGPASSWORD=$POSTGRES_PASSWORD psql -h /tmp -U "$POSTGRES_USER" -d postgres -v ON_ERROR_STOP=1 -c "CREATE DATABASE \"${POSTGRES_DB:-$POSTGRES_USER}\""
  pg_ctl -D "$PGDATA" -m fast -w stop
fi
unset POSTGRES_PASSWORD
exec "$@"
