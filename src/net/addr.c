/* SPDX-License-Identifier: BSD-2-Clause */
/* addr - socket addresses as values, as text, and as networks; see addr.h. */
#include "net/addr.h"

#include "base/number.h"

#include <arpa/inet.h>
#include <stddef.h>

enum {
    UNIX_HEAD = offsetof(struct sockaddr_un, sun_path),
    UNIX_PATH_MAX = sizeof(((struct sockaddr_un *) NULL)->sun_path) - 1
};

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* ---- parsing ---- */

/* inet_pton() takes the strict forms only, but wants a C string. */
static bool parse_ip_bytes(int family, struct str text, void *bytes) {
    char copy[INET6_ADDRSTRLEN];

    if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.data, '\0', text.len) != NULL) {
        return false;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return inet_pton(family, copy, bytes) == 1;
}

static bool parse_ipv4(struct str text, struct addr *addr) {
    *addr = (struct addr){ .len = sizeof(addr->v4), .v4 = { .sin_family = AF_INET } };
    return parse_ip_bytes(AF_INET, text, &addr->v4.sin_addr);
}

static bool parse_ipv6(struct str text, struct addr *addr) {
    *addr = (struct addr){ .len = sizeof(addr->v6), .v6 = { .sin6_family = AF_INET6 } };
    return parse_ip_bytes(AF_INET6, text, &addr->v6.sin6_addr);
}

static bool is_bracketed(struct str text) {
    return text.len > 2 && text.data[0] == '[' && text.data[text.len - 1] == ']';
}

static struct str unbracket(struct str text) {
    return is_bracketed(text) ? str_make(text.data + 1, text.len - 2) : text;
}

bool parse_ip(struct str text, struct addr *addr) {
    return parse_ipv4(text, addr) || parse_ipv6(unbracket(text), addr);
}

static bool parse_unix(struct str path, struct addr *addr) {
    if (path.len > 0 && path.data[path.len - 1] == ':') {
        path.len--;
    }
    if (path.len == 0 || path.len > UNIX_PATH_MAX || memchr(path.data, '\0', path.len) != NULL
        || path.data[path.len - 1] == ':') {
        return false;
    }
    *addr = (struct addr){ .len = (socklen_t) (UNIX_HEAD + path.len + 1),
                           .local = { .sun_family = AF_UNIX } };
    memcpy(addr->local.sun_path, path.data, path.len);
    return true;
}

bool parse_host_port(struct str text, struct str *host, struct str *port) {
    size_t end; /* of the host */
    struct addr v6;
    uint16_t number;

    *port = STR_NONE;
    *host = text;
    if (str_starts(text, STR("unix:"))) {
        return text.len > STR("unix:").len;
    }
    if (str_starts(text, STR("["))) {
        end = str_find_char(text, ']');
        end += end < text.len;
        *host = str_first(text, end);
        if (!is_bracketed(*host) || !parse_ipv6(unbracket(*host), &v6)) {
            return false;
        }
    } else {
        end = str_find_char(text, ':');
        *host = str_first(text, end);
    }
    if (host->len == 0 || end == text.len) {
        return host->len > 0;
    }
    *port = str_from_byte(text, end + 1);
    return text.data[end] == ':' && parse_port(*port, &number);
}

bool parse_addr(struct str text, uint16_t default_port, struct addr *addr) {
    struct str host, port_text;
    uint16_t port = default_port;

    if (str_starts(text, STR("unix:"))) {
        return parse_unix(str_from_byte(text, STR("unix:").len), addr);
    }
    if (!parse_host_port(text, &host, &port_text)) {
        return false;
    }
    if (port_text.len > 0 ? !parse_port(port_text, &port) : port == 0) {
        return false;
    }
    /* Without brackets nobody can tell where a v6 address ends and its port begins. */
    if (is_bracketed(host) ? !parse_ipv6(unbracket(host), addr) : !parse_ipv4(host, addr)) {
        return false;
    }
    addr_set_port(addr, port);
    return true;
}

/* ---- as text ---- */

/*
 * The path of a UNIX address. Names outside the file system begin with a NUL and may hold more. Of
 * a path that fills its place the kernel counts a NUL byte that has none.
 */
static struct str path_of(const struct addr *addr) {
    size_t len = addr->len > UNIX_HEAD ? addr->len - UNIX_HEAD : 0;

    if (len > sizeof(addr->local.sun_path)) {
        len = sizeof(addr->local.sun_path);
    }
    if (len > 0 && addr->local.sun_path[0] != '\0') {
        len = strnlen(addr->local.sun_path, len);
    }
    return str_make(addr->local.sun_path, len);
}

static size_t format_path(const struct addr *addr, char *text) {
    struct str path = path_of(addr);
    size_t i;

    memcpy(text, "unix:", 5);
    for (i = 0; i < path.len; i++) {
        text[5 + i] = path.data[i] != '\0' ? path.data[i] : '@';
    }
    return 5 + path.len;
}

/* inet_ntop() goes through printf, which is felt in the log of each request. */
static size_t format_v4(const struct in_addr *ip, char *text) {
    const unsigned char *bytes = (const unsigned char *) ip;
    size_t len = 0;
    unsigned i;

    for (i = 0; i < sizeof(*ip); i++) {
        len += format_decimal(text + len, bytes[i]);
        text[len++] = '.';
    }
    return len - 1;
}

size_t addr_format_ip(const struct addr *addr, char *text) {
    char ip[INET6_ADDRSTRLEN];
    size_t len;

    switch (addr->len > 0 ? addr->any.sa_family : AF_UNSPEC) {
    case AF_INET:
        return format_v4(&addr->v4.sin_addr, text);
    case AF_INET6:
        inet_ntop(AF_INET6, &addr->v6.sin6_addr, ip, sizeof(ip));
        break;
    case AF_UNIX:
        memcpy(ip, "unix:", sizeof("unix:"));
        break;
    default:
        return 0;
    }
    len = strlen(ip);
    memcpy(text, ip, len);
    return len;
}

size_t addr_format(const struct addr *addr, char *text) {
    bool is_v6 = addr->len > 0 && addr->any.sa_family == AF_INET6;
    size_t len = 0;

    if (addr->len == 0) {
        return 0;
    }
    if (addr->any.sa_family == AF_UNIX) {
        return format_path(addr, text);
    }
    if (is_v6) {
        text[len++] = '[';
    }
    len += addr_format_ip(addr, text + len);
    if (is_v6) {
        text[len++] = ']';
    }
    text[len++] = ':';
    return len + format_decimal(text + len, addr_port(addr));
}

/* ---- parts ---- */

struct str addr_binary(const struct addr *addr) {
    switch (addr->len > 0 ? addr->any.sa_family : AF_UNSPEC) {
    case AF_INET:
        return str_make((const char *) &addr->v4.sin_addr, sizeof(addr->v4.sin_addr));
    case AF_INET6:
        return str_make((const char *) &addr->v6.sin6_addr, sizeof(addr->v6.sin6_addr));
    default:
        return STR_NONE;
    }
}

uint16_t addr_port(const struct addr *addr) {
    switch (addr->len > 0 ? addr->any.sa_family : AF_UNSPEC) {
    case AF_INET:
        return ntohs(addr->v4.sin_port);
    case AF_INET6:
        return ntohs(addr->v6.sin6_port);
    default:
        return 0;
    }
}

void addr_set_port(struct addr *addr, uint16_t port) {
    switch (addr->len > 0 ? addr->any.sa_family : AF_UNSPEC) {
    case AF_INET:
        addr->v4.sin_port = htons(port);
        break;
    case AF_INET6:
        addr->v6.sin6_port = htons(port);
        break;
    default:
        break;
    }
}

bool addr_equal(const struct addr *a, const struct addr *b) {
    if (a->len == 0 || b->len == 0) {
        return a->len == b->len;
    }
    if (a->any.sa_family != b->any.sa_family) {
        return false;
    }
    if (a->any.sa_family == AF_UNIX) {
        return str_equal(path_of(a), path_of(b));
    }
    return addr_port(a) == addr_port(b) && str_equal(addr_binary(a), addr_binary(b))
        && (a->any.sa_family != AF_INET6 || a->v6.sin6_scope_id == b->v6.sin6_scope_id);
}

bool addr_is_wildcard(const struct addr *addr) {
    struct str bytes = addr_binary(addr);
    size_t i;

    for (i = 0; i < bytes.len; i++) {
        if (bytes.data[i] != 0) {
            return false;
        }
    }
    return bytes.len > 0;
}

/* ---- networks ---- */

/* Clears the bits below the prefix; says whether any was set. */
static bool clear_host_bits(struct addr_net *net, size_t len) {
    bool had_any = false;
    size_t i;

    for (i = 0; i < len; i++) {
        size_t first_bit = i * 8;
        uint8_t mask = 0xff;

        if (net->prefix_len <= first_bit) {
            mask = 0;
        } else if (net->prefix_len < first_bit + 8) {
            mask = (uint8_t) (0xff << (first_bit + 8 - net->prefix_len));
        }
        had_any |= (net->bytes[i] & ~mask) != 0;
        net->bytes[i] &= mask;
    }
    return had_any;
}

/* Addresses inside ::ffff:0:0/96 are looked at as IPv4, and so must a network of them be. */
static void unmap_net(struct addr_net *net) {
    if (net->family == AF_INET6 && net->prefix_len >= 96
        && memcmp(net->bytes, mapped_prefix, sizeof(mapped_prefix)) == 0) {
        net->family = AF_INET;
        net->prefix_len = (uint8_t) (net->prefix_len - 96);
        memmove(net->bytes, net->bytes + 12, 4);
        memset(net->bytes + 4, 0, 12);
    }
}

bool parse_addr_net(struct str text, struct addr_net *net, bool *has_host_bits) {
    size_t slash = str_find_char(text, '/');
    struct str bytes;
    struct addr addr;
    uint64_t prefix_len;
    bool has_bits;

    if (!parse_ip(str_first(text, slash), &addr)) {
        return false;
    }
    bytes = addr_binary(&addr);
    prefix_len = bytes.len * 8;
    if (slash < text.len
        && !parse_decimal(str_from_byte(text, slash + 1), prefix_len, &prefix_len)) {
        return false;
    }
    *net = (struct addr_net){ .family = (uint8_t) addr.any.sa_family,
                              .prefix_len = (uint8_t) prefix_len };
    memcpy(net->bytes, bytes.data, bytes.len);
    has_bits = clear_host_bits(net, bytes.len);
    unmap_net(net);
    if (has_host_bits != NULL) {
        *has_host_bits = has_bits;
    }
    return true;
}

/* The bytes that networks are compared with, and their family. */
static struct str net_bytes(const struct addr *addr, int *family) {
    struct str bytes = addr_binary(addr);

    if (bytes.len == 16 && memcmp(bytes.data, mapped_prefix, sizeof(mapped_prefix)) == 0) {
        bytes = str_from_byte(bytes, 12);
    }
    *family = bytes.len == 4 ? AF_INET : bytes.len == 16 ? AF_INET6 : AF_UNSPEC;
    return bytes;
}

bool addr_net_contains(const struct addr_net *net, const struct addr *addr) {
    int family;
    struct str bytes = net_bytes(addr, &family);
    size_t whole = net->prefix_len / 8;
    unsigned rest = net->prefix_len % 8;

    if (bytes.len == 0 || family != net->family || memcmp(bytes.data, net->bytes, whole) != 0) {
        return false;
    }
    return rest == 0 || ((unsigned char) bytes.data[whole] ^ net->bytes[whole]) >> (8 - rest) == 0;
}
