# shellcheck shell=bash
# Installs what is missing from the distribution's packages (Debian and its kin), by name. Sourced by penstock and verify.
#
# On a terminal the user is asked first. Otherwise, or after --yes (ASSUME_YES=1), root installs and anyone else is told the command.

# packages_known: whether this system's packages are ones that this file can install.
packages_known() {
  type -P apt-get >/dev/null && type -P dpkg-query >/dev/null
}

# package_installed NAME
package_installed() {
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# package_available NAME: whether apt's lists have a version to install.
package_available() {
  apt-cache policy "$1" 2>/dev/null | grep -q '^  Candidate: [^(]'
}

# packages_missing SPEC...: sets the array MISSING to package names. A SPEC is NAME, or NAME|OTHER (any of them will do), optionally followed
# by :COMMAND (nothing is missing if that command is there, wherever it came from).
packages_missing() {
  local spec names command name
  MISSING=()
  for spec in "$@"; do
    names=${spec%%:*}
    command=
    [[ $spec != *:* ]] || command=${spec#*:}
    if [[ -n $command ]] && type -P "$command" >/dev/null; then
      continue
    fi
    if ! packages_known; then
      MISSING+=("$names")
      continue
    fi
    for name in ${names//|/ }; do
      if package_installed "$name"; then
        continue 2
      fi
    done
    for name in ${names//|/ }; do
      if package_available "$name"; then
        MISSING+=("$name")
        continue 2
      fi
    done
    MISSING+=("${names%%|*}")
  done
}

# packages_install REASON NAME...: installs the packages. Status 1: not done (refused, not allowed, or failed), and why was said.
packages_install() {
  local reason=$1 answer as_root=()
  shift
  local command="apt-get install -y --no-install-recommends $*"
  if ! packages_known; then
    say "missing for $reason: $* (install them with this system's package manager)."
    return 1
  fi
  if ((EUID != 0)); then
    as_root=(sudo)
    command="sudo $command"
  fi
  if ((!ASSUME_YES)) && [[ -t 0 && -t 2 ]]; then
    read -r -p "penstock: $reason needs the packages: $*. Run '$command'? [Y/n] " answer
    if [[ ! $answer =~ ^([yY]|[yY]es)?$ ]]; then
      return 1
    fi
  elif ((EUID != 0)); then
    say "missing for $reason. Run: $command"
    return 1
  fi
  if ((EUID != 0)) && ! type -P sudo >/dev/null; then
    say "missing for $reason, and there is no sudo. Run as root: ${command#sudo }"
    return 1
  fi
  say "installing for $reason: $*"
  packages_apt "${as_root[@]}" "$@"
}

# packages_apt [sudo] NAME...: the lists are fetched only if installing without that fails. No daemon that comes with a package is started.
packages_apt() {
  local as_root=() log
  if [[ $1 == sudo ]]; then
    as_root=(sudo)
    shift
  fi
  log=$(mktemp) || return 1
  local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 apt-get install -y --no-install-recommends "$@")
  if "${install[@]}" </dev/null >"$log" 2>&1 ||
    { "${as_root[@]}" apt-get update </dev/null >"$log" 2>&1 && "${install[@]}" </dev/null >"$log" 2>&1; }; then
    rm -f "$log"
    return 0
  fi
  tail -n 20 "$log" >&2
  rm -f "$log"
  say "could not install: $*"
  return 1
}
