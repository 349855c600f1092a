# shellcheck shell=bash disable=SC2034 # the results are used by those who source this
# Finds a Java run time or a JDK that is new enough. Sourced by penstock and verify; runs no Java to find out, so that it costs a start
# about a millisecond.
#
# Results are left in JDK_HOME (the folder with bin/java), JDK_MAJOR (25) and JDK_VERSION (25.0.3).


readonly JDK_OLDEST=22
readonly JDK_TESTED=25

JDK_HOME=
JDK_MAJOR=0
JDK_VERSION=

# jdk_major HOME: sets REPLY to the feature release that HOME's `release` file tells (0 if it is no Java) and REPLY_VERSION to all of it.
jdk_major() {
  local line version=
  REPLY=0
  REPLY_VERSION=
  [[ -x $1/bin/java && -r $1/release ]] || return 0
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ $line == JAVA_VERSION=* ]]; then
      version=${line#JAVA_VERSION=}
      version=${version//\"/}
      break
    fi
  done <"$1/release"
  REPLY_VERSION=$version
  version=${version%%[.+-]*}
  if [[ $version =~ ^[0-9]{1,4}$ ]]; then
    REPLY=$version
  fi
}

# jdk_candidates: sets the array CANDIDATES to every folder that may be a Java home, the user's own words first.
jdk_candidates() {
  local name path
  CANDIDATES=()
  [[ -z ${JAVA_HOME:-} ]] || CANDIDATES+=("$JAVA_HOME")
  for name in "${!JDK@}"; do
    [[ $name =~ ^JDK.*_HOME$ && -n ${!name} ]] && CANDIDATES+=("${!name}")
  done
  CANDIDATES+=(/usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* /opt/*jdk*)
  [[ -z ${HOME:-} ]] || CANDIDATES+=("$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*)
  if path=$(type -P java); then
    path=$(readlink -f "$path")
    CANDIDATES+=("${path%/bin/java}")
  fi
}

# jdk_find run|build: the best Java to run with (newest), or to build with (has javac; the tested release first, then the newest).
# PENSTOCK_JAVA_HOME decides alone when it is set. Status 1: none found.
jdk_find() {
  local purpose=$1 home rank best=0
  JDK_HOME=
  JDK_MAJOR=0
  if [[ -n ${PENSTOCK_JAVA_HOME:-} ]]; then
    CANDIDATES=("$PENSTOCK_JAVA_HOME")
  else
    jdk_candidates
  fi
  for home in "${CANDIDATES[@]}"; do
    jdk_major "$home"
    ((REPLY >= JDK_OLDEST)) || continue
    rank=$REPLY
    if [[ $purpose == build ]]; then
      [[ -x $home/bin/javac ]] || continue
      ((REPLY != JDK_TESTED)) || rank=10000
    fi
    if ((rank > best)); then
      best=$rank
      JDK_HOME=$home
      JDK_MAJOR=$REPLY
      JDK_VERSION=$REPLY_VERSION
    fi
  done
  [[ -n $JDK_HOME ]]
}

# jdk_explain: says on standard error that there is no suitable JDK, where it was looked for, and what to do.
jdk_explain() {
  local seen="" home
  for home in "${CANDIDATES[@]}"; do
    jdk_major "$home"
    ((REPLY == 0)) || seen+=" $home ($REPLY)"
  done
  if [[ -n ${PENSTOCK_JAVA_HOME:-} ]]; then
    say "PENSTOCK_JAVA_HOME=$PENSTOCK_JAVA_HOME is not a JDK of release $JDK_OLDEST or newer."
  else
    say "no JDK of release $JDK_OLDEST or newer found (seen:${seen:- none})."
  fi
  say "Install one, for example Eclipse Temurin $JDK_TESTED from https://adoptium.net (a .tar.gz unpacked into /usr/lib/jvm is enough),"
  say "or name one: PENSTOCK_JAVA_HOME=/path/to/jdk. Looked at: JAVA_HOME, JDK*_HOME, /usr/lib/jvm, /usr/java, /opt, ~/.sdkman, ~/.jdks, java in PATH."
}

# jdk_need run|build: as jdk_find, but brings a JDK from the distribution's packages if it has one; ends the script if there is none.
jdk_need() {
  local newest
  jdk_find "$1" && return 0
  if [[ -z ${PENSTOCK_JAVA_HOME:-} ]] && packages_known; then
    newest=$(apt-cache --names-only search '^openjdk-[0-9]+-jdk-headless$' 2>/dev/null | awk -v oldest=$JDK_OLDEST -v tested=$JDK_TESTED '
      { split($1, part, "-"); n = part[2] + 0; rank = n == tested ? 10000 : n; if (n >= oldest && rank > best) { best = rank; name = $1 } }
      END { print name }')
    if [[ -n $newest ]] && packages_install "a JDK" "$newest" && jdk_find "$1"; then
      return 0
    fi
  fi
  jdk_explain
  exit 1
}
