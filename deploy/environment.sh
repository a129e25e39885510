#!/usr/bin/env bash
# What ./run, ./test and a server installation share: system libraries and the Python environment.
# Sourced, it gives functions; executed, it makes ready what the application runs on, and starts nothing.
# Everything it says goes to stderr: stdout belongs to the caller.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python="$root/.venv/bin/python"

say() { printf '%s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

have_command() { command -v "$1" >/dev/null 2>&1; }

have_library() { # the name that a program loads, for instance libpango-1.0.so.0
  local ldconfig
  ldconfig=$(PATH="$PATH:/usr/sbin:/sbin" command -v ldconfig) || return 1
  "$ldconfig" -p 2>/dev/null | grep -qF "$1 "
}

have_debian_package() {
  have_command dpkg-query && [[ $(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]
}

# Each line: the Debian package, and how to see that what it brings is here, from wherever it came.
missing_for_run() {
  "${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  have_library libpango-1.0.so.0 || have_debian_package libpango-1.0-0 || echo libpango-1.0-0
  have_library libpangoft2-1.0.so.0 || have_debian_package libpangoft2-1.0-0 || echo libpangoft2-1.0-0
  have_library libharfbuzz-subset.so.0 || have_debian_package libharfbuzz-subset0 || echo libharfbuzz-subset0
}

missing_for_test() {
  have_command chromium-headless-shell || have_command chromium || echo chromium-headless-shell
  have_command qpdf || echo qpdf
  have_command pdftotext || echo poppler-utils
  have_library libatomic.so.1 || have_debian_package libatomic1 || echo libatomic1 # for the browser's driver
  have_command javac || echo default-jdk-headless
  [ -f /usr/share/java/jaxb-runtime.jar ] || echo libjaxb-java
}

missing_for_long_test() {
  have_command npm || echo npm
}

# install_packages NAME…: nothing to do without names. Where it may not install, it prints the line to type.
install_packages() {
  [ $# -gt 0 ] || return 0
  have_command apt-get || die "These are missing and there is no apt-get here: $*. Install what they bring with this system's own package manager, then start again."
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || die "Some system packages are missing. Type this line, then start again:
  sudo apt-get update && sudo apt-get install -y --no-install-recommends $*"
    apt=(sudo -n "${apt[@]}")
  fi
  say "Installing system packages: $*"
  "${apt[@]}" install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 && return 0
  # The list of packages is absent or old on a new machine.
  "${apt[@]}" update -qq >&2 && "${apt[@]}" install -y -qq --no-install-recommends "$@" >&2 ||
    die "The system packages could not be installed. Read the lines above, then type: apt-get install -y --no-install-recommends $*"
}

# The engine without the browser around it halves the time of the browser tests. It is taken where nobody has to be
# asked for it, and done without where that fails.
light_browser() {
  local apt=(apt-get -o Acquire::Retries=0 -o Acquire::http::Timeout=10)
  local install=(install -y -qq --no-install-recommends chromium-headless-shell)
  ! have_command chromium-headless-shell && have_command apt-get || return 0
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || return 0
    apt=(sudo -n "${apt[@]}")
  fi
  { "${apt[@]}" "${install[@]}" || { "${apt[@]}" update -qq && "${apt[@]}" "${install[@]}"; }; } >/dev/null 2>&1 ||
    say "chromium-headless-shell could not be installed: the browser tests use chromium, and take longer."
}

# folder_in_memory: a new folder where nothing waits for a disk, or nothing where there is none with 3 GB to spare.
folder_in_memory() {
  local shared=/dev/shm free folder
  free=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo 2>/dev/null)
  [ "${free:-0}" -gt 4000000 ] || return 0
  free=$(df -Pk "$shared" 2>/dev/null | awk 'NR == 2 && $1 == "tmpfs" { print $4 }')
  [ "${free:-0}" -gt 3000000 ] || return 0
  folder=$(mktemp -d "$shared/tablee-test-XXXXXX" 2>/dev/null) || return 0
  printf '#!/bin/sh\n' >"$folder/try" && chmod +x "$folder/try"
  if "$folder/try" 2>/dev/null; then printf '%s\n' "$folder"; else rm -rf "$folder"; fi
}

# environment_key FILE…: changes when a requirement or the version of Python does.
environment_key() {
  { cat "$@"; "$python" -VV; } | sha256sum | cut -d' ' -f1
}

# install_requirements FILE: skipped when the stamp says that this was done. The stamp is written last,
# so that an interrupted installation is done again.
install_requirements() {
  local stamp="$root/.venv/.installed-$1" key
  key=$(environment_key "$root/requirements.txt" "$root/$1")
  [ "$(cat "$stamp" 2>/dev/null)" != "$key" ] || return 0
  say "Installing what $1 names…"
  "$python" -m uv --version >/dev/null 2>&1 || "$python" -m pip install -q --disable-pip-version-check uv >&2 || true
  VIRTUAL_ENV="$root/.venv" "$python" -m uv pip install -q --compile-bytecode -r "$root/$1" >&2 ||
    { say "uv did not manage; trying with pip."
      "$python" -m pip install -q --disable-pip-version-check -r "$root/$1" >&2; } ||
    die "What $1 names could not be installed. Is the package index reachable? Read the lines above, then start again."
  printf '%s\n' "$key" >"$stamp"
}

# python_environment FILE…: makes .venv if need be and installs each file of requirements.
python_environment() {
  mkdir -p "$root/.cache"
  exec 9>"$root/.cache/setup.lock"
  ! have_command flock || flock 9 # ./run and ./test may be started together
  if ! "$python" -c 'import pip' 2>/dev/null; then
    local base=${PYTHON:-python3}
    "$base" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
      die "Python 3.11 or later is needed. Install it, or name it: PYTHON=/path/to/python3.11 $0"
    say "Making the Python environment in .venv…"
    "$base" -m venv --clear "$root/.venv" >&2 || die "The Python environment could not be made. Read the lines above, then start again."
  fi
  local file
  for file in "$@"; do install_requirements "$file"; done
  exec 9>&-
}

# Compiled translations are not kept in the repository.
compile_translations() {
  local po
  for po in "$root"/translations/*/LC_MESSAGES/*.po; do
    [ -f "$po" ] || continue
    [ "${po%.po}.mo" -nt "$po" ] ||
      "$python" -m babel.messages.frontend -q compile -i "$po" -o "${po%.po}.mo" >&2 ||
      die "The translation $po could not be compiled. Read the lines above."
  done
}

# The two checkers in Java are fetched here, so that a test run itself needs no network.
fetch_verapdf() {
  "$python" -c 'from tests.pdfcheck import prepare; prepare()' >&2 ||
    die "veraPDF could not be made ready. Read the lines above."
}

nu_version=26.9.27
fetch_nu_checker() {
  local jar="$root/.cache/nu/$nu_version.jar" package
  [ ! -f "$jar" ] || return 0
  say "Fetching the Nu HTML checker…"
  mkdir -p "${jar%/*}"
  package=$(mktemp -d)
  (cd "$package" && npm pack --silent "vnu-jar@$nu_version" >/dev/null) ||
    die "The Nu HTML checker could not be fetched. Is the npm registry reachable?"
  tar -xzOf "$package"/*.tgz package/build/dist/vnu.jar >"$jar.part" || die "The package of the Nu HTML checker does not hold its jar any more."
  mv "$jar.part" "$jar"
  rm -r "$package"
}

ready_to_run() {
  local missing
  mapfile -t missing < <(missing_for_run)
  install_packages "${missing[@]}"
  python_environment requirements.txt
  compile_translations
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  cd "$root"
  ready_to_run
  # A server's programs may not write here, so that Python could not keep what it compiles.
  "$python" -m compileall -q app.py blueprints models adapters
fi
