# The system's packages. What counts is whether the compiler finds the header and the shell the program, not who
# installed it: so the same check serves every distribution, and a complete machine never sees apt. Sourced by ../setup.

# package, and the header that tells that it is there
header_packages="
libboost-dev        boost/dll/shared_library.hpp
nlohmann-json3-dev  nlohmann/json.hpp
libyaml-cpp-dev     yaml-cpp/yaml.h
libspdlog-dev       spdlog/spdlog.h
libcli11-dev        CLI/CLI.hpp
libicu-dev          unicode/unistr.h
libssl-dev          openssl/evp.h
libcatch2-dev       catch2/catch_all.hpp
"  # catch_all.hpp came with Catch2 v3

# One run of the preprocessor prints the packages whose headers it does not find.
missing_packages() {
  awk 'NF == 2 {printf "#if !__has_include(<%s>)\n%s\n#endif\n", $2, $1}' <<<"$header_packages" |
    $compiler -x c++ -std=c++20 -E -P - | sed '/^$/d'
  cmake_program >/dev/null || echo cmake
  ninja --version >/dev/null 2>&1 || echo ninja-build
  command -v ccache >/dev/null || echo ccache
  command -v mold >/dev/null || echo mold
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@" >>"$state/apt.log" 2>&1
}

# The last error that apt wrote, in one line.
apt_error() { grep '^E:' "$state/apt.log" | tail -n 1 | sed 's/^E: //'; }

# Debian 12 itself has Catch2 v2; v3 is in its backports, which come from wherever this machine gets Debian 12.
add_backports() {
  local entry file
  entry=$(python3 "$root/tools/setup.d/backports_entry" /etc/apt) ||
    die "Catch2 v3 is in bookworm-backports, and no apt source of Debian 12 was found to derive them from; add bookworm-backports to /etc/apt by hand and run again."
  [ -n "$entry" ] || return 0
  file=/etc/apt/sources.list.d/modelhost-backports.$(head -n 1 <<<"$entry")
  say "adding bookworm-backports as $file"
  tail -n +2 <<<"$entry" | as_root tee "$file" >/dev/null
}

# Since Catch2 3.4 the package is called libcatch2-dev, before it was catch2.
catch2_package() {
  if apt-cache show libcatch2-dev >/dev/null 2>&1; then echo libcatch2-dev; else echo catch2; fi
}

install_packages() {
  local missing catch2=
  missing=$(missing_packages | xargs)
  [ -n "$missing" ] || return 0
  system_is_supported ||
    die "this is $os_name, whose packages setup does not know; install what Debian calls: $missing. Then run again."
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
    die "these packages are missing and installing them needs root or sudo: $missing."

  say "installing $missing"
  : >"$state/apt.log"
  if [[ " $missing " == *" libcatch2-dev "* ]]; then
    catch2=1 missing=$(xargs -n 1 <<<"$missing" | sed /^libcatch2-dev$/d | xargs)
    if [ "$os_id $os_version" = "debian 12" ]; then add_backports; fi
  fi
  apt update || say "apt-get update had errors ($(apt_error)); trying with what it has"
  # shellcheck disable=SC2086  # a list of names
  [ -z "$missing" ] || apt install --no-install-recommends $missing || packages_failed
  [ -z "$catch2" ] || install_catch2 || packages_failed
  missing=$(hash -r; missing_packages | xargs)
  [ -z "$missing" ] || die "installed without an error, but still not found: $missing; see .cache/setup/apt.log."
}

install_catch2() {
  local release=()
  if [ "$os_id $os_version" = "debian 12" ]; then release=(-t bookworm-backports); fi
  apt install --no-install-recommends "${release[@]}" "$(catch2_package)"
}

packages_failed() {
  die "apt could not install the packages (is the network reachable?): $(apt_error) The whole log: .cache/setup/apt.log."
}
