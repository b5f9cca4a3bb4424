# What setup, demo and test share. Sourced, never run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# Prints the comment at the head of the script that was started.
show_help() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

# version_at_least 3.25.1 3.25
version_at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# The first CMake that reads our presets (their format came with 3.25): an old one may stand first on PATH.
cmake_program() {
  local candidate version
  for candidate in cmake /usr/bin/cmake; do
    version=$("$candidate" --version 2>/dev/null | sed -n 's/^cmake version //p') || continue
    if [ -n "$version" ] && version_at_least "$version" 3.25; then
      echo "$candidate"
      return 0
    fi
  done
  return 1
}

seconds_since() { awk -v a="$1" -v b="${EPOCHREALTIME/,/.}" 'BEGIN {printf "%.1f", b - a}'; }

# phase "what it is" command...: runs it with its output on stderr, and says how long it took.
phase() {
  local name=$1 start=${EPOCHREALTIME/,/.}
  shift
  "$@" >&2 || die "$name failed"
  say "$name took $(seconds_since "$start") s"
}

# configure <preset> [options of cmake]
# A folder in which nobody has built yet compiles in batches, which is quick from nothing; one that is there stays as it is.
configure() {
  local preset=$1 options=("${@:2}")
  case $preset in
    release | ci) [ -e build/release/CMakeCache.txt ] || options=(-DMODELHOST_UNITY=ON "${options[@]}") ;;
  esac
  "$(cmake_program)" --preset "$preset" "${options[@]}"
}

# build <preset> [target]
build() { "$(cmake_program)" --build --preset "$1" --parallel "$(nproc)" ${2:+--target "$2"}; }
