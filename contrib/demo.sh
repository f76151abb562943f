#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# contrib/demo.sh - builds weir and runs conf/demo.conf until Ctrl-C: a proxy for HTTP and TCP on
# 127.0.0.1 and ::1, before responders of its own. What the build lacks is installed first.
#
#     --no-install    stop when a package is missing
#     --port-base N   HTTP on port N+80 and TCP on N+306 in place of 8080 and 8306
#
# With WEIR_BINARY in the environment that program is run and nothing is built.

cd "$(dirname "$0")/.." || exit 1
. contrib/packages.sh

usage() {
    sed -n 's/^# \{0,1\}//; 4,10p' "$0"
    exit "$1"
}

read_options() {
    may_install=yes base=''
    while [ $# -gt 0 ]; do
        case $1 in
            --no-install) may_install=no ;;
            --port-base) base=${2:-none}; shift ;;
            --port-base=*) base=${1#*=} ;;
            --help) usage 0 ;;
            *) echo "demo.sh: unknown option $1" >&2; usage 2 >&2 ;;
        esac
        shift
    done
    case $base in
        '') ;;
        *[!0-9]* | ??????*) echo "demo.sh: --port-base takes a number" >&2; exit 2 ;;
    esac
    http_port=$((${base:-8000} + 80)) tcp_port=$((${base:-8000} + 306))
}

build() {
    # shellcheck disable=SC2086
    install_packages "$may_install" $BUILD_PACKAGES || exit 1
    [ -f Makefile ] || ./configure || exit 1
    make -j"$(nproc)" || exit 1
    binary=build/weir dir=build/demo
}

# conf/demo.conf itself, or a copy where the ports or the folder are others or there is no IPv6.
choose_configuration() {
    conf=$PWD/conf/demo.conf
    [ -e /proc/net/if_inet6 ] && has_ipv6=yes || has_ipv6=no
    if [ "$dir$base$has_ipv6" != build/demoyes ]; then
        conf=$PWD/$dir/demo.conf
        case $dir in /*) conf=$dir/demo.conf ;; esac
        sed -e "s|build/demo/|$dir/|; s/:8080/:$http_port/; s/:8306/:$tcp_port/" \
            -e "$([ $has_ipv6 = yes ] || echo '/\[::1\]/d')" conf/demo.conf > "$conf" || exit 1
    fi
}

clean_up() {
    trap '' INT TERM HUP
    kill -TERM "$pid" 2>/dev/null
    wait "$pid"
    rm -rf "$dir"
}

start() {
    "$binary" -p "$dir" -c "$conf" &
    pid=$!
    trap 'clean_up; echo; echo "The demo has ended."; exit 0' INT TERM HUP
    tries=100
    until [ -s "$dir/logs/weir.pid" ]; do
        tries=$((tries - 1))
        if [ $tries = 0 ] || ! kill -0 "$pid" 2>/dev/null; then
            echo 'demo.sh: weir has not started' >&2
            clean_up
            exit 1
        fi
        sleep 0.1
    done
}

show_urls() {
    cat <<END

The demo runs; Ctrl-C ends it. Try, in another terminal:

    curl http://localhost:$http_port/
        three responders take turns
    curl http://localhost:$http_port/api/
    curl -H 'Host: api.localhost' http://localhost:$http_port/v1
        another responder, chosen by path and by name
    curl http://localhost:$http_port/about
        an answer of weir's own
    curl -s telnet://localhost:$tcp_port < /dev/null
        TCP

Its configuration is $conf, its access log $dir/logs/access.log
END
}

read_options "$@"
if [ -n "${WEIR_BINARY:-}" ]; then
    binary=$WEIR_BINARY dir=${WEIR_BUILD:-build}/demo
    dir=${dir#"$PWD/"}
else
    build
fi
rm -rf "$dir"
umask 022 # workers run as nobody
mkdir -p "$dir/logs" || exit 1
choose_configuration
start
show_urls
wait "$pid"
status=$?
echo "demo.sh: weir has ended, status $status" >&2
rm -rf "$dir"
exit 1
