/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * addr - socket addresses (IPv4, IPv6, UNIX) as values, as text, and as networks.
 */
#ifndef WEIR_NET_ADDR_H
#define WEIR_NET_ADDR_H

#include "base/str.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct addr {
    socklen_t len; /* of what is used below; 0: no address */
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
    };
};

/* "[ffff:...:255.255.255.255]:65535" or "unix:" and a path. */
enum { ADDR_TEXT_MAX = 128 };

/* A literal: "1.2.3.4:80", "[::1]:80", "1.2.3.4" and "[::1]" with the given default port (0: a port
 * is demanded), "unix:/path" (a trailing ':' is dropped). False for anything else, names too. */
bool parse_addr(struct str text, uint16_t default_port, struct addr *addr);

/* An address without port, IPv6 with or without brackets. */
bool parse_ip(struct str text, struct addr *addr);

/*
 * Splits "host:port", "host", "[v6]:port", "unix:/path" without looking anything up. A missing port
 * gives an empty port. False where a port is there and is no port.
 */
bool parse_host_port(struct str text, struct str *host, struct str *port);

/* As nginx prints them: "1.2.3.4:80", "[::1]:80", "unix:/path". Returns the length, no NUL. */
size_t addr_format(const struct addr *addr, char *text);

/* Without the port: "1.2.3.4", "::1", "unix:". */
size_t addr_format_ip(const struct addr *addr, char *text);

/* The bytes of $binary_remote_addr: 4, 16, or none for UNIX. */
struct str addr_binary(const struct addr *addr);

/* 0 for UNIX. */
uint16_t addr_port(const struct addr *addr);
void addr_set_port(struct addr *addr, uint16_t port);

bool addr_equal(const struct addr *a, const struct addr *b);

/* 0.0.0.0 or ::, whatever the port. */
bool addr_is_wildcard(const struct addr *addr);

/* "10.0.0.0/8", "2001:db8::/32", a single address; for allow, deny, geo, set_real_ip_from. */
struct addr_net {
    uint8_t family;     /* AF_INET, AF_INET6; networks inside ::ffff:0:0/96 are IPv4 ones */
    uint8_t prefix_len; /* bits */
    uint8_t bytes[16];  /* host bits are zero */
};

/* has_host_bits (may be NULL) says that bits below the prefix were set: "low address bits ... are
 * meaningless", as nginx warns. */
bool parse_addr_net(struct str text, struct addr_net *net, bool *has_host_bits);

/* An IPv4-mapped IPv6 address counts as IPv4. */
bool addr_net_contains(const struct addr_net *net, const struct addr *addr);

#endif
