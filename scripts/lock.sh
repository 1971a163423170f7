#!/bin/sh
# Compile requirements.in into requirements.lock: every package pinned, every file hashed, valid for Python 3.11 to 3.13.
# Package sources of this machine are left out on purpose: the lock names packages, not places.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
lock=${LOCK:-requirements.lock}
"$python" -m pip install --quiet uv==0.9.5
# --universal keeps the lines that only another Python needs, each behind its marker.
"$python" -m uv pip compile requirements.in --output-file "$lock" \
    --universal --python-version 3.11 --generate-hashes --no-annotate --quiet --no-config \
    --custom-compile-command "scripts/lock.sh" "$@"
if grep -nE -- '--(index-url|extra-index-url|find-links|trusted-host)|file://' "$lock"; then
    echo "$lock names a place to download from; remove the line above" >&2
    exit 1
fi
