/* SPDX-License-Identifier: BSD-2-Clause */
/* rows - the directive tables of all modules, found by name, and what blocks set of them. */
#include "base/panic.h"
#include "conf/conf_priv.h"

static unsigned count_rows(const struct module *module) {
    unsigned count = 0;

    while (module->directives != NULL && module->directives[count].name != NULL) {
        count++;
    }
    return count;
}

/* The group of the rows that write the field; a new one for the first of them. */
static unsigned group_of(struct module_rows *rows, const struct directive *directive) {
    struct row_group *group;
    unsigned i;

    if (directive->type->size == 0) {
        return NO_GROUP;
    }
    for (i = 0; i < rows->group_count && rows->groups[i].field != directive->field; i++) {
    }
    group = &rows->groups[i];
    if (i == rows->group_count) {
        rows->group_count++;
        *group = (struct row_group){ .field = directive->field, .inherit = directive->inherit };
    }
    CHECK(group->inherit == directive->inherit);
    CHECK(directive->field + directive->type->size <= rows->module->conf_size);
    if (directive->type->size > group->size) {
        group->size = directive->type->size;
    }
    return i;
}

static void add_row(struct conf *conf, struct module_rows *rows, unsigned number) {
    const struct directive *directive = &rows->module->directives[number];
    struct row *row = &rows->rows[number];

    *row = (struct row){ .directive = directive, .number = number,
                         .module = (unsigned) (rows - conf->load->modules),
                         .group = group_of(rows, directive) };
    row->next = hash_map_put(&conf->load->rows, str_from(directive->name), row);
    if (row->group != NO_GROUP) {
        rows->where |= directive->where;
    }
    conf->load->contexts |= directive_inside(directive);
    if (row->group != NO_GROUP && directive->initial != NULL) {
        rows->groups[row->group].initial = row;
    }
    rows->has_none = rows->has_none
        || (row->group != NO_GROUP && directive->inherit == INHERIT_NONE);
}

static void add_module(struct conf *conf, unsigned index) {
    struct arena *arena = &conf->load->temporary;
    struct module_rows *rows = &conf->load->modules[index];
    unsigned i;

    rows->module = conf->modules[index];
    *rows->module->index = index;
    rows->row_count = count_rows(rows->module);
    rows->rows = arena_zero(arena, rows->row_count, sizeof(*rows->rows));
    rows->groups = arena_zero(arena, rows->row_count, sizeof(*rows->groups));
    for (i = 0; i < rows->row_count; i++) {
        add_row(conf, rows, i);
    }
}

void rows_prepare(struct conf *conf) {
    unsigned i;

    conf->load->contexts = CONF_MAIN;
    conf->load->modules = arena_zero(&conf->load->temporary, conf->module_count,
                                     sizeof(*conf->load->modules));
    for (i = 0; i < conf->module_count; i++) {
        add_module(conf, i);
    }
}

const struct row *rows_find(const struct conf *conf, struct str name) {
    return hash_map_get(&conf->load->rows, name);
}

const struct row *rows_pick(const struct conf *conf, const struct conf_line *line,
                            uint32_t where) {
    const struct row *row = rows_find(conf, line->words[0].text), *found = NULL;

    for (; row != NULL; row = row->next) {
        if ((row->directive->where & where) != 0) {
            if (row_has_shape(row, line)) {
                return row;
            }
            found = row;
        }
    }
    return found;
}

struct conf_line *line_split(struct conf *conf, const struct conf_line *line, unsigned word) {
    struct conf_line *rest = arena_alloc(&conf->load->temporary, sizeof(*rest));

    *rest = *line;
    rest->words += word;
    rest->count -= word;
    rest->next = NULL;
    return rest;
}

/* ---- what blocks set ---- */

static struct load_block *load_block_of(const struct conf_block *block) {
    return (struct load_block *) block;
}

const struct own *own_find(const struct conf_block *block, unsigned module) {
    const struct own *own = load_block_of(block)->own;

    while (own != NULL && own->module != module) {
        own = own->next;
    }
    return own;
}

struct own *own_of(struct conf *conf, struct conf_block *block, unsigned module) {
    struct own *own = (struct own *) own_find(block, module);
    size_t words = conf->load->modules[module].row_count / CONF_ROW_BITS + 1;

    if (own == NULL) {
        own = arena_zero(&conf->load->temporary, 1, sizeof(*own));
        own->module = module;
        own->rows = arena_zero(&conf->load->temporary, words, sizeof(*own->rows));
        own->next = load_block_of(block)->own;
        load_block_of(block)->own = own;
    }
    return own;
}

void *own_settings(struct conf *conf, struct own *own) {
    size_t size = conf->load->modules[own->module].module->conf_size;

    if (own->settings == NULL) {
        own->settings = arena_zero(&conf->arena, 1, size > 0 ? size : 1);
    }
    return own->settings;
}

void *conf_own(struct conf *conf, struct conf_block *block, const struct module *module) {
    CHECK(conf->load->is_loading);
    return own_settings(conf, own_of(conf, block, *module->index));
}

bool conf_is_set(const struct conf *conf, const struct conf_block *block,
                 const struct module *module, const char *name) {
    const struct module_rows *rows;
    const struct own *own;
    unsigned i;

    CHECK(conf->load->is_loading);
    rows = &conf->load->modules[*module->index];
    own = own_find(block, *module->index);
    for (i = 0; i < rows->row_count && own != NULL; i++) {
        if (own_has(own, i) && strcmp(rows->rows[i].directive->name, name) == 0) {
            return true;
        }
    }
    return false;
}
