/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * merge - what blocks did not set comes from their parents, by the rows' inheritance; then
 * compile().
 *
 * Structs are shared wherever a block has nothing of its own, and so is the whole array of them.
 * A field that is not inherited (INHERIT_NONE) forces a struct of its own on a block only when
 * the parent has set it: all children without settings share that one. A module's structs begin
 * at its root, which gets the defaults: main, http or stream, whichever its fields can be set in;
 * main if there are none.
 */
#include "base/panic.h"
#include "conf/conf_priv.h"
#include "conf/lexer.h"

enum { FAMILIES = 3 };

struct merge {
    struct conf *conf;
    void **defaults[FAMILIES]; /* of each module; NULL: not made */
    bool *is_set;              /* of each group of the module at hand */
    struct merged **last;
};

/* A block on the way down, with what its children share without its fields of INHERIT_NONE. */
struct merge_level {
    const struct conf_block *block;
    void **without_none; /* by module; NULL: not made yet */
};

static const uint32_t family_masks[FAMILIES] = {
    CONF_MAIN | CONF_EVENTS, CONF_ANY_HTTP, CONF_ANY_STREAM
};

static unsigned family_of(uint32_t where) {
    unsigned family = 0;

    while ((family_masks[family] & where) == 0) {
        family++;
        CHECK(family < FAMILIES);
    }
    return family;
}

/* `if` and limit_except are their location in other circumstances. */
static bool is_variant(const struct conf_block *block) {
    return (block->where & (CONF_HTTP_SERVER_IF | CONF_HTTP_LOCATION_IF | CONF_HTTP_LIMIT_EXCEPT))
        != 0;
}

static void remember(struct merge *merge, struct conf_block *block, unsigned module,
                     void *settings) {
    struct merged *made = arena_alloc(&merge->conf->load->temporary, sizeof(*made));

    *made = (struct merged){ NULL, block, merge->conf->modules[module], settings };
    *merge->last = made;
    merge->last = &made->next;
}

/* ---- defaults ---- */

/* The line that a row's default would be in a file. */
static struct conf_line *default_line(struct conf *conf, const struct directive *directive) {
    struct arena *arena = &conf->load->temporary;
    struct str text = arena_print(arena, "%s %s", directive->name, directive->initial);
    struct conf_line *line = arena_zero(arena, 1, sizeof(*line));
    struct str rest = text;
    struct lexer lexer;
    struct lexer_found found;

    line->file = file_new(conf, "default", text, NULL);
    line->words = arena_zero(arena, text.len / 2 + 1, sizeof(*line->words));
    lexer_init(&lexer);
    while (lexer_next(&lexer, rest, true, &found) == LEXER_WORD) {
        struct conf_word *word = &line->words[line->count++];
        char *copy = arena_bytes(&conf->arena, found.text.len + 1);

        *word = (struct conf_word){ .source = found.text.data - (found.quote != '\0'),
                                    .line = 1, .column = found.column,
                                    .source_len = found.source_len,
                                    .is_quoted = found.quote != '\0' };
        word->text = str_make(copy, lexer_unescape(found.text, copy));
        copy[word->text.len] = '\0';
        rest = str_from_byte(rest, found.consumed);
    }
    return line;
}

/* The module's defaults, parsed for the family that the block begins. */
static void *defaults_of(struct merge *merge, struct conf_block *block, unsigned module) {
    struct conf *conf = merge->conf;
    const struct module_rows *rows = &conf->load->modules[module];
    void **place = &merge->defaults[family_of(block->where)][module];
    char *settings;
    unsigned i;

    if (*place != NULL) {
        return *place;
    }
    settings = arena_zero(&conf->arena, 1, rows->module->conf_size + 1);
    *place = settings;
    for (i = 0; i < rows->group_count; i++) {
        const struct row *row = rows->groups[i].initial;

        if (row != NULL) {
            const struct directive *directive = row->directive;

            directive->type->parse(conf, block, directive, default_line(conf, directive),
                                   settings + directive->field);
        }
    }
    return settings;
}

/* ---- one struct ---- */

static void find_set(struct merge *merge, const struct module_rows *rows, const struct own *own) {
    unsigned i;

    memset(merge->is_set, 0, rows->group_count * sizeof(*merge->is_set));
    for (i = 0; i < rows->row_count; i++) {
        if (own_has(own, i) && rows->rows[i].group != NO_GROUP) {
            merge->is_set[rows->rows[i].group] = true;
        }
    }
}

/* Fills what the block did not set: from above, or with the default where that is not inherited. */
static void fill(struct merge *merge, const struct module_rows *rows, char *settings,
                 const char *above, const char *defaults) {
    unsigned i;

    for (i = 0; i < rows->group_count; i++) {
        const struct row_group *group = &rows->groups[i];

        if (!merge->is_set[i]) {
            memcpy(settings + group->field,
                   (group->inherit == INHERIT_NONE && defaults != NULL ? defaults : above)
                       + group->field, group->size);
        }
    }
}

/* The parent's struct, or a copy without its fields of INHERIT_NONE if it has any. */
static void *without_none(struct merge *merge, struct merge_level *above, struct conf_block *block,
                          unsigned module) {
    const struct module_rows *rows = &merge->conf->load->modules[module];
    struct conf *conf = merge->conf;
    char *parents = above->block->confs[module], *copy = NULL;
    const char *defaults = defaults_of(merge, block, module);
    unsigned i;

    if (above->without_none == NULL) {
        above->without_none = arena_zero(&conf->load->temporary, conf->module_count,
                                         sizeof(*above->without_none));
    }
    if (above->without_none[module] != NULL) {
        return above->without_none[module];
    }
    for (i = 0; i < rows->group_count; i++) {
        const struct row_group *group = &rows->groups[i];

        if (group->inherit == INHERIT_NONE
            && memcmp(parents + group->field, defaults + group->field, group->size) != 0) {
            if (copy == NULL) {
                copy = arena_alloc(&conf->arena, rows->module->conf_size);
                memcpy(copy, parents, rows->module->conf_size);
                remember(merge, block, module, copy);
            }
            memcpy(copy + group->field, defaults + group->field, group->size);
        }
    }
    above->without_none[module] = copy != NULL ? copy : parents;
    return above->without_none[module];
}

/* A struct of the block's own, completed. parents is NULL in the module's root. */
static void *merge_own(struct merge *merge, struct conf_block *block, const struct own *own,
                       const void *parents) {
    const struct module_rows *rows = &merge->conf->load->modules[own->module];
    bool needs_defaults = parents == NULL || (rows->has_none && !is_variant(block));
    const void *defaults = needs_defaults ? defaults_of(merge, block, own->module) : NULL;

    find_set(merge, rows, own);
    fill(merge, rows, own->settings, parents != NULL ? parents : defaults, defaults);
    remember(merge, block, own->module, own->settings);
    return own->settings;
}

/* What the block has for a module; NULL above its root. above is NULL for main. */
static void *merge_module(struct merge *merge, struct merge_level *above, struct conf_block *block,
                          unsigned module) {
    const struct module_rows *rows = &merge->conf->load->modules[module];
    void *parents = above != NULL ? above->block->confs[module] : NULL;
    const struct own *own = own_find(block, module);

    if (own != NULL && own->settings != NULL) {
        return merge_own(merge, block, own, parents);
    }
    if (parents == NULL) {
        if (rows->where != 0 && (rows->where & family_masks[family_of(block->where)]) == 0) {
            return NULL;
        }
        parents = defaults_of(merge, block, module);
        remember(merge, block, module, parents);
        return parents;
    }
    return is_variant(block) || !rows->has_none ? parents
                                                : without_none(merge, above, block, module);
}

/* ---- all blocks ---- */

static void merge_block(struct merge *merge, struct merge_level *above, struct conf_block *block) {
    unsigned count = merge->conf->module_count, i;
    void **parents = above != NULL ? above->block->confs : NULL;
    struct merge_level level = { .block = block };
    void *settings;

    /* The first struct that is not the parent's makes an array of the block's own. */
    block->confs = parents;
    for (i = 0; i < count; i++) {
        settings = merge_module(merge, above, block, i);
        if (block->confs == parents && (parents == NULL || settings != parents[i])) {
            block->confs = arena_zero(&merge->conf->arena, count, sizeof(*block->confs));
            if (parents != NULL) {
                memcpy(block->confs, parents, count * sizeof(*block->confs));
            }
        }
        block->confs[i] = settings;
    }
    for (block = block->first; block != NULL; block = block->next) {
        merge_block(merge, &level, block);
    }
}

static size_t most_groups(const struct conf *conf) {
    size_t most = 1;
    unsigned i;

    for (i = 0; i < conf->module_count; i++) {
        if (conf->load->modules[i].group_count > most) {
            most = conf->load->modules[i].group_count;
        }
    }
    return most;
}

void merge_blocks(struct conf *conf) {
    struct merge merge = { .conf = conf, .last = &conf->load->merged };
    unsigned i;

    for (i = 0; i < FAMILIES; i++) {
        merge.defaults[i] = arena_zero(&conf->load->temporary, conf->module_count,
                                       sizeof(*merge.defaults[i]));
    }
    merge.is_set = arena_zero(&conf->load->temporary, most_groups(conf), sizeof(*merge.is_set));
    merge_block(&merge, NULL, conf->main);
}

void compile_blocks(struct conf *conf) {
    const struct merged *at;

    for (at = conf->load->merged; at != NULL; at = at->next) {
        unsigned errors = reported_errors(conf);

        if (at->module->compile != NULL && !at->module->compile(conf, at->block, at->settings)) {
            report_silence(conf, errors, at->block->line, at->module->name);
        }
    }
}
