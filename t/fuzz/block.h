/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * block - what the fuzz targets of expr share: a configuration with an http block, in which the
 * target compiles its input.
 */
#ifndef WEIR_FUZZ_BLOCK_H
#define WEIR_FUZZ_BLOCK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/panic.h"
#include "conf/conf.h"
#include "conf/module.h"
#include "conf/value.h"
#include "expr/template.h"

static struct conf_block *http_block;

/* The target's: adds its variables, keeps the block, and compiles what there is. */
static bool open_http(struct conf *conf, struct conf_block *block, const struct conf_line *line);

/* A variable of which the detail is the value. */
static inline bool get_text(struct scope *scope, const struct variable *variable, struct str name,
                            struct str *value) {
    (void) scope, (void) name;
    *value = str_from(variable->detail);
    return true;
}

static inline bool finish(struct conf *conf) {
    return variable_table_check(conf, variable_table_of(conf, http_block));
}

static const struct conf_block_kind http_kind = { .inside = CONF_HTTP, .open = open_http };

static const struct directive directives[] = {
    { .name = "http", .where = CONF_MAIN, .type = &conf_type_block, .detail = &http_kind,
      .inherit = INHERIT_NONE, .syntax = "{ ... }", .help = "the block" },
    { .name = "text", .where = CONF_HTTP | CONF_MAIN, .type = &conf_type_template,
      .inherit = INHERIT_NONE, .syntax = "string", .help = "a template as a row has it" },
    DIRECTIVES_END
};

static unsigned block_index;

/* Its settings: the template of `text`. */
static const struct module block_module = {
    .name = "block",
    .index = &block_index,
    .directives = directives,
    .conf_size = sizeof(struct template *),
    .finish = finish,
};

static inline struct conf *block_load(struct str text) {
    static const struct module *const modules[] = { &block_module, NULL };
    struct conf_options options = { .path = "/dev/null", .prefix = "/", .globals = text };

    return conf_load(&options, modules);
}

#endif
