/* SPDX-License-Identifier: BSD-2-Clause */
/* lines - a configuration whose lines a test reads itself: "line WORD ...;" each. */
#ifndef WEIR_UNIT_NET_LINES_H
#define WEIR_UNIT_NET_LINES_H

#include "conf/module.h"
#include "net/names.h"

/* What the test does with a line, and once all are read. */
static bool (*lines_on_line)(struct conf *conf, const struct conf_line *line);

static bool lines_parse(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field) {
    (void) block;
    (void) directive;
    (void) field;
    return lines_on_line(conf, line);
}

static const struct conf_type lines_type = {
    .name = "words", .size = sizeof(int), .min_words = 1, .max_words = 16, .is_repeatable = true,
    .parse = lines_parse,
};

static const struct directive lines_directives[] = {
    { .name = "line", .where = CONF_MAIN, .type = &lines_type, .inherit = INHERIT_NONE,
      .syntax = "word ...", .help = "whatever the test makes of it" },
    DIRECTIVES_END
};

static unsigned lines_index;

static const struct module lines_module = {
    .name = "lines", .index = &lines_index, .directives = lines_directives,
    .conf_size = sizeof(int),
};

static inline struct conf *lines_load(const char *text) {
    static const struct module *const modules[] = { &lines_module, &names_module, NULL };
    struct conf_options options = { .path = "/dev/null", .prefix = "/", .globals = str_from(text) };

    return conf_load(&options, modules);
}

/* The text and the help of message number i, in one line. */
static inline const char *lines_message(const struct conf *conf, unsigned i) {
    static char text[1024];
    const struct conf_message *message = conf_message(conf, i);

    if (message == NULL) {
        return "";
    }
    snprintf(text, sizeof(text), "%s%s | %s", message->severity == CONF_WARNING ? "(warning) " : "",
             message->text, message->help);
    return text;
}

/* Ends a group: what the pools of the process keep is no leak. */
static inline int lines_give_back(void **state) {
    (void) state;
    arena_trim();
    buf_trim();
    return 0;
}

#endif
