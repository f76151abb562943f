/* SPDX-License-Identifier: BSD-2-Clause */
/* set - `set $variable value`; see set.h. */
#include "expr/set.h"

#include "conf/value.h"

struct set_conf {
    struct set_list list;
};

/* Until it is set, such a variable is there and empty, as in nginx. */
static bool get_empty(struct scope *scope, const struct variable *variable, struct str name,
                      struct str *value) {
    (void) scope, (void) variable, (void) name;
    *value = STR("");
    return true;
}

static bool parse_set(struct conf *conf, struct conf_block *block,
                      const struct directive *directive, const struct conf_line *line,
                      void *field) {
    struct set_list *list = field;
    struct variable variable = { .name = variable_name_in(conf, line, 1), .get = get_empty };
    struct set_item item, *added;

    (void) directive;
    if (variable.name == NULL) {
        return false;
    }
    item.variable = variable_define(conf, variable_table_of(conf, block), &variable, line, 1);
    item.value = template_compile(conf, block, line, 2);
    if (item.variable < 0 || item.value == NULL) {
        return false;
    }
    added = conf_array_add(conf, &list->items, &list->count, sizeof(*list->items));
    *added = item;
    return true;
}

static const struct conf_type type_set = {
    .name = "variable and value",
    .size = sizeof(struct set_list),
    .min_words = 2,
    .max_words = 2,
    .is_repeatable = true,
    .parse = parse_set,
};

static const struct directive directives[] = {
    {
        .name = "set",
        .where = CONF_HTTP_SERVER | CONF_HTTP_LOCATION | CONF_HTTP_SERVER_IF
            | CONF_HTTP_LOCATION_IF | CONF_STREAM_SERVER,
        .type = &type_set,
        .field = offsetof(struct set_conf, list),
        .inherit = INHERIT_NONE,
        .syntax = "$variable value",
        .help = "gives a variable a value, which may name other variables",
    },
    DIRECTIVES_END
};

static unsigned set_index;

const struct module set_module = {
    .name = "set",
    .index = &set_index,
    .directives = directives,
    .conf_size = sizeof(struct set_conf),
};

const struct set_list *set_list_of(const struct conf_block *block) {
    const struct set_conf *settings = conf_of(block, &set_module);

    return &settings->list;
}

void set_run(const struct set_list *list, struct scope *scope) {
    unsigned i;

    for (i = 0; i < list->count; i++) {
        scope_set(scope, list->items[i].variable, template_text(list->items[i].value, scope));
    }
}
