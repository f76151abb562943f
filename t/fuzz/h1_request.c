/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/codec/h1_parse.c src/codec/h1_target.c src/message/authority.c */
/*
 * Fuzzes the head of a request; see h1_head.h. The same bytes are also shown to the parser of
 * responses: no head is both.
 */
#include "h1_head.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct str input = str_make((const char *) bytes, len);
    bool is_whole_request;

    is_request = true;
    is_whole_request = fuzz_head(input);
    is_request = false;
    CHECK(!fuzz_head(input) || !is_whole_request);
    return 0;
}
