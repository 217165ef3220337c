#!/bin/sh
# Makes the virtual environment $1 from requirements.lock, on any host with Python 3.11 or newer.
set -eu
venv=$1
python=${PYTHON:-python3}

fail() { echo "whyspike: $1" >&2; exit 2; }

command -v "$python" >/dev/null 2>&1 || fail "$python is not installed. Remedy: install Python 3.11 or newer, or call make PYTHON=/path/to/python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || fail "$("$python" --version) is too old. Remedy: install Python 3.11 or newer, or call make PYTHON=/path/to/python3.11"

# Debian keeps ensurepip in a package of its own; without it a venv has no pip.
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "whyspike: installing Debian's python3-venv"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; } >/dev/null \
      || fail "apt-get could not install python3-venv. Remedy: install it, then call make again"
  else
    fail "$python lacks the venv module. Remedy: sudo apt-get install python3-venv"
  fi
fi

echo "whyspike: making $venv (once, about a minute)"
"$python" -m venv "$venv"
"$venv/bin/python" -m pip install -q --disable-pip-version-check "uv>=0.9,<1"
"$venv/bin/uv" pip install -q --python "$venv/bin/python" --require-hashes -r requirements.lock
"$venv/bin/uv" pip install -q --python "$venv/bin/python" --no-deps -e .
