/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake - for the tests of conf: a family of blocks, modules without a purpose, and loading of
 * texts.
 *
 * fake_core_module has the blocks; fake_thing_module has a directive for each type and class of
 * inheritance. What open(), close(), compile() and finish() are asked for is written down in
 * fake_log.
 */
#ifndef WEIR_T_UNIT_CONF_FAKE_H
#define WEIR_T_UNIT_CONF_FAKE_H

#include "base/buf.h"
#include "conf/conf.h"
#include "conf/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- what happened ---- */

static char fake_log[65536];

static inline void fake_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline void fake_note(const char *format, ...) {
    size_t len = strlen(fake_log);
    va_list args;

    va_start(args, format);
    vsnprintf(fake_log + len, sizeof(fake_log) - len, format, args);
    va_end(args);
}

/* ---- blocks ---- */

static inline bool fake_open(struct conf *conf, struct conf_block *block,
                             const struct conf_line *line) {
    fake_note("open %s;", line->words[line->count - 1].text.data);
    if (line->count > 1 && str_is(line->words[1].text, "bad")) {
        return conf_error(conf, line, 1, "bad block");
    }
    block->object = block;
    return true;
}

static inline bool fake_close(struct conf *conf, struct conf_block *block) {
    const struct conf_line *line = block->line;

    fake_note("close %s;", line->words[line->count - 1].text.data);
    return line->count == 1 || !str_is(line->words[1].text, "worse")
        || conf_error(conf, line, 0, "worse block");
}

#define FAKE_KIND(name, bit)                                                                       \
    static const struct conf_block_kind fake_kind_##name = {                                       \
        .inside = bit, .open = fake_open, .close = fake_close                                      \
    }
FAKE_KIND(events, CONF_EVENTS);
FAKE_KIND(http, CONF_HTTP);
FAKE_KIND(upstream, CONF_HTTP_UPSTREAM);
FAKE_KIND(server, CONF_HTTP_SERVER);
FAKE_KIND(location, CONF_HTTP_LOCATION);
FAKE_KIND(server_if, CONF_HTTP_SERVER_IF);
FAKE_KIND(location_if, CONF_HTTP_LOCATION_IF);
FAKE_KIND(limit_except, CONF_HTTP_LIMIT_EXCEPT);
FAKE_KIND(stream, CONF_STREAM);
FAKE_KIND(stream_server, CONF_STREAM_SERVER);

static inline bool fake_parse_table(struct conf *conf, struct conf_block *block,
                                    const struct directive *directive,
                                    const struct conf_line *line, void *field) {
    const struct conf_line *row;

    (void) conf, (void) block, (void) directive, (void) field;
    for (row = line->first; row != NULL; row = row->next) {
        fake_note("row %s %s;", row->words[0].text.data,
                  row->count > 1 ? row->words[1].text.data : "");
    }
    return true;
}

static const struct conf_type fake_type_table = {
    .name = "table", .block = CONF_RAW_BLOCK, .min_words = 1, .max_words = 1,
    .is_repeatable = true, .parse = fake_parse_table
};

#define FAKE_BLOCK(text, context, kind, words)                                                     \
    { .name = text, .where = context, .type = &conf_type_block##words, .detail = &fake_kind_##kind,\
      .help = "a block" }

static const struct directive fake_core_directives[] = {
    FAKE_BLOCK("events", CONF_MAIN, events, ),
    FAKE_BLOCK("http", CONF_MAIN, http, ),
    FAKE_BLOCK("stream", CONF_MAIN, stream, ),
    FAKE_BLOCK("upstream", CONF_HTTP, upstream, _one),
    FAKE_BLOCK("server", CONF_HTTP, server, ),
    FAKE_BLOCK("location", CONF_HTTP_SERVER | CONF_HTTP_LOCATION, location, _any),
    FAKE_BLOCK("if", CONF_HTTP_SERVER, server_if, _any),
    FAKE_BLOCK("if", CONF_HTTP_LOCATION, location_if, _any),
    FAKE_BLOCK("limit_except", CONF_HTTP_LOCATION, limit_except, _any),
    FAKE_BLOCK("server", CONF_STREAM, stream_server, ),
    { .name = "table", .where = CONF_HTTP | CONF_HTTP_SERVER, .type = &fake_type_table,
      .syntax = "name", .help = "rows of two words" },
    { .name = "server", .where = CONF_HTTP_UPSTREAM, .type = &conf_type_texts,
      .syntax = "address [parameters]", .help = "a server of a group" },
    DIRECTIVES_END
};

static inline bool fake_finish(struct conf *conf) {
    (void) conf;
    fake_note("finish core;");
    return true;
}

static unsigned fake_core_index;

static const struct module fake_core_module = {
    .name = "core",
    .index = &fake_core_index,
    .directives = fake_core_directives,
    .conf_size = sizeof(struct conf_texts),
    .finish = fake_finish,
};

/* ---- a directive of each kind ---- */

struct fake_thing {
    bool is_on;
    int64_t number, time_ms;
    uint64_t size;
    struct str text, handler;
    int name;
    unsigned names;
    struct conf_texts list, steps;
    unsigned touched; /* has no row: see conf_own() */
    unsigned compiled;
};

static const struct conf_range fake_range_number = {
    .min = -5, .max = 100,
    .words = (const char *const[]){ "auto", "none", NULL },
    .values = (const int64_t[]){ -100, -200 },
};
static const struct conf_range fake_range_size = {
    .min = 1024, .max = 1 << 20,
    .words = (const char *const[]){ "none", NULL }, .values = (const int64_t[]){ 0 },
};
static const struct conf_range fake_range_time = {
    .min = 10, .max = 3600000,
    .words = (const char *const[]){ "off", NULL }, .values = (const int64_t[]){ -1 },
};
static const struct conf_name fake_names[] = {
    { "off", 0 }, { "error", 1 }, { "timeout", 2 }, { "http_502", 4 }, { NULL, 0 }
};

static inline bool fake_parse_bad(struct conf *conf, struct conf_block *block,
                                  const struct directive *directive, const struct conf_line *line,
                                  void *field) {
    (void) conf, (void) block, (void) directive, (void) line, (void) field;
    return false;
}

static const struct conf_type fake_type_silent = {
    .name = "silent", .max_words = 9, .is_repeatable = true, .parse = fake_parse_bad
};

static inline bool fake_parse_touch(struct conf *conf, struct conf_block *block,
                                    const struct directive *directive,
                                    const struct conf_line *line, void *field);

static const struct conf_type fake_type_touch = { .name = "touch", .parse = fake_parse_touch };

#define FAKE_ALL (CONF_HTTP_ALL | CONF_HTTP_SERVER_IF | CONF_HTTP_LOCATION_IF                      \
                  | CONF_HTTP_LIMIT_EXCEPT)
#define FAKE_FIELD(name) offsetof(struct fake_thing, name)

static const struct directive fake_thing_directives[] = {
    { .name = "flag", .where = FAKE_ALL, .type = &conf_type_flag, .field = FAKE_FIELD(is_on),
      .initial = "on", .syntax = "on | off", .help = "a flag" },
    { .name = "number", .where = FAKE_ALL, .type = &conf_type_number, .field = FAKE_FIELD(number),
      .initial = "7", .syntax = "number", .help = "a number" },
    { .name = "narrow", .where = CONF_HTTP_UPSTREAM, .type = &conf_type_number,
      .field = FAKE_FIELD(number), .detail = &fake_range_number, .syntax = "number | auto | none",
      .help = "a number of a range" },
    { .name = "size", .where = FAKE_ALL, .type = &conf_type_size, .field = FAKE_FIELD(size),
      .initial = "8k", .syntax = "size", .help = "a size" },
    { .name = "narrow_size", .where = CONF_HTTP_UPSTREAM, .type = &conf_type_size,
      .field = FAKE_FIELD(size), .detail = &fake_range_size, .syntax = "size | none",
      .help = "a size of a range" },
    { .name = "time", .where = FAKE_ALL, .type = &conf_type_time, .field = FAKE_FIELD(time_ms),
      .initial = "\"1m 30s\"", .syntax = "time", .help = "a time" },
    { .name = "narrow_time", .where = CONF_HTTP_UPSTREAM, .type = &conf_type_time,
      .field = FAKE_FIELD(time_ms), .detail = &fake_range_time, .syntax = "time | off",
      .help = "a time of a range" },
    { .name = "text", .where = FAKE_ALL | CONF_STREAM_SERVER, .type = &conf_type_text,
      .field = FAKE_FIELD(text), .syntax = "text", .help = "a text" },
    { .name = "handler", .where = FAKE_ALL, .type = &conf_type_text, .field = FAKE_FIELD(handler),
      .inherit = INHERIT_NONE, .initial = "static", .syntax = "text", .help = "not inherited" },
    { .name = "name", .where = FAKE_ALL, .type = &conf_type_name, .field = FAKE_FIELD(name),
      .detail = fake_names, .initial = "timeout", .syntax = "off | error | timeout | http_502",
      .help = "a name" },
    { .name = "names", .where = FAKE_ALL, .type = &conf_type_names, .field = FAKE_FIELD(names),
      .detail = fake_names, .initial = "error timeout", .syntax = "name ...", .help = "names" },
    { .name = "allow", .where = FAKE_ALL, .type = &conf_type_texts, .field = FAKE_FIELD(list),
      .inherit = INHERIT_LIST, .syntax = "text ...", .help = "adds to a list" },
    { .name = "deny", .where = FAKE_ALL, .type = &conf_type_texts, .field = FAKE_FIELD(list),
      .inherit = INHERIT_LIST, .syntax = "text ...", .help = "adds to the same list" },
    { .name = "step", .where = FAKE_ALL, .type = &conf_type_texts, .field = FAKE_FIELD(steps),
      .inherit = INHERIT_NONE, .syntax = "text ...", .help = "adds to a list that stays here" },
    { .name = "touch", .where = FAKE_ALL, .type = &fake_type_touch, .syntax = "",
      .help = "writes to a field without a row" },
    { .name = "silent", .where = FAKE_ALL, .type = &fake_type_silent, .syntax = "",
      .help = "fails and does not say why" },
    { .name = "old", .where = CONF_MAIN | FAKE_ALL, .type = &conf_type_ignored,
      .detail = "there is nothing to do for it", .syntax = "any", .help = "is read" },
    DIRECTIVES_END
};

static inline bool fake_compile(struct conf *conf, const struct conf_block *block, void *settings) {
    struct fake_thing *thing = settings;

    thing->compiled++;
    fake_note("compile %s%s;", conf_where_name(block->where),
              thing->compiled > 1 ? " again" : "");
    return !str_is(thing->text, "uncompilable")
        || conf_error(conf, block->line, 0, "cannot be compiled");
}

static unsigned fake_thing_index;

static const struct module fake_thing_module = {
    .name = "thing",
    .index = &fake_thing_index,
    .directives = fake_thing_directives,
    .conf_size = sizeof(struct fake_thing),
    .compile = fake_compile,
};

static inline bool fake_parse_touch(struct conf *conf, struct conf_block *block,
                                    const struct directive *directive,
                                    const struct conf_line *line, void *field) {
    struct fake_thing *thing = conf_own(conf, block, &fake_thing_module);

    (void) directive, (void) line, (void) field;
    thing->touched++;
    return true;
}

/* A module of main. */
struct fake_process {
    bool is_daemon;
    struct conf_texts env;
};

static const struct directive fake_process_directives[] = {
    { .name = "daemon", .where = CONF_MAIN, .type = &conf_type_flag,
      .field = offsetof(struct fake_process, is_daemon), .initial = "on", .syntax = "on | off",
      .help = "a flag of main" },
    { .name = "env", .where = CONF_MAIN | CONF_EVENTS, .type = &conf_type_texts,
      .field = offsetof(struct fake_process, env), .inherit = INHERIT_LIST,
      .syntax = "name ...", .help = "a list of main" },
    DIRECTIVES_END
};

static unsigned fake_process_index;

static const struct module fake_process_module = {
    .name = "process",
    .index = &fake_process_index,
    .directives = fake_process_directives,
    .conf_size = sizeof(struct fake_process),
};

static const struct module *const fake_modules[] = {
    &fake_process_module, &fake_core_module, &fake_thing_module, NULL
};

/* ---- loading ---- */

/* A folder for the files of a test; fake_forget() removes it with all in it. */
static char fake_folder[64];

static inline int fake_begin(void **state) {
    (void) state;
    snprintf(fake_folder, sizeof(fake_folder), "/tmp/weir-unit-conf-XXXXXX");
    fake_log[0] = '\0';
    return mkdtemp(fake_folder) != NULL ? 0 : -1;
}

static inline int fake_end(void **state) {
    char command[96];

    (void) state;
    arena_trim();
    buf_trim();
    snprintf(command, sizeof(command), "rm -r %s", fake_folder);
    return system(command);
}

static inline const char *fake_path(const char *name) {
    static char path[2][128];
    static unsigned turn;

    turn = !turn;
    snprintf(path[turn], sizeof(path[turn]), "%s/%s", fake_folder, name);
    return path[turn];
}

static inline void fake_write(const char *name, struct str text) {
    FILE *file = fopen(fake_path(name), "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text.data, 1, text.len, file), text.len);
    fclose(file);
}

static inline struct conf *fake_load_with(const char *text, const char *globals) {
    struct conf_options options = { .path = "main.conf", .prefix = fake_folder,
                                    .globals = str_from(globals) };

    fake_write("main.conf", str_from(text));
    fake_log[0] = '\0';
    return conf_load(&options, fake_modules);
}

static inline struct conf *fake_load(const char *text) {
    return fake_load_with(text, NULL);
}

/* All messages in the long or the short form, the folder taken out. */
static inline const char *fake_messages(const struct conf *conf, bool is_long) {
    static char text[65536];
    const struct conf_message *message;
    struct buf buf = { NULL, 0, 0, 0 };
    char *at;
    unsigned i;

    for (i = 0; (message = conf_message(conf, i)) != NULL; i++) {
        conf_message_format(message, is_long, &buf);
    }
    snprintf(text, sizeof(text), "%.*s", STR_ARG(buf_bytes(&buf)));
    buf_free(&buf);
    while ((at = strstr(text, fake_folder)) != NULL) {
        size_t len = strlen(fake_folder) + 1;

        memmove(at, at + len, strlen(at + len) + 1);
    }
    return text;
}

/* Loads a text without any message. */
static inline struct conf *fake_load_good(const char *text) {
    struct conf *conf = fake_load(text);

    assert_string_equal(fake_messages(conf, true), "");
    return conf;
}

/* Loads a text and expects these messages in the short form, without "weir: ". */
static inline void assert_messages(const char *text, const char *expected) {
    struct conf *conf = fake_load(text);

    assert_string_equal(fake_messages(conf, false), expected);
    conf_free(conf);
}

/* The block on a path of children by number: fake_block(conf, 2, 0, 1) is the 2nd of main's
 * first. */
static inline struct conf_block *fake_block(const struct conf *conf, unsigned depth, ...) {
    struct conf_block *block = conf->main;
    va_list numbers;

    va_start(numbers, depth);
    while (depth-- > 0) {
        unsigned number = va_arg(numbers, unsigned);

        for (block = block->first; number > 0; number--) {
            block = block->next;
        }
    }
    va_end(numbers);
    assert_non_null(block);
    return block;
}

static inline const struct fake_thing *fake_thing_of(const struct conf_block *block) {
    return conf_of(block, &fake_thing_module);
}

#endif
