# What setup expects to find: an operating system it knows, a C++20 compiler and Python. Sourced by ../setup.
os_id=unknown os_version= os_name="an unknown system"
if [ -r /etc/os-release ]; then
  read -r os_id os_version os_name < <(. /etc/os-release && echo "${ID:-unknown} ${VERSION_ID:-?} ${PRETTY_NAME:-${ID:-}}")
fi
compiler=${CXX:-g++}

system_is_supported() {
  case "$os_id $os_version" in
    "debian 12" | "debian 13" | "ubuntu 24.04") command -v apt-get >/dev/null ;;
    *) return 1 ;;
  esac
}

check_prerequisites() {
  command -v flock >/dev/null || die "the program flock is missing; it is part of util-linux."
  command -v "${compiler%% *}" >/dev/null || die "no C++ compiler: $compiler was not found; install g++ 12 or newer (package g++)."
  if [ "$compiler" = g++ ]; then
    local version
    version=$(g++ -dumpfullversion)
    version_at_least "$version" 12 || die "g++ $version is too old: modelhost is C++20 and needs g++ 12 or newer."
  fi
  command -v python3 >/dev/null || die "python3 was not found; install Python 3.10 or newer (packages python3 and python3-venv)."
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    die "python3 is $(python3 --version 2>&1): Python 3.10 or newer is needed."
}
