# SPDX-License-Identifier: BSD-2-Clause
#
# For the scripts beside it: Debian packages, those that are missing installed with one command.

# What configure and make want.
BUILD_PACKAGES='gcc libc6-dev make pkg-config libpcre2-dev libssl-dev zlib1g-dev libconfig-dev libc-ares-dev libcrypt-dev'

# Those of the arguments that are not installed.
missing_packages() {
    for package in "$@"; do
        case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
            installed) ;;
            *) printf ' %s' "$package" ;;
        esac
    done
}

can_be_root() {
    [ "$(id -u)" = 0 ] || command -v sudo > /dev/null
}

# as_root COMMAND...
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

has_package_lists() {
    for list in /var/lib/apt/lists/*_Packages*; do
        [ -f "$list" ] && return 0
    done
    return 1
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

# Packages may bring services; while they are installed nothing is started.
forbid_services() {
    [ -e /usr/sbin/policy-rc.d ] && return 0
    printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d > /dev/null
    as_root chmod 755 /usr/sbin/policy-rc.d
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    trap 'exit 1' HUP INT TERM
}

# install_packages yes|no PACKAGE...: shows the command, then runs it; "no" refuses to.
install_packages() (
    is_allowed=$1
    shift
    if ! command -v dpkg-query > /dev/null; then
        echo "This is not Debian; be sure to have what these packages hold there: $*"
        exit 0
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || exit 0
    echo "apt-get install --no-install-recommends$missing"
    if [ "$is_allowed" = no ]; then
        echo 'Not installed, because of --no-install.' >&2
        exit 1
    fi
    if ! can_be_root; then
        echo 'Not installed, because this is not root and there is no sudo. As root, run that command.' >&2
        exit 1
    fi
    forbid_services
    has_package_lists || as_root apt-get update -q || exit 1
    # shellcheck disable=SC2086
    apt_install $missing || { as_root apt-get update -q && apt_install $missing; }
)
