#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# contrib/check.sh - tests weir: installs what that needs, builds with gcc and with clang, of which
# neither may warn, and runs the tests. The last line says how many passed and how many failed.
#
#     --all          also with the sanitizers, and the tests that take long
#     --chroot       all that, and the demo, each in a fresh Debian 12 of its own (root only)
#     --no-install   stop when a package is missing

cd "$(dirname "$0")/.." || exit 1
. contrib/packages.sh

TEST_PACKAGES='clang llvm libclang-rt-dev libcmocka-dev perl git curl wrk apache2-utils
    mariadb-server-core mariadb-client nginx libnginx-mod-stream iproute2 python3-websockets
    util-linux procps valgrind'

usage() {
    sed -n 's/^# \{0,1\}//; 4,10p' "$0"
    exit "$1"
}

read_options() {
    is_all=no is_chroot=no may_install=yes
    for option in "$@"; do
        case $option in
            --all) is_all=yes ;;
            --chroot) is_chroot=yes ;;
            --no-install) may_install=no ;;
            --help) usage 0 ;;
            *) echo "check.sh: unknown option $option" >&2; usage 2 >&2 ;;
        esac
    done
}

# step WHAT COMMAND...: what it prints is shown and kept; counts as a failed test when it fails
# without having counted any itself.
step() {
    echo
    echo "== $1"
    step_name=$1
    shift
    { "$@" 2>&1; echo "status $?"; } | tee "$log/step" | sed '/^status [0-9]*$/d'
    status=$(sed -n '$s/^status //p' "$log/step")
    if grep -q '^[0-9]* passed, [0-9]* failed' "$log/step"; then
        grep '^[0-9]* passed, [0-9]* failed' "$log/step" >> "$log/counts"
        [ "$status" = 0 ] || echo "failed: $step_name" >> "$log/failures"
    elif [ "$status" != 0 ]; then
        echo '0 passed, 1 failed' >> "$log/counts"
        echo "failed: $step_name" >> "$log/failures"
    fi
    return "$status"
}

# The closing line, and the exit status that goes with it.
close_with_counts() {
    echo
    cat "$log/failures" 2>/dev/null
    awk '{ passed += $1; failed += $3 }
        END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' "$log/counts"
    status=$?
    [ -s "$log/failures" ] && status=1
    exit "$status"
}

# The tests make network namespaces and change users: they run as root, or those that need it are
# skipped. What they need is built before, by whoever calls.
run_tests() {
    if can_be_root; then
        as_root make -j"$jobs" NO_SKIP=1 "$1"
    else
        echo 'This is not root and there is no sudo: tests that need root are skipped.'
        make -j"$jobs" "$1"
    fi
}

run_suites() {
    jobs=$(nproc 2>/dev/null || echo 2)
    # shellcheck disable=SC2086
    step 'packages' install_packages "$may_install" $BUILD_PACKAGES $TEST_PACKAGES || return
    step 'configure' ./configure --with-cc=gcc --with-cc-opt=-Werror || return
    step 'build with gcc' make -j"$jobs" all unit-programs fuzz-programs || return
    step 'build with clang' make -j"$jobs" V=clang all unit-programs || return
    step 'make check' run_tests check
    [ "$is_all" = yes ] || return
    step 'build with sanitizers' make -j"$jobs" V=asan all unit-programs || return
    step 'make check-asan' run_tests check-asan
    step 'make check-long' run_tests check-long
}

read_options "$@"
if [ "$is_chroot" = yes ]; then
    if [ "$is_all" = yes ]; then set -- --all; else set --; fi
    exec sh contrib/check-chroot.sh "$@"
fi
log=$(mktemp -d) || exit 1
: > "$log/counts"
trap 'rm -rf "$log"' EXIT
trap 'exit 1' HUP INT TERM
run_suites
close_with_counts
