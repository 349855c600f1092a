# shellcheck shell=bash
# Builds a checkout once, and again when a source is newer than what was built. Sourced by penstock and verify; needs ROOT (the checkout)
# and java.sh.

readonly DIST=$ROOT/control/cli/target/dist
readonly BUILT=$DIST/.built
readonly BUILD_STATE=$ROOT/.build
readonly BUILD_LOG=$BUILD_STATE/build.log

# build_needed: whether the packaged program is missing or older than a source of it (a folder's time tells of files removed).
build_needed() {
  [[ -e $BUILT ]] || return 0
  [[ -n $(find "$ROOT/pom.xml" "$ROOT/ffm-bindings" "$ROOT/dataplane" "$ROOT/control" \
    \( -name target -o -path '*/src/test' \) -prune -o \( -path '*/src/main*' -o -name pom.xml \) -newer "$BUILT" -print -quit) ]]
}

# build_maven_options MAJOR: exports what Maven's own run needs on that release of Java.
build_maven_options() {
  if (($1 >= 23)); then
    export MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS:-}"
  fi
}

# build_as_owner COMMAND...: runs it as the owner of the checkout, so that `sudo ./penstock` leaves no files of root's in a user's folder.
build_as_owner() {
  local owner home
  owner=$(stat -c %U "$ROOT")
  if ((EUID != 0)) || [[ $owner == root || $owner == UNKNOWN ]] || ! type -P runuser >/dev/null; then
    "$@"
    return
  fi
  home=$(getent passwd "$owner" | cut -d: -f6)
  HOME=$home USER=$owner LOGNAME=$owner runuser -u "$owner" -- "$@"
}

# build_once: builds if needed; of two starts at the same time one builds and the other waits for it.
build_once() {
  build_needed || return 0
  local owner_made=0 # status of making it
  if [[ ! -d $BUILD_STATE ]]; then
    build_as_owner mkdir -p "$BUILD_STATE" 2>/dev/null || owner_made=1
  fi
  # By the owner too: what root makes here would stop the owner's next build.
  build_as_owner touch "$BUILD_STATE/lock" "$BUILD_LOG" 2>/dev/null || owner_made=1
  if ((owner_made)) || [[ ! -w $BUILD_STATE ]]; then
    say "this checkout has to be built first, and $BUILD_STATE cannot be written. Run ./penstock once as the owner of $ROOT."
    exit 1
  fi
  (
    if type -P flock >/dev/null; then
      flock -n 9 || { say "waiting for another start that builds" && flock 9; }
    fi
    build_needed || exit 0
    # Maven answers Ctrl-C with a status like any failure.
    trap 'say "the build was interrupted"; exit 130' INT
    build
  ) 9>>"$BUILD_STATE/lock" || exit $?
}

# build: packages the program, from the local Maven repository if that has everything, else from the network.
build() {
  local started=$SECONDS stamp=$BUILD_STATE/started
  packages_missing maven:mvn
  if ((${#MISSING[@]})); then
    packages_install "building" "${MISSING[@]}" || exit 1
  fi
  build_crypto
  jdk_need build
  build_maven_options "$JDK_MAJOR"
  say "building (once; about half a minute, longer if libraries have to be fetched), log: $BUILD_LOG"
  build_as_owner touch "$stamp"
  if ! build_run -o; then
    # Only what is missing is a reason to ask the network; a compile error is not.
    if ! grep -qE 'offline mode|has not been downloaded|Plugin .* could not be resolved|Could not resolve dependencies' "$BUILD_LOG" || ! build_run; then
      grep -E '^\[ERROR\]' "$BUILD_LOG" | head -n 20 >&2
      say "the build failed; the whole log is in $BUILD_LOG"
      exit 1
    fi
  fi
  build_as_owner mv "$stamp" "$BUILT"
  jdk_find run && java_caches_make
  say "built in $((SECONDS - started)) s"
}

# build_commit: the commit of the checkout, as `penstock version` shows it; with -dirty where files of it were changed since.
build_commit() {
  git -c "safe.directory=$ROOT" -C "$ROOT" describe --always --dirty --exclude '*' 2>/dev/null || echo unknown
}

# build_run [-o]
build_run() {
  (
    cd "$ROOT" || exit 1
    # The commit stands in the jar's manifest, and a jar whose classes are as they were would keep its own.
    build_as_owner env "JAVA_HOME=$JDK_HOME" mvn -B -ntp "$@" -Dmaven.test.skip=true -Dspotless.check.skip=true -Dmaven.jar.forceCreation=true "-Dpenstock.commit=$(build_commit)" -pl control/cli -am package >"$BUILD_LOG" 2>&1 </dev/null
  )
}

# build_crypto: the fast cipher libraries, if this system has them: one is fastest with AVX-512, the other without. Without them the tunnel
# works, only slower, so a refusal does not stop the build.
build_crypto() {
  [[ ! -e $BUILT ]] && packages_known && [[ $(dpkg --print-architecture) == amd64 ]] || return 0
  local fastest='libipsec-mb1|libipsec-mb2'
  build_has_avx512 || fastest=android-libboringssl
  packages_missing "$fastest"
  ((${#MISSING[@]} == 0)) || packages_install "the fastest cipher" "${MISSING[@]}" || say "going on without ${MISSING[*]}"
}

# build_has_avx512: whether the processor has the parts of AVX-512 that the ciphers use.
build_has_avx512() {
  local flags flag
  flags=$(grep -m 1 '^flags' /proc/cpuinfo) || return 1
  for flag in avx512f avx512bw avx512dq avx512vl; do
    [[ " $flags " == *" $flag "* ]] || return 1
  done
}
