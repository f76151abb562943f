/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load - for the tests of process: configurations from text, and a folder for what a test writes.
 *
 * The modules are those of main and events, and one whose directive `listen ADDRESS [shared]`
 * stands in main and makes a listener.
 */
#ifndef WEIR_T_UNIT_PROCESS_LOAD_H
#define WEIR_T_UNIT_PROCESS_LOAD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "conf/error_log.h"
#include "conf/value.h"
#include "net/listen.h"
#include "process/settings.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/weir-process-XXXXXX";

static inline const char *in_folder(const char *name) {
    static char paths[4][128];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static inline int make_folder(void **state) {
    (void) state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

/* What is still in it is left to the system: a test that fails has something to show. */
static inline int remove_folder(void **state) {
    char command[160];

    (void) state;
    snprintf(command, sizeof(command), "rm -r %s", folder);
    arena_trim();
    buf_trim();
    return system(command);
}

/* A whole file; valid until the next call. */
static inline const char *content_of(const char *path) {
    static char text[65536];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

    if (fd >= 0) {
        close(fd);
    }
    text[len > 0 ? len : 0] = '\0';
    return text;
}

static inline void write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static inline void load_on_conn(struct listener *listener, struct conn *conn) {
    (void) listener;
    (void) conn;
}

static inline bool load_parse_listen(struct conf *conf, struct conf_block *block,
                                     const struct directive *directive,
                                     const struct conf_line *line, void *field) {
    struct listener *listener;
    struct addr addr;

    (void) block;
    (void) directive;
    (void) field;
    if (!parse_addr(line->words[1].text, 0, &addr)) {
        return conf_error(conf, line, 1, "not an address");
    }
    listener = listen_add(conf, &addr, load_on_conn, line, 1);
    listener->options.is_shared |= line->count > 2;
    return true;
}

static const struct conf_type load_type_listen = {
    .name = "address", .min_words = 1, .max_words = 2, .is_repeatable = true,
    .parse = load_parse_listen
};

static const struct directive load_directives[] = {
    { .name = "listen", .where = CONF_MAIN, .type = &load_type_listen },
    DIRECTIVES_END
};

static unsigned load_index;
static const struct module load_module = { .name = "load", .index = &load_index,
                                           .directives = load_directives, .conf_size = 1 };

/* From a bundle, or without one from the file "conf". */
static inline struct conf *load_bundle(struct str bundle) {
    static const struct module *const modules[] = { &process_module, &events_module,
                                                    &error_log_module, &load_module, NULL };
    struct conf_options options = { .path = in_folder("conf"), .prefix = folder,
                                    .bundle = bundle };

    process_set_defaults("default.pid", "root", "root");
    return conf_load(&options, modules);
}

static inline struct conf *load(const char *text) {
    write_file(in_folder("conf"), text);
    return load_bundle(STR_NONE);
}

/* The same for a text that must be right. */
static inline struct conf *load_good(const char *text) {
    struct conf *conf = load(text);
    const struct conf_message *message = conf_message(conf, 0);

    if (conf_errors(conf) > 0) {
        fail_msg("%s: %s", text, message->text);
    }
    return conf;
}

/* The first message of a wrong text. */
static inline void assert_error(const char *text, const char *expected, const char *help) {
    struct conf *conf = load(text);
    const struct conf_message *message = conf_message(conf, 0);

    assert_non_null(message);
    assert_string_equal(message->text, expected);
    if (help != NULL) {
        assert_string_equal(message->help, help);
    }
    assert_int_equal(conf_errors(conf), 1);
    conf_free(conf);
}

#endif
