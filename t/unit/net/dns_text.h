/* SPDX-License-Identifier: BSD-2-Clause */
/* dns_text - DNS messages, made piece by piece. */
#ifndef WEIR_UNIT_NET_DNS_TEXT_H
#define WEIR_UNIT_NET_DNS_TEXT_H

#include "net/dns_answer.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_CNAME = 5, TEXT_SOA = 6 };

struct dns_text {
    char bytes[8192];
    size_t len;
};

static inline void text_16(struct dns_text *text, unsigned number) {
    text->bytes[text->len++] = (char) (number >> 8);
    text->bytes[text->len++] = (char) number;
}

static inline void text_32(struct dns_text *text, uint32_t number) {
    text_16(text, number >> 16);
    text_16(text, number & 0xffff);
}

static inline void text_bytes(struct dns_text *text, const void *bytes, size_t len) {
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
}

/* "www.test" as labels. */
static inline void text_name(struct dns_text *text, const char *name) {
    while (*name != '\0') {
        size_t len = strcspn(name, ".");

        text->bytes[text->len++] = (char) len;
        text_bytes(text, name, len);
        name += len + (name[len] == '.');
    }
    text->bytes[text->len++] = '\0';
}

/* Head and question. */
static inline void text_begin(struct dns_text *text, unsigned code, const char *name,
                              unsigned type) {
    text->len = 0;
    text_16(text, 0x1234);
    text_16(text, 0x8180 | code);
    text_16(text, 1);
    text_16(text, 0);
    text_16(text, 0);
    text_16(text, 0);
    text_name(text, name);
    text_16(text, type);
    text_16(text, 1);
}

/* One more record: 3 is the place of the count of answers in the head, 4 of authorities. */
static inline void text_record(struct dns_text *text, unsigned place, const char *owner,
                               unsigned type, uint32_t ttl_s, const void *data, size_t len) {
    text->bytes[place * 2 + 1]++;
    text_name(text, owner);
    text_16(text, type);
    text_16(text, 1);
    text_32(text, ttl_s);
    text_16(text, (unsigned) len);
    text_bytes(text, data, len);
}

static inline void text_addr(struct dns_text *text, const char *owner, uint32_t ttl_s,
                             unsigned last) {
    const unsigned char ip[4] = { 10, 0, 0, (unsigned char) last };

    text_record(text, 3, owner, DNS_A, ttl_s, ip, 4);
}

static inline void text_addr6(struct dns_text *text, const char *owner, uint32_t ttl_s,
                              unsigned last) {
    const unsigned char ip[16] = { 0xfd, [15] = (unsigned char) last };

    text_record(text, 3, owner, DNS_AAAA, ttl_s, ip, 16);
}

static inline void text_alias(struct dns_text *text, const char *owner, uint32_t ttl_s,
                              const char *target) {
    struct dns_text name = { .len = 0 };

    text_name(&name, target);
    text_record(text, 3, owner, TEXT_CNAME, ttl_s, name.bytes, name.len);
}

static inline void text_soa(struct dns_text *text, uint32_t ttl_s, uint32_t minimum) {
    struct dns_text data = { .len = 0 };

    text_name(&data, "ns.test");
    text_name(&data, "admin.test");
    text_32(&data, 1);
    text_32(&data, 2);
    text_32(&data, 3);
    text_32(&data, 4);
    text_32(&data, minimum);
    text_record(text, 4, "test", TEXT_SOA, ttl_s, data.bytes, data.len);
}

#endif
