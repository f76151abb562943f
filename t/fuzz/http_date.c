/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/base/http_date.c */
/* Fuzzes dates: the input is one. What is read and can be written must be read as the same. */
#include "base/http_date.h"
#include "base/panic.h"

#define NOW INT64_C(1795219200)

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct str text = str_make((const char *) bytes, len);
    char written[HTTP_DATE_LEN];
    int64_t seconds, again;

    if (parse_http_date(text, NOW, &seconds)) {
        CHECK(seconds <= HTTP_DATE_MAX + 1);
        if (seconds >= 0 && seconds <= HTTP_DATE_MAX) {
            format_http_date(seconds, written);
            CHECK(parse_http_date(str_make(written, HTTP_DATE_LEN), NOW, &again));
            CHECK(again == seconds);
        }
    }
    return 0;
}
