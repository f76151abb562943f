/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/net/addr.c */
/*
 * Fuzzes the parsers of addresses: the input is two lines. Whatever is taken for an address must
 * print as one that is read back as the same; a network must contain the address that it was made
 * of.
 */
#include "base/panic.h"
#include "net/addr.h"

static struct str format(const struct addr *addr, char text[ADDR_TEXT_MAX]) {
    size_t len = addr_format(addr, text);

    CHECK(len <= ADDR_TEXT_MAX);
    return str_make(text, len);
}

static void check_addr(struct str text, uint16_t default_port) {
    char printed[ADDR_TEXT_MAX], ip[ADDR_TEXT_MAX];
    struct addr addr, again;
    struct str host, port;

    if (!parse_addr(text, default_port, &addr)) {
        return;
    }
    CHECK(parse_host_port(text, &host, &port));
    CHECK(parse_addr(format(&addr, printed), 0, &again));
    CHECK(addr_equal(&addr, &again));
    CHECK(addr_port(&addr) != 0 || addr_binary(&addr).len == 0);
    if (addr_binary(&addr).len > 0) {
        CHECK(parse_ip(str_make(ip, addr_format_ip(&addr, ip)), &again));
        addr_set_port(&again, addr_port(&addr));
        CHECK(addr_equal(&addr, &again));
    }
    addr_set_port(&addr, 1);
    CHECK(addr_is_wildcard(&addr) == addr_is_wildcard(&again) || addr_binary(&addr).len == 0);
}

static void check_host_port(struct str text) {
    struct str host, port;

    if (!parse_host_port(text, &host, &port)) {
        return;
    }
    CHECK(host.len > 0 && host.data == text.data);
    CHECK(port.len == 0 ? host.len == text.len : host.len + 1 + port.len == text.len);
}

static bool is_mapped(const struct addr *addr) {
    return addr->any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&addr->v6.sin6_addr);
}

static void check_net(struct str text, struct str other) {
    struct addr_net net, single;
    struct addr addr;
    bool has_host_bits;
    unsigned bits;

    if (!parse_addr_net(text, &net, &has_host_bits)) {
        return;
    }
    bits = net.family == AF_INET ? 32 : 128;
    CHECK(net.prefix_len <= bits);
    CHECK(parse_ip(str_first(text, str_find_char(text, '/')), &addr));
    /* A mapped address counts as IPv4, and so not as one of a wider network of IPv6. */
    CHECK(addr_net_contains(&net, &addr) || is_mapped(&addr));
    if (parse_ip(other, &addr) && parse_addr_net(other, &single, NULL)
        && single.prefix_len == (single.family == AF_INET ? 32 : 128)) {
        CHECK(addr_net_contains(&single, &addr));
        addr_net_contains(&net, &addr);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct str text = str_make((const char *) bytes, len);
    size_t end = str_find_char(text, '\n');
    struct str other = str_from_byte(text, end + 1);
    struct addr a, b;

    text = str_first(text, end);
    check_addr(text, 0);
    check_addr(text, 8080);
    check_host_port(text);
    check_net(text, other);
    if (parse_addr(text, 80, &a) && parse_addr(other, 80, &b)) {
        CHECK(addr_equal(&a, &b) == addr_equal(&b, &a));
    }
    return 0;
}
