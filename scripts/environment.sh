# Sourced, not run: puts the project's Python on PATH. `source scripts/environment.sh REQUIREMENTS`
# Uses .venv and installs what the pinned requirements ask for; with VENV set, uses that environment as it is.
# The file is always named: sourced without an argument, this script would take the caller's own for it.
install_pinned() { # REQUIREMENTS: nothing where they are there already, as in an environment of the caller's
  local stamp=".venv/installed-$1"
  if [ -n "${VENV:-}" ] || cmp -s "$1" "$stamp"; then return; fi
  echo "Installing $1 ..." >&2
  .venv/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes --requirement "$1" &&
    cp "$1" "$stamp"
}
if [ -z "${VENV:-}" ] && [ ! -x .venv/bin/python ]; then
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed" >&2; exit 1; }
  echo "Setting up .venv ..." >&2
  python3 -m venv .venv
fi
install_pinned "$1"
export PATH="${VENV:-$PWD/.venv}/bin:$PATH"
mkdir -p build var/static
