#!/bin/sh
# What the image installs, one step a word: `install.sh packages|jishi|system`. docker/check.sh runs it without an engine.
set -eu

case "$1" in
packages)
    # Everything that Jishi needs, as it was tested; changes less often than Jishi, so it is a layer of its own.
    python3 -m venv /opt/jishi
    /opt/jishi/bin/pip install --no-cache-dir --only-binary :all: --requirement docker/constraints.txt
    ;;
jishi)
    /opt/jishi/bin/pip install --no-cache-dir --no-deps .
    # Fails when a package is missing from the list above.
    /opt/jishi/bin/pip check
    ;;
system)
    # What the packages need of the system: OpenMP, for implicit.
    apt-get update --quiet --quiet
    apt-get install --yes --no-install-recommends --quiet --quiet libgomp1
    rm -rf /var/lib/apt/lists/*
    useradd --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin jishi
    mkdir /data
    chown jishi:jishi /data
    chmod 0700 /data
    ;;
*)
    echo "usage: install.sh packages|jishi|system" >&2
    exit 2
    ;;
esac
