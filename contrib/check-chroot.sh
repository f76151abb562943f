#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# contrib/check-chroot.sh [--all] - for check.sh --chroot: makes a fresh Debian 12 with debootstrap
# and this machine's apt configuration, and runs, on clean clones of the last commit, contrib/demo.sh
# in one copy of it and contrib/check.sh in another. Both are removed afterwards. Root only.

cd "$(dirname "$0")/.." || exit 1
. contrib/packages.sh

SUITE=bookworm

if [ "$(id -u)" != 0 ]; then
    echo 'check-chroot.sh: only root may make a chroot' >&2
    exit 1
fi
# A mount namespace of its own: whatever happens, no mount is left behind.
if [ -z "${WEIR_CHROOT_NAMESPACE:-}" ]; then
    install_packages yes debootstrap git curl util-linux || exit 1
    export WEIR_CHROOT_NAMESPACE=1
    exec unshare -m --propagation private sh contrib/check-chroot.sh "$@"
fi

# Where this machine gets that suite from.
mirror() {
    apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' \
        | awk -v suite=$SUITE '$2 == suite && $3 == "main" { print $1; exit }'
}

make_system() {
    system=$place/system
    uri=$(mirror)
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    if [ -n "${proxy:-}" ] && [ "$proxy" != DIRECT ]; then
        export http_proxy="$proxy"
    fi
    debootstrap --variant=minbase $SUITE "$system" "${uri:-http://deb.debian.org/debian}" \
        > "$place/log" 2>&1 || { cat "$place/log"; return 1; }
    # Sources, proxy and keys.
    rm -rf "$system/etc/apt" "$system"/var/lib/apt/lists/*
    cp -a /etc/apt "$system/etc/"
    mkdir -p "$system/usr/share/keyrings" "$system/etc/ssl"
    cp -a /usr/share/keyrings/. "$system/usr/share/keyrings/"
    [ ! -d /etc/ssl/certs ] || cp -rL /etc/ssl/certs "$system/etc/ssl/" 2> /dev/null
    cp -L /etc/resolv.conf /etc/hosts "$system/etc/"
    git -c safe.directory='*' clone -q --no-hardlinks . "$system/weir"
}

# copy NAME: a system of that name, ready to be entered. Its root is a mount, without which no mount
# namespace can be made inside.
copy() {
    cp -a "$place/system" "$place/$1" || return 1
    mount --bind "$place/$1" "$place/$1" || return 1
    mount -t proc proc "$place/$1/proc" && mount --rbind /dev "$place/$1/dev" \
        && mount -t sysfs sysfs "$place/$1/sys"
}

# enter NAME COMMAND...: there, with nothing of this environment but the proxy.
enter() {
    name=$1
    shift
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
        chroot "$place/$name" "$@"
}

# answers URL TEXT: one test point.
answers() {
    if curl -s -m 5 "$1" < /dev/null | grep -q "$2"; then
        passed=$((passed + 1))
    else
        echo "failed: $1 does not answer \"$2\""
        failed=$((failed + 1))
    fi
}

check_demo() {
    base=$((20000 + $$ % 10000))
    (enter demo sh /weir/contrib/demo.sh --port-base $base) > "$place/demo.log" 2>&1 &
    demo=$!
    tries=900
    until curl -s -o /dev/null "http://127.0.0.1:$((base + 80))/about"; do
        tries=$((tries - 1))
        if [ $tries = 0 ] || ! kill -0 $demo 2>/dev/null; then
            break
        fi
        sleep 1
    done
    answers "http://127.0.0.1:$((base + 80))/" 'responder 1 of app'
    answers "http://127.0.0.1:$((base + 80))/" 'responder 2 of app'
    answers "http://[::1]:$((base + 80))/" 'responder 3 of app'
    answers "http://localhost:$((base + 80))/api/" 'api, asked for'
    answers "http://api.localhost:$((base + 80))/v1" 'api, asked for api.localhost: /v1'
    answers "telnet://127.0.0.1:$((base + 306))" 'says hello'
    kill -TERM $demo 2>/dev/null
    if wait $demo && [ ! -e "$place/demo/weir/build/demo" ]; then
        passed=$((passed + 1))
    else
        echo 'failed: the demo does not end and clean up'
        failed=$((failed + 1))
    fi
    [ $failed = 0 ] || tail -n 40 "$place/demo.log"
}

if [ -n "$(git -c safe.directory='*' status --porcelain 2>/dev/null)" ]; then
    echo 'What is not committed is not tested here.'
fi
place=$(mktemp -d /var/tmp/weir-chroot.XXXXXX) || exit 1
chmod 755 "$place"
trap 'umount -R -l "$place/demo" "$place/check" 2>/dev/null
    rm -rf --one-file-system "$place"' EXIT
trap 'exit 1' HUP INT TERM
passed=0 failed=0

echo "== a fresh Debian ($SUITE) in $place"
make_system && copy demo && copy check || { echo '0 passed, 1 failed'; exit 1; }

echo
echo '== contrib/demo.sh'
check_demo
echo "$passed passed, $failed failed"

echo
echo '== contrib/check.sh'
(enter check sh /weir/contrib/check.sh "$@") | tee "$place/check.log"
counts=$(tail -n 1 "$place/check.log")
echo
echo "$counts" | awk -v passed=$passed -v failed=$failed '
    !/^[0-9]+ passed, [0-9]+ failed$/ { $1 = 0; $3 = 1 }
    { printf "%d passed, %d failed\n", passed + $1, failed + $3; exit failed + $3 > 0 }'
