/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/http/conditional.c */
/*
 * Fuzzes the fields of conditions: lines in the order of the struct, then an ETag and If-Range. An
 * empty line is a field that is not there.
 */
#include "base/panic.h"
#include "http/conditional.h"

#include <stdbool.h>

#define NOW INT64_C(1795219200)
#define MODIFIED INT64_C(1000000000)

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

static struct str take_line(struct str *rest) {
    struct str line = STR_NONE;

    str_take_part(rest, '\n', &line);
    return line.len > 0 ? line : STR_NONE;
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct str rest = str_make((const char *) bytes, len);
    struct conditional conditional, none = { STR_NONE, STR_NONE, STR_NONE, STR_NONE };
    struct validators validators = { STR_NONE, MODIFIED };
    struct str if_range;
    bool is_failed;

    conditional.if_match = take_line(&rest);
    conditional.if_unmodified_since = take_line(&rest);
    conditional.if_none_match = take_line(&rest);
    conditional.if_modified_since = take_line(&rest);
    validators.etag = take_line(&rest);
    if_range = take_line(&rest);
    is_failed = conditional_check(&conditional, &validators, CONDITIONAL_SINCE_EXACT, NOW)
        == CONDITIONAL_FAILED;
    CHECK(!is_failed || conditional.if_match.data != NULL
          || conditional.if_unmodified_since.data != NULL);
    CHECK(conditional_check(&none, &validators, CONDITIONAL_SINCE_BEFORE, NOW)
          == CONDITIONAL_SEND);
    /* What is found strongly is found weakly. */
    CHECK(!conditional_has_etag(conditional.if_match, validators.etag, false)
          || conditional_has_etag(conditional.if_match, validators.etag, true));
    if (if_range.len > 0 && conditional_if_range(if_range, &validators, NOW)) {
        CHECK(str_equal(if_range, validators.etag) || if_range.data[if_range.len - 1] != '"');
    }
    return 0;
}
