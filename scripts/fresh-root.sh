#!/usr/bin/env bash
# fresh-root.sh [--suite SUITE] COMMAND [ARG...]
#
# Runs COMMAND in a clone of this repository inside a fresh, minimal Debian (trixie) that has nothing but git, node
# and npm: what a new user's machine has. Exit status: COMMAND's. Example: scripts/fresh-root.sh npm test
#
# The clone is of the last commit: what is not committed is not there. The root is unpacked anew each time, from an
# archive in the user's cache folder. This machine's package-client settings, proxy settings and certificates are
# mounted into it, never copied. All mounts are in a namespace of their own and go with it.
# Needs root, mmdebstrap and unshare. Network and PID namespaces are this machine's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
suite=trixie
if [ "${1:-}" = --suite ]; then suite=$2; shift 2; fi
[ $# -ge 1 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
die() { echo "fresh-root: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die 'needs root'
command -v mmdebstrap > /dev/null || die 'needs mmdebstrap: apt-get install mmdebstrap'
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ebpf-otel-agent
archive=$cache/root-$suite.tar

# The Debian archive that this machine itself uses, unless DEBIAN_MIRROR names another.
mirror() {
  local found
  found=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' | grep -m 1 '/debian/\?$')}
  echo "${found:?no Debian archive among the sources of apt: set DEBIAN_MIRROR}"
}

if [ ! -e "$archive" ]; then
  mkdir -p "$cache"
  mmdebstrap --quiet --format=tar --variant=minbase --include=ca-certificates,git,nodejs,npm "$suite" "$archive.part" "$(mirror)"
  mv "$archive.part" "$archive"
fi

fresh=$(mktemp -d /var/tmp/fresh-root.XXXXXX)
trap 'rm -rf --one-file-system "$fresh"' EXIT
tar -xf "$archive" -C "$fresh"
git clone -q "$PWD" "$fresh/root/ebpf-otel-agent"
git -C "$fresh/root/ebpf-otel-agent" remote remove origin
printf '#!/bin/bash\ncd /root/ebpf-otel-agent || exit\nexec %s\n' "$(printf '%q ' "$@")" > "$fresh/root/command"

# In the new mount namespace: kernel file systems, then the settings that are there on this machine.
# shellcheck disable=SC2016 # the inner shell expands
inside='set -euo pipefail
fresh=$1
hand_in() { # PATH: mounts this machine'"'"'s own file or folder, read-only, at the same place
  [ -e "$1" ] || return 0
  if [ -d "$1" ]; then mkdir -p "$fresh$1"; else mkdir -p "$fresh$(dirname "$1")" && touch "$fresh$1"; fi
  mount --bind "$1" "$fresh$1" && mount -o remount,bind,ro "$fresh$1"
}
mount --rbind /proc "$fresh/proc"
mount --rbind /sys "$fresh/sys"
mount --rbind /dev "$fresh/dev"
for path in /etc/resolv.conf /etc/hosts /etc/ssl/certs /usr/local/share/ca-certificates; do hand_in "$path"; done
for path in "$NPM_CONFIG_USERCONFIG" "$NPM_CONFIG_GLOBALCONFIG" "$HOME/.config/go/env" "$HOME/.config/pip" \
    /etc/pip.conf /etc/apt/auth.conf /etc/apt/auth.conf.d; do hand_in "$path"; done
for path in $(grep -lEi "proxy|https?::|Acquire" /etc/apt/apt.conf /etc/apt/apt.conf.d/* 2> /dev/null); do hand_in "$path"; done
exec chroot "$fresh" /bin/bash /root/command'
# PATH is the fresh root's own; proxy and certificate variables stay as they are.
NPM_CONFIG_USERCONFIG=$(npm config get userconfig) NPM_CONFIG_GLOBALCONFIG=$(npm config get globalconfig)
export NPM_CONFIG_USERCONFIG NPM_CONFIG_GLOBALCONFIG
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  unshare --mount --propagation private bash -c "$inside" bash "$fresh"
