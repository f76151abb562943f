/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/conf/lexer.c src/conf/parser.c */
/*
 * Fuzzes the reading of configurations: the input is the text of one. Its tokens must be the same
 * in whatever pieces it comes, and lie in the input one behind the other; then it is loaded as a
 * whole.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/panic.h"
#include "conf/conf.h"
#include "conf/lexer.h"
#include "conf/value.h"

#include <stdlib.h>

/* ---- tokens ---- */

struct reader {
    struct lexer lexer;
    struct lexer_found found;
    struct str input;
    size_t at, end; /* what has been consumed, and what the lexer may see */
    size_t step;    /* bytes more whenever it asks */
};

static void reader_init(struct reader *reader, struct str input, size_t step) {
    *reader = (struct reader){ .input = input, .step = step };
    lexer_init(&reader->lexer);
}

/* The lexer sees a copy of just the bytes that it may see, so that a look beyond is noticed. */
static enum lexer_token next(struct reader *reader) {
    enum lexer_token token;
    size_t len;
    char *copy;

    do {
        len = reader->end - reader->at;
        copy = malloc(len + 1);
        CHECK(copy != NULL);
        memcpy(copy, reader->input.data + reader->at, len);
        token = lexer_next(&reader->lexer, str_make(copy, len), reader->end == reader->input.len,
                           &reader->found);
        CHECK(reader->found.consumed <= len);
        if (token == LEXER_WORD || token == LEXER_TOO_LONG) {
            const char *text = reader->found.text.data;

            CHECK(text >= copy && text + reader->found.text.len <= copy + len);
            reader->found.text.data = reader->input.data + reader->at + (text - copy);
        }
        free(copy);
        reader->at += reader->found.consumed;
        if (token == LEXER_MORE) {
            CHECK(reader->end < reader->input.len);
            len = reader->input.len - reader->end;
            reader->end += len < reader->step ? len : reader->step;
        }
    } while (token == LEXER_MORE);
    return token;
}

static bool is_last(enum lexer_token token) {
    return token == LEXER_END || token == LEXER_UNTERMINATED || token == LEXER_TOO_LONG;
}

static void compare(struct str input, size_t step) {
    struct reader whole, pieces;
    enum lexer_token token;
    char text[LEXER_WORD_MAX];

    reader_init(&whole, input, input.len);
    whole.end = input.len;
    reader_init(&pieces, input, step);
    do {
        token = next(&whole);
        CHECK(next(&pieces) == token);
        CHECK(whole.at == pieces.at);
        CHECK(whole.found.line == pieces.found.line && whole.found.column == pieces.found.column);
        CHECK(whole.found.is_first == pieces.found.is_first);
        if (token == LEXER_WORD) {
            CHECK(str_equal(whole.found.text, pieces.found.text));
            CHECK(whole.found.text.len <= LEXER_WORD_MAX);
            CHECK(lexer_unescape(whole.found.text, text) <= whole.found.text.len);
        }
    } while (!is_last(token));
}

/* ---- the whole ---- */

static bool parse_rows(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       void *field) {
    const struct conf_line *row;
    unsigned i;

    (void) conf, (void) block, (void) directive, (void) field;
    for (row = line->first; row != NULL; row = row->next) {
        for (i = 0; i < row->count; i++) {
            CHECK(row->words[i].text.data[row->words[i].text.len] == '\0');
        }
    }
    return true;
}

static const struct conf_type type_rows = {
    .name = "rows", .block = CONF_RAW_BLOCK, .max_words = 2, .is_repeatable = true,
    .parse = parse_rows
};

static const struct conf_block_kind http_kind = { .inside = CONF_HTTP };
static const struct conf_block_kind server_kind = { .inside = CONF_HTTP_SERVER };
static const struct conf_block_kind location_kind = { .inside = CONF_HTTP_LOCATION };

static const struct directive directives[] = {
    { .name = "http", .where = CONF_MAIN, .type = &conf_type_block, .detail = &http_kind },
    { .name = "server", .where = CONF_HTTP, .type = &conf_type_block, .detail = &server_kind },
    { .name = "location", .where = CONF_HTTP_SERVER | CONF_HTTP_LOCATION,
      .type = &conf_type_block_any, .detail = &location_kind },
    { .name = "map", .where = CONF_HTTP, .type = &type_rows },
    { .name = "set", .where = CONF_MAIN | CONF_HTTP_ALL, .type = &conf_type_texts },
    DIRECTIVES_END
};

static unsigned module_index;

static const struct module module = {
    .name = "fuzz",
    .index = &module_index,
    .directives = directives,
    .conf_size = sizeof(struct conf_texts),
};

/* An empty main file and no other: includes find nothing on the disk. */
static struct str bundle(void) {
    static const struct module *const none[] = { NULL };
    static struct buf bytes;
    struct conf_options options = { .path = "/dev/null", .prefix = "/" };
    struct conf *conf;

    if (buf_is_empty(&bytes)) {
        conf = conf_load(&options, none);
        conf_bundle(conf, &bytes);
        conf_free(conf);
    }
    return buf_bytes(&bytes);
}

static void load(struct str input) {
    static const struct module *const modules[] = { &module, NULL };
    struct conf_options options = { .path = "/dev/null", .prefix = "/", .globals = input,
                                    .bundle = bundle() };
    struct conf *conf = conf_load(&options, modules);
    const struct conf_message *message;
    struct buf text = { NULL, 0, 0, 0 };
    unsigned i;

    for (i = 0; (message = conf_message(conf, i)) != NULL; i++) {
        CHECK(message->text[0] != '\0');
        conf_message_format(message, true, &text);
    }
    CHECK(conf_errors(conf) == 0 || i > 0);
    buf_free(&text);
    conf_free(conf);
    arena_trim();
    buf_trim();
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct str input = str_make((const char *) bytes, len);

    if (len > 0) {
        compare(input, 1 + bytes[len - 1] % 7);
        load(input);
    }
    return 0;
}
