/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/net/dns_answer.c */
/*
 * Fuzzes the walk of raw DNS answers: the input is a byte whose last bit says which family is asked
 * for, then the answer to a question for a.test. What is found must stand in the message, and an
 * alias must be a name that can be asked for.
 */
#include "base/panic.h"
#include "net/dns_answer.h"

#include <string.h>

static bool stands_in(struct str message, const unsigned char *bytes, size_t len) {
    return memmem(message.data, message.len, bytes, len) != NULL;
}

static bool is_host_name(const char *name) {
    size_t i, label = 0;

    for (i = 0; name[i] != '\0'; i++) {
        CHECK(char_is_digit(name[i]) || (name[i] >= 'a' && name[i] <= 'z')
              || strchr("-_.", name[i]) != NULL);
        if (name[i] != '.') {
            label++;
        } else if (label == 0) {
            return false;
        } else {
            label = 0;
        }
        CHECK(label <= 63);
    }
    return label > 0 && i <= DNS_NAME_MAX;
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    static struct dns_answer answer, again;
    enum dns_type type = len > 0 && (bytes[0] & 1) != 0 ? DNS_AAAA : DNS_A;
    struct str message = len > 0 ? str_make((const char *) bytes + 1, len - 1) : STR_NONE;
    unsigned i;

    if (!parse_dns_answer(message, STR("a.test"), type, &answer)) {
        return 0;
    }
    CHECK(answer.count <= DNS_ADDRS_MAX && answer.code < 16);
    CHECK(answer.count == 0 || (answer.code == DNS_OK && answer.has_ttl && !answer.has_alias));
    CHECK(answer.ttl_s <= INT32_MAX);
    for (i = 0; i < answer.count; i++) {
        CHECK(stands_in(message, answer.addrs[i], type == DNS_A ? 4 : 16));
    }
    CHECK(!answer.has_alias || is_host_name(answer.alias));
    /* The name's case is no matter, and what was found before is forgotten. */
    CHECK(parse_dns_answer(message, STR("A.Test"), type, &again));
    CHECK(again.count == answer.count && again.ttl_s == answer.ttl_s);
    return 0;
}
