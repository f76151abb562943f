/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/codec/h1_facts.c */
/* Fuzzes the head of a response; see h1_head.h. */
#include "h1_head.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    is_request = false;
    fuzz_head(str_make((const char *) bytes, len));
    return 0;
}
