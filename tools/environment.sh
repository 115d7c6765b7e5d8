# Sourced by the entry points in this directory: a Python environment with us in it.
# Needs python3 (3.10 or later) and git; as root, installs what Debian keeps apart.

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "error: $*"
    exit 1
}

# Install Debian packages that are missing, as root; else name them.
need_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        fail "please have these packages installed first: ${missing[*]}"
    fi
    say "installing Debian packages: ${missing[*]}"
    apt-get update -qq >/dev/null || say "warning: the package lists could not be renewed"
    # Run level 1 keeps servers that come in packages from being started.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >/dev/null || fail "apt-get could not install: ${missing[*]}"
}

# The interpreter to build environments with.
find_python() {
    PYTHON=${PYTHON:-python3}
    command -v "$PYTHON" >/dev/null || fail "$PYTHON is not installed"
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        fail "$PYTHON is older than Python 3.10: set PYTHON to a later one"
    if ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
        need_packages python3-venv
    fi
}

# make_environment DIR ARGUMENT...: a virtual environment in DIR in which
# "pip install ARGUMENT..." has succeeded; does nothing when it is as it should be.
make_environment() {
    local directory=$1 wanted
    shift
    wanted=$(printf '%s\n' "$("$PYTHON" -V)" "$@"; cat requirements.txt setup.cfg)
    if [ "$(cat "$directory/made-from" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    rm -rf "$directory"
    "$PYTHON" -m venv "$directory" || fail "no environment could be made in $directory"
    say "installing Python packages in $directory (a minute or two the first time)"
    "$directory/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2 ||
        fail "pip could not install: $*"
    printf '%s' "$wanted" >"$directory/made-from"
}
