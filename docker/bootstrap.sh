#!/bin/sh
# Makes ready what one make target needs, and nothing when it is ready already: docker/bootstrap.sh run|lint|test
#
#   run   a virtual environment from requirements.lock, with the project in it
#   lint  the same with requirements-dev.lock, and node_modules from package-lock.json
#   test  the same, with Chromium, Firefox and the programs of PostgreSQL, Redis and coturn
#
# Programs that are missing are installed with apt by root; anybody else is told the command. Never starts a service.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-run}
venv=.venv

say() { printf '%s\n' "curbside: $*" >&2; }

# The first Python on the path that is new enough.
find_python() {
    for name in python3 python3.11 python3.12 python3.13 python3.14 python; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

can_make_environment() { "$(find_python)" -c 'import ensurepip, venv' 2>/dev/null; }

has_postgresql() { command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; }

# Debian packages that this purpose lacks, one word each.
missing_packages() {
    [ -x $venv/bin/python ] || can_make_environment || echo python3-venv
    [ "$purpose" = run ] && return
    command -v node >/dev/null || echo nodejs
    command -v npm >/dev/null || echo npm
    [ "$purpose" = lint ] && return
    command -v chromium >/dev/null || echo chromium fonts-noto-core
    command -v chromium-headless-shell >/dev/null || echo chromium-headless-shell
    has_postgresql || echo postgresql
    command -v redis-server >/dev/null || echo redis-server
    command -v turnserver >/dev/null || echo coturn
    command -v firefox-esr >/dev/null || echo firefox-esr
    command -v ip >/dev/null || echo iproute2
}

ensure_packages() {
    packages=$(missing_packages | paste -s -d ' ' -)
    if [ -z "$packages" ]; then return; fi
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        say "some programs are missing. Type this, then run the same target again:"
        say "    sudo apt-get update && sudo apt-get install --no-install-recommends $packages"
        exit 1
    fi
    say "installing $packages"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    keep_postgresql_still
    keep_coturn_still
    # shellcheck disable=SC2086  # one word per package is meant
    apt-get -qq install --yes --no-install-recommends -o Dpkg::Options::=--force-confold $packages >/dev/null
}

# The tests start a PostgreSQL of their own; Debian's package would also start one for the whole machine.
keep_postgresql_still() {
    settings=/etc/postgresql-common/createcluster.conf
    case $packages in *postgresql*) ;; *) return 0 ;; esac
    if [ -e "$settings" ]; then return; fi
    mkdir -p "${settings%/*}"
    echo 'create_main_cluster = false' >"$settings"
}

# The same of coturn: with systemd, Debian's package would start a relay that everybody reaches, and again at each boot.
keep_coturn_still() {
    unit=/etc/systemd/system/coturn.service
    case $packages in *coturn*) ;; *) return 0 ;; esac
    if [ -e "$unit" ] || [ -L "$unit" ] || [ ! -d "${unit%/*}" ]; then return; fi
    ln -s /dev/null "$unit"
}

# What an environment was made of: these files, at this place. Printed as one short word.
fingerprint() { { pwd; cat "$@"; } | sha256sum | cut -c1-32; }

# Stamps hold fingerprints, so that a second run has nothing to do but compare them.
is_current() { [ "$(cat "$1" 2>/dev/null)" = "$(fingerprint "$2" "$3")" ]; }

stamp_of() { echo "$venv/.made-of-$1"; }

is_environment_ready() {
    [ -x $venv/bin/python ] && [ -x $venv/bin/curbside ] && is_current "$(stamp_of "$1")" pyproject.toml "$1"
}

# Made anew where there is none, where its Python is gone, and where the tree was moved: its scripts name their place.
make_environment() {
    if [ "$(cat $venv/.made-at 2>/dev/null)" = "$(pwd)" ] && $venv/bin/python -m pip --version >/dev/null 2>&1; then return; fi
    say "making the virtual environment $venv"
    "$(find_python)" -m venv --clear $venv
    pwd >$venv/.made-at
}

# Installs a lock and the project; the second lock named is a part of the first.
ensure_environment() {
    if is_environment_ready "$1"; then return; fi
    make_environment
    say "installing $1"
    pip="$venv/bin/python -m pip --disable-pip-version-check --no-input --quiet"
    $pip install --require-hashes --no-deps --only-binary :all: --requirement "$1"
    $pip install --no-deps --no-build-isolation --editable .
    for lock in "$@"; do fingerprint pyproject.toml "$lock" >"$(stamp_of "$lock")"; done
}

ensure_node_modules() {
    if [ ! -e package-lock.json ] || is_current node_modules/.made-of package-lock.json .npmrc; then return; fi
    say "installing package-lock.json"
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
    fingerprint package-lock.json .npmrc >node_modules/.made-of
}

case $purpose in
    run)
        ensure_packages
        ensure_environment requirements.lock
        ;;
    lint | test)
        ensure_packages
        ensure_environment requirements-dev.lock requirements.lock
        ensure_node_modules
        ;;
    *)
        say "unknown purpose '$purpose': run, lint or test"
        exit 2
        ;;
esac
