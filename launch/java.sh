# shellcheck shell=bash
# How Java is started: flags by release, class path, start-up cache. Sourced by penstock; needs ROOT, DIST, JDK_HOME, JDK_MAJOR, JDK_VERSION.

# java_is_server [COMMAND]: whether the command needs the libraries of a server.
java_is_server() {
  [[ ${1:-} == server || ${1:-} == relay ]]
}

# java_program [COMMAND]: sets the array PROGRAM to what comes after Java's flags. Only coordinator and relay have the libraries of a server on their
# class path; what `-jar` takes from the jar's manifest has to be said then.
java_program() {
  local jar path=$DIST/penstock.jar
  if ! java_is_server "${1:-}"; then
    PROGRAM=(-jar "$path")
    return
  fi
  for jar in "$DIST"/server-lib/*.jar; do
    path+=:$jar
  done
  PROGRAM=(
    --add-exports java.base/jdk.internal.misc=ALL-UNNAMED --add-exports java.base/jdk.internal.module=ALL-UNNAMED
    --enable-native-access=ALL-UNNAMED -cp "$path" io.penstock.cli.Main
  )
}

# java_flags [COMMAND [VERB]]: sets the array FLAGS. What our own jar needs from the JDK (exports, native access) is in its manifest. The serial
# collector and a small heap are enough where nothing is allocated per packet; a coordinator or relay has a heap, and must not pause for all of it.
java_flags() {
  if [[ ${1:-} == relay || "${1:-} ${2:-}" == 'server up' ]]; then
    FLAGS=(-XX:+UseG1GC -Xms32m -Xmx768m -Xss512k)
  else
    FLAGS=(-XX:+UseSerialGC -Xms16m -Xmx256m -Xss512k)
  fi
  FLAGS+=(
    # Keys live in this process: no attaching, no agents, no dumps of the heap or the whole process.
    -XX:+DisableAttachMechanism -XX:-EnableDynamicAgentLoading -XX:-UsePerfData
    -XX:-HeapDumpOnOutOfMemoryError -XX:+ExitOnOutOfMemoryError -XX:-CreateCoredumpOnCrash
    # What the JVM has to say goes to standard error, and only errors.
    -Xlog:disable -Xlog:all=error:stderr
  )
  # What answers and ends is compiled once, and well enough.
  case ${1:-} in
    wg | daemon | speed | demo | relay | server) ;;
    *) FLAGS+=(-XX:TieredStopAtLevel=1) ;;
  esac
  # The library of the local API's socket calls what releases from 24 on warn of.
  if [[ ${1:-} == daemon ]] && ((JDK_MAJOR >= 23)); then
    FLAGS+=(--sun-misc-unsafe-memory-access=allow)
  fi
  if [[ -n ${PENSTOCK_JAVA_OPTS:-} ]]; then
    local options
    read -r -a options <<<"$PENSTOCK_JAVA_OPTS"
    FLAGS+=("${options[@]}")
  fi
}

# java_cache_path [COMMAND]: sets REPLY to where the start-up cache for this very Java and this command is, made or not. A cache holds what one
# training run has loaded, so what has little in common has caches of its own.
java_cache_path() {
  local name
  case ${1:-} in
    wg | speed | demo) name=penstock ;;
    server | relay) name=penstock-server ;;
    daemon) name=penstock-daemon ;;
    *) name=penstock-verb ;;
  esac
  if ((JDK_MAJOR >= 25)); then
    REPLY=$DIST/$name-$JDK_VERSION.aot
  else
    REPLY=$DIST/$name-$JDK_VERSION.jsa
  fi
}

# java_cache_use [COMMAND]: adds the start-up cache to FLAGS if it was made. A cache that does not fit (other flags, other jars) is ignored by
# the JVM.
java_cache_use() {
  java_cache_path "${1:-}"
  [[ -r $REPLY ]] || return 0
  if ((JDK_MAJOR >= 25)); then
    FLAGS+=("-XX:AOTCache=$REPLY")
  else
    FLAGS+=("-XX:SharedArchiveFile=$REPLY" -Xshare:auto)
  fi
}

# java_caches_make: makes the start-up caches from training runs. Without them a start takes about half as long again, nothing else changes.
java_caches_make() {
  java_cache_make wg
  java_cache_make daemon
  java_cache_make verb
  java_cache_make server
}

# java_cache_make wg|daemon|verb|server
java_cache_make() {
  local temporary
  java_flags "$1"
  java_program "$1"
  java_cache_path "$1"
  temporary=$REPLY.$$
  if ((JDK_MAJOR >= 25)); then
    FLAGS+=("-XX:AOTCacheOutput=$temporary")
  else
    FLAGS+=("-XX:ArchiveClassesAtExit=$temporary")
  fi
  local command=("$JDK_HOME/bin/java" "${FLAGS[@]}" "${PROGRAM[@]}")
  if [[ $1 == server ]]; then
    timeout 120 "$ROOT/launch/train-server" "${command[@]}"
  elif [[ $1 != wg ]]; then
    local apart=() node=down
    ! java_can_train || { apart=(unshare --net --mount) && node=up; }
    timeout 120 "${apart[@]}" "$ROOT/launch/train-node" "$1" "$node" "${command[@]}"
  elif java_can_train; then
    timeout 120 unshare --net --mount "$ROOT/launch/train" "${command[@]}"
  else
    timeout 120 "${command[@]}" version
  fi </dev/null >/dev/null 2>&1
  if [[ -s $temporary ]]; then
    ((EUID != 0)) || chown --reference="$DIST" "$temporary" # training takes root; the folder may be another's
    mv -f "$temporary" "$REPLY"
  else
    rm -f "$temporary"
  fi
}

# java_can_train: whether a real interface may be made for training; anyone else trains on less.
java_can_train() {
  local need
  ((EUID == 0)) && [[ -c /dev/net/tun ]] || return 1
  for need in unshare ip wg ping; do
    type -P "$need" >/dev/null || return 1
  done
}
