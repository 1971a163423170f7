#!/bin/sh
# Remove all that is generated: the next run starts from nothing. What cannot be made again stays: the key files of
# databases that are not ours, and the folder of `attendant init`.
set -eu
repo=$(cd "$(dirname "$0")/.." && pwd -P)

say() { printf '%s\n' "$*"; }
fail() { printf 'clean: %s\n' "$*" >&2; exit 1; }

if [ -n "${ATTENDANT_HOME:-}" ]; then
    case $ATTENDANT_HOME in /*) ;; *) fail "ATTENDANT_HOME=$ATTENDANT_HOME is relative; give it from the root, as /srv/attendant" ;; esac
    var=$(readlink -m "$ATTENDANT_HOME")
    venv=$var/venv
else
    var=$repo/var venv=$repo/.venv
fi
# A home that was moved may hold what is not ours; `var` of the clone does not.
ours="apt.log asterisk bench calls clips demo languages languages.apt log models phrases pids.json pip.log postgres
prompts ready.json run run.lock setup.lock stacks stamps wheels workers-pids.json workers.lock"
[ -n "${ATTENDANT_HOME:-}" ] || ours=$(ls -A "$var" 2>/dev/null | grep -vx -e keys -e stacks || true)

for lock in "$var/setup.lock" "$var/run.lock" "$var/workers.lock" "$var"/stacks/*/lock; do
    [ ! -e "$lock" ] || flock -n "$lock" true || fail "$lock is held (pid $(cat "$lock")); stop what runs there first"
done

sockets_of() { printf '%s/attendant-%s-%s' "${TMPDIR:-/tmp}" "$(id -u)" "$(printf %s "$1" | sha256sum | cut -c1-12)"; }

# Where the path is too long for a socket they lie below /tmp (agent/setup/paths.py).
for place in "$var" "$var"/stacks/* "$var"/bench/*; do
    rm -rf "$(sockets_of "$place")"
done
for stack in "$var"/stacks/*; do
    [ "$stack" = "$var/stacks/attendant" ] || rm -rf "$stack"
done
for name in $ours; do
    [ "$name" = stacks ] || rm -rf "${var:?}/$name"
done
rm -rf "$venv"
for empty in "$var/stacks" "$var"; do
    rmdir "$empty" 2>/dev/null || true
done
for kept in "$var/keys" "$var/stacks/attendant"; do
    [ ! -e "$kept" ] || say "kept: $kept"
done
