#!/bin/sh
# What the Makefile's set-up steps do. Each may be repeated; none needs to be root.
# usage: deploy/set-up.sh venv|python|test-python|browser|test-browser|test-tools
set -eu
cd "$(dirname "$0")/.."
venv=.venv

say() { printf '%s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

# Debian's own packages: installed where we may, named where we may not.
debian() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing $* ..."
        apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1 ||
            { apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null; }
    else
        fail "Missing: $*. As root: apt-get install $*"
    fi
}

case "$1" in
venv)
    python=${PYTHON:-python3}
    command -v "$python" >/dev/null || debian python3
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$python is older than 3.11; name a newer one: make run PYTHON=python3.11"
    "$python" -c 'import ensurepip, venv' 2>/dev/null || debian python3-venv
    say "Making $venv ..."
    "$python" -m venv "$venv"
    # The product runs from its folder: a path, and the script that an installation would have made.
    "$venv/bin/python" - <<'PYTHON'
import pathlib, sysconfig
pathlib.Path(sysconfig.get_path("purelib"), "paso.pth").write_text(f"{pathlib.Path.cwd()}\n", "utf-8")
PYTHON
    cat >"$venv/bin/paso" <<'SCRIPT'
#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/python" -m core.commands "$@"
SCRIPT
    chmod 755 "$venv/bin/paso"
    ;;
python | test-python)
    file=requirements.txt
    [ "$1" = python ] || file=requirements-dev.txt
    say "Installing Python packages ($file) ..."
    "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-input --require-hashes -r "$file"
    ;;
browser | test-browser | lighthouse)
    npm=npm
    if ! command -v npm >/dev/null; then
        npm=$venv/bin/npm
        if [ ! -x "$npm" ]; then
            say "Installing Node.js into $venv (npm is not on this machine) ..."
            "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-input --require-hashes -r requirements-node.txt
        fi
    fi
    folder=. omit= what="what the pages need in the browser"
    case "$1" in
    browser) omit=--omit=dev ;;
    test-browser) what="$what, and what checks it" ;;
    lighthouse) folder=bench/lighthouse what=Lighthouse ;;
    esac
    say "Installing $what ..."
    PATH="$(pwd)/$venv/bin:$PATH" "$npm" ci $omit --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent --prefer-offline
    ;;
test-tools)
    command -v chromium >/dev/null || debian chromium
    [ -n "$(find /usr/share/fonts -name 'NotoSans-Regular.*' 2>/dev/null | head -1)" ] || debian fonts-noto-core
    ;;
*)
    fail "deploy/set-up.sh: venv, python, test-python, browser, test-browser, lighthouse or test-tools"
    ;;
esac
