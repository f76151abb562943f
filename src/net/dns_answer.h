/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dns_answer - a pure walk of the raw answer to a question for addresses.
 *
 * It trusts nobody: an answer counts only if it repeats the question, and of its records only those
 * count that the question leads to, by the chain of aliases in the answer. RFC 1035 section 4, RFC
 * 2308 for what negative answers say of time.
 */
#ifndef WEIR_NET_DNS_ANSWER_H
#define WEIR_NET_DNS_ANSWER_H

#include "base/str.h"

#include <stdint.h>

enum {
    DNS_NAME_MAX = 253,     /* bytes of a name as text, without a dot at its end */
    DNS_ADDRS_MAX = 128,    /* of one answer; what is beyond is not looked at */
    DNS_ALIASES_MAX = 16    /* that an answer may lead through */
};

/* Kinds of records that are asked for. */
enum dns_type { DNS_A = 1, DNS_AAAA = 28 };

/* What a server says of a question (RFC 1035 section 4.1.1). */
enum dns_code {
    DNS_OK = 0,
    DNS_FORMAT_ERROR = 1,
    DNS_SERVER_FAILURE = 2,
    DNS_NO_NAME = 3,
    DNS_UNIMPLEMENTED = 4,
    DNS_REFUSED = 5
};

struct dns_answer {
    unsigned code;          /* enum dns_code, or another of 15 */
    unsigned count;         /* of addresses */
    unsigned char addrs[DNS_ADDRS_MAX][16]; /* of DNS_A only the first four bytes */
    uint32_t ttl_s;         /* of what was found: the least of all records that led there; without
                               addresses: how long it may be remembered that there are none */
    bool has_ttl;           /* false: without addresses, and the answer does not say */
    bool has_alias;         /* without addresses, and the last name was another than the asked */
    char alias[DNS_NAME_MAX + 1]; /* which */
};

/*
 * Walks the answer to the question for the records of a name. False: it is none, for it is cut, has
 * names that lead nowhere, or answers another question.
 */
bool parse_dns_answer(struct str message, struct str name, enum dns_type type,
                      struct dns_answer *answer);

#endif
