#!/usr/bin/env bash
# Upgrades, or takes over changed settings, while somebody answers: builds, migrates, and then, APIs first and workers
# after them, starts as many new ones beside the old, waits until all are well and the gateway has found them, and ends the
# old. It is run in the folder of docker-compose.yml instead of `docker compose up`, which takes the old away first; what was
# cut short goes on when it is run again. Further files of compose are named in COMPOSE_FILE.
set -euo pipefail
FOUND_SECONDS=${FOUND_SECONDS:-6} # the gateway asks for names every five
WELL_SECONDS=${WELL_SECONDS:-240}

started() { # a process's name: starts a new one for each old one, but for those that are there already
  local name=$1 hash is id mine=() there=()
  docker compose rm --force "$name" >/dev/null # stopped ones, which `up` would count and start as they are
  hash=$(docker compose config --hash "$name" | awk '{ print $2 }')
  for id in $(docker compose ps --quiet "$name"); do
    is=$(docker inspect --format '{{.Image}} {{index .Config.Labels "com.docker.compose.config-hash"}}' "$id")
    if [[ $is == "$image $hash" ]]; then there+=("$id"); else mine+=("$id"); fi
  done
  if ((${#mine[@]} == 0 && ${#there[@]} > 0)); then return; fi
  local total=$((${#mine[@]} + (${#there[@]} > ${#mine[@]} ? ${#there[@]} : ${#mine[@]})))
  docker compose up --detach --no-deps --no-recreate --scale "$name=$((total ? total : 1))" "$name"
  for id in $(docker compose ps --quiet "$name"); do
    [[ " ${mine[*]-} " == *" $id "* ]] || new+=("$id $name")
  done
  old+=(${mine[@]+"${mine[@]}"})
}

well() { # a container and its name
  local health until=$((SECONDS + WELL_SECONDS))
  until health=$(docker inspect --format '{{.State.Health.Status}}' "$1") && [[ $health == healthy ]]; do
    if ((SECONDS > until)); then
      echo "$2 is $health after $WELL_SECONDS s; the new ones are ended, nothing old was. The end of its log:" >&2
      docker logs --tail 40 "$1" >&2 || true
      docker stop "${new[@]%% *}" >/dev/null # or the gateway finds them, and the next run takes them for old ones
      docker rm "${new[@]%% *}" >/dev/null
      exit 1
    fi
    sleep 0.5
  done
}

docker compose build
docker compose run --rm -T migrate migrate
image=$(docker image inspect --format '{{.Id}}' goufu:local)
for part in api worker; do
  old=() new=()
  for service in registry catalog tendering contracts evaluation; do started "$service-$part"; done
  for each in ${new[@]+"${new[@]}"}; do
    read -r id name <<<"$each"
    well "$id" "$name"
  done
  if ((${#old[@]})); then
    sleep "$FOUND_SECONDS"
    docker stop "${old[@]}" >/dev/null
    docker rm "${old[@]}" >/dev/null
  fi
  echo "$part: ${#new[@]} started, ${#old[@]} ended"
done
