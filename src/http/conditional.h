/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conditional - the fields by which a request asks for a response only if it is another one, or
 * still the same (RFC 9110 section 13). Pure.
 *
 * As in nginx, If-None-Match and If-Modified-Since must both find the response unchanged where both
 * are there; RFC 9110 would leave the second out.
 */
#ifndef WEIR_HTTP_CONDITIONAL_H
#define WEIR_HTTP_CONDITIONAL_H

#include "base/str.h"

#include <stdint.h>

/* The fields; without data: not there. */
struct conditional {
    struct str if_match, if_unmodified_since, if_none_match, if_modified_since;
};

/* What a response says of itself. */
struct validators {
    struct str etag;  /* empty: none */
    int64_t modified; /* seconds since 1970; VALIDATOR_NONE: unknown */
};

#define VALIDATOR_NONE INT64_MIN

/* When If-Modified-Since finds a response unchanged. */
enum conditional_since { CONDITIONAL_SINCE_OFF, CONDITIONAL_SINCE_EXACT, CONDITIONAL_SINCE_BEFORE };

enum conditional_result {
    CONDITIONAL_SEND,
    CONDITIONAL_UNCHANGED, /* 304 */
    CONDITIONAL_FAILED     /* 412 */
};

/* now: for dates with years of two digits. */
enum conditional_result conditional_check(const struct conditional *conditional,
                                          const struct validators *validators,
                                          enum conditional_since since, int64_t now);

/* Whether the value of If-Range means this response: its strong ETag, or its very time. */
bool conditional_if_range(struct str value, const struct validators *validators, int64_t now);

/* Whether a list of entity tags ("*" too) has one; the weak comparison takes W/ off both. */
bool conditional_has_etag(struct str list, struct str etag, bool is_weak);

#endif
