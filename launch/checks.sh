# shellcheck shell=bash
# Checks of the scripts and of the started program as a user meets it. Sourced by verify; each check is a function, its output is shown only
# if it fails.

readonly CHECKS=(
  scripts_are_clean answers_version_from_any_folder_and_by_a_link works_with_an_empty_environment works_with_closed_streams
  works_in_a_folder_that_is_gone makes_no_state_folder_of_a_relative_name fails_when_its_output_is_lost
  names_an_interface_in_any_locale names_the_jdk_it_lacks
  fails_once_for_a_wrong_command root_leaves_nothing_of_its_own_in_a_checkout
  tells_an_interrupted_build_from_a_failed_one installs_what_is_missing asks_a_terminal_before_it_installs
  tells_others_than_root_what_to_install no_trace_of_other_machines
  systemd_takes_our_units is_the_daemon_by_its_other_name manual_pages_are_clean
)

scripts_are_clean() {
  (cd "$ROOT" && shellcheck -x penstock penstock-wg verify .ci/run launch/train launch/train-node launch/train-server launch/*.sh interop/nat/run interop/nat/pair perf/direct control/cli/src/test/guest/{init,prepare})
}

answers_version_from_any_folder_and_by_a_link() {
  local folder status
  folder=$(mktemp -d) || return 1
  ln -s "$ROOT/penstock" "$folder/tunnel"
  (cd "$folder" && ./tunnel version | grep -i penstock)
  status=$?
  rm -rf "$folder"
  return $status
}

works_with_an_empty_environment() {
  env -i "$ROOT/penstock" version | grep -i penstock
}

# Nothing is said about them on those that are open.
works_with_closed_streams() {
  local output
  output=$("$ROOT/penstock" version 2>&1 <&-)
  [[ $output == "penstock "* ]] || { echo "without standard input: $output"; return 1; }
  output=$("$ROOT/penstock" version 2>&1 >&-)
  [[ -z $output ]] || { echo "without standard output: $output"; return 1; }
  output=$("$ROOT/penstock" version 2>&-)
  [[ $output == "penstock "* ]] || { echo "without standard error: $output"; return 1; }
  output=$(LOG_LEVEL=debug "$ROOT/penstock" wg 'no/name' 2>&1 >&- <&-)
  [[ $output == "penstock wg: "*"'/'"* ]] || { echo "wg without both: $output"; return 1; }
}

works_in_a_folder_that_is_gone() {
  local folder
  folder=$(mktemp -d) || return 1
  (cd "$folder" && rmdir "$folder" && "$ROOT/penstock" version | grep -i penstock)
}

makes_no_state_folder_of_a_relative_name() {
  local folder found
  folder=$(mktemp -d) || return 1
  (cd "$folder" && PENSTOCK_STATE=some-folder "$ROOT/penstock" wg 'no/name') && { echo "made 'no/name'"; return 1; }
  found=$(ls -A "$folder")
  rm -rf "$folder"
  [[ -z $found ]] || { echo "made $found"; return 1; }
}

fails_when_its_output_is_lost() {
  local output
  output=$("$ROOT/penstock" version --json 2>&1 >/dev/full) && return 1
  echo "$output"
  [[ $output == *"could not be written"* ]]
}

# As a service without a locale names it; but what is no text could only become a name that nobody asked for.
names_an_interface_in_any_locale() {
  local output
  output=$(LC_ALL=C "$ROOT/penstock" wg 'ä name' 2>&1) && return 1
  echo "$output"
  [[ $output == *blanks* ]] || return 1
  output=$(LC_ALL=C "$ROOT/penstock" wg $'wg\xff0' 2>&1) && return 1
  echo "$output"
  [[ $output == *UTF-8* && $output != *Exception* ]]
}

names_the_jdk_it_lacks() {
  local output
  output=$(PENSTOCK_JAVA_HOME=/nonexistent "$ROOT/penstock" version 2>&1) && return 1
  echo "$output"
  [[ $output == *PENSTOCK_JAVA_HOME=/nonexistent* && $output == *adoptium* ]]
}

fails_once_for_a_wrong_command() {
  local output
  output=$("$ROOT/penstock" no-such-command 2>&1) && return 1
  echo "$output"
  [[ $output == *no-such-command* && $output != *Exception* ]]
}

# As systemd reads them, with the program where a package puts it; and what its own judge says of what they leave open, in tenths.
systemd_takes_our_units() {
  local folder unit output status=0
  type -P systemd-analyze >/dev/null || { echo "needs systemd-analyze"; return 1; }
  folder=$(mktemp -d) || return 1
  mkdir -p "$folder/usr/bin" "$folder/usr/lib/systemd/system"
  cp /bin/true "$folder/usr/bin/penstock"
  cp -r /usr/lib/systemd/system/. "$ROOT"/launch/systemd/*.service "$ROOT"/launch/systemd/*.target "$folder/usr/lib/systemd/system/"
  for unit in penstockd.service penstock-wait-online.service penstock-online.target; do
    output=$(systemd-analyze verify --man=no --root="$folder" "$folder/usr/lib/systemd/system/$unit" 2>&1 | grep penstock)
    [[ -z $output ]] || { echo "$output"; status=1; }
  done
  rm -rf "$folder"
  systemd-analyze security --offline=true --threshold=25 "$ROOT/launch/systemd/penstockd.service" | tail -n 1
  ((PIPESTATUS[0] == 0)) || { echo "penstockd.service is more open than 2.5"; status=1; }
  return $status
}

is_the_daemon_by_its_other_name() {
  local output
  output=$("$ROOT/penstockd" --help) || return 1
  [[ $output == *"penstock daemon"* ]] || { echo "$output"; return 1; }
}

# What groff warns of, a reader sees as a page that is not what was meant.
manual_pages_are_clean() {
  local folder page output status=0
  type -P groff >/dev/null || { echo "needs groff"; return 1; }
  folder=$(mktemp -d) || return 1
  "$ROOT/penstock" generate-man "$folder" || status=1
  for page in penstock.8 penstockd.8; do
    output=$(groff -man -ww -Tutf8 -z "$folder/$page" 2>&1) || status=1
    [[ -z $output ]] || { echo "$page: $output"; status=1; }
    [[ $(groff -man -Tutf8 "$folder/$page") == *status* ]] || { echo "$page says little"; status=1; }
  done
  rm -rf "$folder"
  return $status
}

# fake_checkout FOLDER MAVEN: makes one there whose Maven is that line of shell.
fake_checkout() {
  cp -r "$ROOT/penstock" "$ROOT/launch" "$ROOT/pom.xml" "$1"
  mkdir -p "$1/bin" "$1/ffm-bindings" "$1/dataplane" "$1/control/cli"
  printf '#!/bin/sh\n%s\n' "$2" >"$1/bin/mvn"
  chmod 755 "$1" "$1/bin/mvn"
}

# Ctrl-C reaches the whole group of processes, and Maven ends with a status of its own.
tells_an_interrupted_build_from_a_failed_one() {
  local folder output
  folder=$(mktemp -d) || return 1
  fake_checkout "$folder" 'trap "exit 130" INT; sleep 30 & wait'
  output=$(PATH=$folder/bin:$PATH env --default-signal=INT timeout -s INT 3 "$folder/penstock" version 2>&1)
  rm -rf "$folder"
  echo "$output"
  [[ $output == *interrupted* && $output != *failed* ]]
}

# A checkout of somebody else's that root starts, with a Maven that makes an empty program: afterwards its owner can build it again.
root_leaves_nothing_of_its_own_in_a_checkout() {
  local folder owner=nobody found status=0
  ((EUID == 0)) || { echo "needs root"; return 1; }
  folder=$(mktemp -d) || return 1
  fake_checkout "$folder" 'echo built; mkdir -p control/cli/target/dist && : >control/cli/target/dist/penstock.jar'
  chown -R "$owner" "$folder"
  PATH=$folder/bin:$PATH "$folder/penstock" version
  found=$(find "$folder" ! -user "$owner")
  [[ -z $found ]] || { echo "of root: $found"; status=1; }
  [[ -e $folder/control/cli/target/dist/.built ]] || { echo "root did not build"; status=1; }
  rm -f "$folder/control/cli/target/dist/.built"
  PATH=$folder/bin:$PATH runuser -u "$owner" -- "$folder/penstock" version
  [[ -e $folder/control/cli/target/dist/.built ]] || { echo "its owner cannot build"; status=1; }
  rm -rf "$folder"
  return $status
}

# fake_packages FOLDER: a distribution that lacks everything, and whose lists are out of date. FOLDER/log is what apt-get was told.
fake_packages() {
  printf '#!/bin/sh\nexit 1\n' >"$1/dpkg-query"
  printf '#!/bin/sh\necho "  Candidate: 1.0"\n' >"$1/apt-cache"
  cat >"$1/apt-get" <<'END'
#!/bin/sh
echo "$*" >>"${0%/*}/log"
[ "$1" = update ] || grep -q update "${0%/*}/log"
END
  cat >"$1/install" <<'END'
ASSUME_YES=$1
say() { echo "$*" >&2; }
. "${0%/*}/packages.sh"
packages_missing 'some-package|another' other:no-such-command sh-package:sh
packages_install "a test" "${MISSING[@]}"
END
  cp "$ROOT/launch/packages.sh" "$1"
  : >"$1/log"
  chmod 755 "$1" "$1"/*
}

# The lists are fetched when installing without that fails.
installs_what_is_missing() {
  local folder output status=0
  local wanted="install -y --no-install-recommends some-package other"
  folder=$(mktemp -d) || return 1
  fake_packages "$folder"
  PATH=$folder:$PATH bash "$folder/install" 0 </dev/null || status=1
  output=$(cat "$folder/log")
  rm -rf "$folder"
  echo "$output"
  [[ $output == "$wanted"$'\n'update$'\n'"$wanted" ]] && ((status == 0))
}

asks_a_terminal_before_it_installs() {
  local folder refused agreed status=0
  folder=$(mktemp -d) || return 1
  fake_packages "$folder"
  PATH=$folder:$PATH script -qec "bash $folder/install 0" /dev/null <<<n && { echo "refused, and succeeds"; status=1; }
  refused=$(cat "$folder/log")
  PATH=$folder:$PATH script -qec "bash $folder/install 0" /dev/null <<<y
  agreed=$(cat "$folder/log")
  : >"$folder/log"
  PATH=$folder:$PATH script -qec "bash $folder/install 1" /dev/null </dev/null | grep -F 'Y/n' && { echo "--yes, and asks"; status=1; }
  [[ $(cat "$folder/log") == *some-package* ]] || { echo "--yes, and installs nothing"; status=1; }
  rm -rf "$folder"
  echo "refused: $refused, agreed: $agreed"
  [[ -z $refused && $agreed == *some-package* ]] && ((status == 0))
}

tells_others_than_root_what_to_install() {
  local folder output log status=0
  folder=$(mktemp -d) || return 1
  fake_packages "$folder"
  output=$(PATH=$folder:$PATH runuser -u nobody -- bash "$folder/install" 0 2>&1 </dev/null) && status=1
  log=$(cat "$folder/log")
  rm -rf "$folder"
  echo "$output, $log"
  [[ $output == *"sudo apt-get install -y --no-install-recommends some-package other"* && -z $log ]] && ((status == 0))
}

# Text that only makes sense on the machine where it was written does not belong into the checkout.
no_trace_of_other_machines() {
  local found
  found=$(cd "$ROOT" && git grep -nIE '(^|[^a-z])/work/|/root/' -- . ':!launch/checks.sh') && { echo "$found"; return 1; }
  return 0
}

run_checks() {
  local check output status=0
  for check in "${CHECKS[@]}"; do
    if output=$("$check" 2>&1); then
      CHECKS_PASSED=$((CHECKS_PASSED + 1))
      echo "passed $check"
    else
      CHECKS_FAILED=$((CHECKS_FAILED + 1))
      status=1
      echo "FAILED $check"
      printf '%s\n' "$output" | tail -n 20
    fi
  done
  return $status
}
