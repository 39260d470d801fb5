# Sourced, not run: puts the project's Python on PATH. `source scripts/environment.sh REQUIREMENTS`
# Uses .venv and installs what the pinned requirements ask for; with VENV set, uses that environment as it is.
# The file is always named: sourced without an argument, this script would take the caller's own for it.
if [ -n "${VENV:-}" ]; then
  export PATH="$VENV/bin:$PATH"
else
  requirements=$1
  stamp=".venv/installed-$requirements"
  if [ ! -x .venv/bin/python ]; then
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed" >&2; exit 1; }
    echo "Setting up .venv ..." >&2
    python3 -m venv .venv
  fi
  if ! cmp -s "$requirements" "$stamp"; then
    echo "Installing $requirements ..." >&2
    .venv/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes --requirement "$requirements"
    cp "$requirements" "$stamp"
  fi
  export PATH="$PWD/.venv/bin:$PATH"
fi
mkdir -p build var/static
