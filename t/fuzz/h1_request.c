/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/codec/h1_parse.c src/codec/h1_target.c src/message/authority.c */
/*
 * Fuzzes the head of a request; see h1_head.h. The same bytes are also shown to the parser of
 * responses, for no head is both, and to that of fields behind a body.
 */
#include "h1_head.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

/* What is about framing, the hop or the route is hidden. */
static void check_trailers(struct str lines) {
    struct message message;
    struct arena arena;
    uint32_t i;

    arena_init(&arena);
    message_init(&message, &arena);
    if (h1_parse_trailers(lines, 100, &message)) {
        for (i = 0; i < message.field_count; i++) {
            const struct field *field = &message.fields[i];

            CHECK((field->flags & FIELD_IS_HIDDEN) != 0
                  || (field->id != FIELD_HOST && !field_id_is_hop(field->id)));
        }
    }
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct str input = str_make((const char *) bytes, len);
    bool is_whole_request;

    is_request = true;
    is_whole_request = fuzz_head(input);
    check_trailers(str_from_byte(input, HEAD_INPUT_PREFIX));
    is_request = false;
    CHECK(!fuzz_head(input) || !is_whole_request);
    return 0;
}
