#!/bin/sh
# From a bare machine to a working environment: system packages, the Python environment, then `python -m agent.setup`.
# Idempotent: what is already there is left alone. --environment-only stops before models and Asterisk;
# --with-tests adds what tests need: a browser, a softphone, people speaking other languages.
set -eu
repo=$(cd "$(dirname "$0")/.." && pwd)
cd "$repo"

say() { printf '%s\n' "$*"; }
fail() { printf 'set-up: %s\n' "$*" >&2; exit 1; }

if [ -n "${ATTENDANT_HOME:-}" ]; then
    case $ATTENDANT_HOME in /*) ;; *) fail "ATTENDANT_HOME=$ATTENDANT_HOME is relative; give it from the root, as /srv/attendant" ;; esac
    venv=$ATTENDANT_HOME/venv var=$ATTENDANT_HOME
else
    venv=$repo/.venv var=$repo/var
fi
python=$venv/bin/python
environment_only= for_tests=
for option in "$@"; do
    case $option in
        --environment-only) environment_only=yes ;;
        --with-tests) for_tests="chromium:/usr/bin/chromium* baresip-core:/usr/bin/baresip" ;;
        *) fail "unknown option $option; there are --environment-only and --with-tests" ;;
    esac
done

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || fail "this is $(uname -s) on $(uname -m); the locked packages are for Linux on x86_64"
mkdir -p "$var" 2>/dev/null || fail "cannot write to $var; set ATTENDANT_HOME to a directory you own"
command -v flock >/dev/null || fail "flock is missing; as root: apt-get install util-linux"

# One set-up at a time; agent.setup holds the same lock for its own part.
exec 9>"$var/setup.lock"
flock -w 15 9 || fail "another set-up is at work in $var; wait for it to end, then run this again"

# --- system packages -------------------------------------------------------------------------------------------
# python3-venv for pip, espeak-ng and flite for the simulated callers, apt-utils' own keyring to verify forky.
missing_packages() {
    for pair in "python3-venv:/usr/lib/python3*/ensurepip" "espeak-ng:/usr/bin/espeak-ng" "flite:/usr/bin/flite" \
        "ca-certificates:/etc/ssl/certs/ca-certificates.crt" \
        "debian-archive-keyring:/usr/share/keyrings/debian-archive-keyring.gpg" $for_tests; do
        # shellcheck disable=SC2086  # the pattern must expand
        ls ${pair#*:} >/dev/null 2>&1 || printf '%s ' "${pair%%:*}"
    done
}
missing=$(missing_packages)
if [ -n "$missing" ]; then
    command -v apt-get >/dev/null || fail "these are missing: $missing; install them (Debian 12 or Ubuntu 24.04 do it by themselves)"
    [ "$(id -u)" = 0 ] || fail "these packages are missing; run: sudo apt-get install $missing"
    say "Installing $missing(apt)"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } \
        >"$var/apt.log" 2>&1 || fail "apt-get failed: $(grep -m1 '^E:' "$var/apt.log" || tail -n1 "$var/apt.log"); see $var/apt.log, then run this again"
fi

# --- the Python environment ------------------------------------------------------------------------------------
base_python=
for candidate in python3 python3.11 python3.12 python3.13 /usr/bin/python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
        base_python=$candidate
        break
    fi
done
[ -n "$base_python" ] || fail "no Python from 3.11 to 3.13 with venv found; as root: apt-get install python3 python3-venv"

wanted="$(cat requirements.lock setup.cfg | sha256sum | cut -c1-64) $repo"
if [ ! -x "$python" ] || [ "$(cat "$venv/.stamp" 2>/dev/null)" != "$wanted" ]; then
    say "Installing the Python packages of requirements.lock into $venv (one or two minutes)"
    [ -x "$python" ] && "$python" -c '' 2>/dev/null || { rm -rf "$venv"; "$base_python" -m venv "$venv"; }
    {
        "$python" -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements.lock &&
            "$python" -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
    } >"$var/pip.log" 2>&1 || fail "pip failed: $(grep -m1 '^ERROR' "$var/pip.log" || tail -n1 "$var/pip.log"); check network and disk, see $var/pip.log, then run this again"
    printf '%s\n' "$wanted" >"$venv/.stamp"
fi

[ -z "$environment_only" ] || exit 0
flock -u 9
exec 9>&-
"$python" -m agent.setup
[ -z "$for_tests" ] || "$python" -m agent.setup.foreign_prompts
