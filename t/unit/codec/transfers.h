/* SPDX-License-Identifier: BSD-2-Clause */
/* transfers - for the tests of codec/h1_transfer: requests, and what came of them. */
#ifndef WEIR_UNIT_CODEC_TRANSFERS_H
#define WEIR_UNIT_CODEC_TRANSFERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "downstream.h"

#define GET "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
#define POST_10 "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n"
#define POST_CHUNKED "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

static inline void begin(const char *text) {
    down_send(text);
    assert_non_null(down.now);
    down_news();
}

static inline void expect_got(const char *text) {
    if (strstr(down.got, text) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", text, down.got);
    }
}

/* Fills the client's socket: what is sent from then on stays behind. */
static inline void fill(struct fake *fake) {
    char text[4096];

    memset(text, 'f', sizeof(text));
    while (fake->response_body.len == 0) {
        fake_send(fake, str_make(text, sizeof(text)), false);
        down_run_only();
    }
    down_news();
}

#endif
