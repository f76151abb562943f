/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apply - each line finds its row; values go to the block's settings; blocks are opened and closed.
 *
 * After an error the rest is applied all the same, so that one run shows all errors. A missing
 * ";" makes the next line part of this one: when a line is wrong and one of its words begins a
 * line and looks like a directive, the ";" is what is reported, and the words are taken as the
 * two lines they were meant to be.
 */
#include "conf/conf_priv.h"

static const struct conf_line *apply_line(struct conf *conf, struct conf_block *block,
                                          const struct conf_line *line);

static void apply_list(struct conf *conf, struct conf_block *block, const struct conf_line *line) {
    for (; line != NULL; line = line->next) {
        const struct conf_line *rest = line;

        while (rest != NULL) {
            rest = apply_line(conf, block, rest);
        }
    }
}

/* ---- blocks ---- */

/* The block's own line: its words outlive the load. */
static struct conf_line *copy_line(struct conf *conf, const struct conf_line *line) {
    struct conf_line *copy = arena_alloc(&conf->arena, sizeof(*copy));

    *copy = *line;
    copy->words = arena_alloc(&conf->arena, line->count * sizeof(*copy->words));
    memcpy(copy->words, line->words, line->count * sizeof(*copy->words));
    return copy;
}

static struct conf_block *block_new(struct conf *conf, struct conf_block *parent, uint32_t where,
                                    const struct conf_line *line) {
    struct load_block *made = arena_zero(&conf->arena, 1, sizeof(*made));
    struct conf_block *block = &made->block;

    made->source = line;
    block->where = where;
    block->parent = parent;
    if (parent != NULL) {
        block->line = copy_line(conf, line);
        *(parent->last != NULL ? &parent->last->next : &parent->first) = block;
        parent->last = block;
    }
    return block;
}

/* Opens a block; *opened is NULL if the lines in it cannot be looked at. */
static bool open_block(struct conf *conf, struct conf_block *parent, const struct row *row,
                       const struct conf_line *line, struct conf_block **opened) {
    const struct conf_block_kind *kind = row->directive->detail;
    struct conf_block *block = block_new(conf, parent, kind->inside, line);
    unsigned errors = reported_errors(conf);

    *opened = block;
    if (kind->open == NULL || kind->open(conf, block, block->line)) {
        return true;
    }
    report_silence(conf, errors, line, row->directive->name);
    if (block->object == NULL) {
        *opened = NULL;
    }
    return false;
}

static void apply_inside(struct conf *conf, struct conf_block *block, const struct row *row,
                         const struct conf_line *line) {
    const struct conf_block_kind *kind = row->directive->detail;
    unsigned errors = reported_errors(conf);

    apply_list(conf, block, line->first);
    /* What close() would miss may well be what is wrong inside. */
    if (kind->close != NULL && reported_errors(conf) == errors && !kind->close(conf, block)) {
        report_silence(conf, errors, line, row->directive->name);
    }
}

/* ---- one directive ---- */

static bool check_shape(struct conf *conf, const struct conf_line *line, const struct row *row) {
    const struct conf_type *type = row->directive->type;
    const char *name = row->directive->name;
    unsigned words = line->count - 1;

    if (type->block != CONF_NO_BLOCK && !line->has_block) {
        conf_error(conf, line, line->count, "directive \"%s\" has no opening \"{\"", name);
    } else if (type->block == CONF_NO_BLOCK && line->has_block) {
        conf_error(conf, line, line->count, "directive \"%s\" is not terminated by \";\"", name);
    } else if (words < type->min_words || words > type->max_words) {
        conf_error(conf, line, words > type->max_words ? type->max_words + 1 : 0,
                   "invalid number of arguments in \"%s\" directive", name);
    } else {
        return true;
    }
    conf_help(conf, "syntax: %s", syntax_of(&conf->load->temporary, row->directive).data);
    return false;
}

/* The first line of that name in the block. */
static const struct conf_line *find_line(const struct conf *conf, const struct conf_block *block,
                                         const char *name) {
    const struct conf_line *line = ((const struct load_block *) block)->source;

    for (line = line != NULL ? line->first : conf->load->first; line != NULL; line = line->next) {
        if (str_is(line->words[0].text, name)) {
            break;
        }
    }
    return line;
}

static bool check_first(struct conf *conf, struct conf_block *block, const struct conf_line *line,
                        const struct row *row) {
    const struct directive *directive = row->directive;
    struct own *own = own_of(conf, block, row->module);
    const struct conf_line *first;
    bool is_repeatable = directive->type->is_repeatable
        || (directive->type->block == CONF_BLOCK && directive->where != CONF_MAIN);

    if (!is_repeatable && own_has(own, row->number)) {
        first = find_line(conf, block, directive->name);
        conf_error(conf, line, 0, "\"%s\" directive is duplicate", directive->name);
        if (first != NULL && first->words != line->words) {
            conf_help(conf, "it stands first in %s",
                      place_text(&conf->load->temporary, first).data);
        }
        return false;
    }
    own_mark(own, row->number);
    return true;
}

static bool parse_value(struct conf *conf, struct conf_block *block, const struct conf_line *line,
                        const struct row *row) {
    const struct directive *directive = row->directive;
    unsigned errors = reported_errors(conf);
    char *settings = NULL;

    if (directive->type->size > 0) {
        settings = own_settings(conf, own_of(conf, block, row->module));
        settings += directive->field;
    }
    if (directive->type->parse(conf, block, directive, line, settings)) {
        return true;
    }
    report_silence(conf, errors, line, directive->name);
    return false;
}

/* The directive without the lines of its block: those are for *opened. */
static bool apply_head(struct conf *conf, struct conf_block *block, const struct conf_line *line,
                       const struct row *row, struct conf_block **opened) {
    if (!check_shape(conf, line, row) || !check_first(conf, block, line, row)) {
        return false;
    }
    return row->directive->type->block == CONF_BLOCK ? open_block(conf, block, row, line, opened)
                                                     : parse_value(conf, block, line, row);
}

/* ---- a missing ";" ---- */

/* The nearest name that may stand in such a block; where 0: in any. */
static const struct directive *nearest_directive(const struct conf *conf, struct str name,
                                                 uint32_t where) {
    const struct directive *found = NULL;
    struct nearest nearest;
    unsigned i, j;

    nearest_init(&nearest, name);
    for (i = 0; i < conf->module_count; i++) {
        const struct module_rows *rows = &conf->load->modules[i];

        for (j = 0; j < rows->row_count; j++) {
            const struct directive *directive = rows->rows[j].directive;

            if (where == 0 || (directive->where & where) != 0) {
                nearest_consider(&nearest, directive->name);
                found = nearest.found == directive->name ? directive : found;
            }
        }
    }
    return found;
}

static bool is_name_like(struct str text) {
    size_t i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] != '_' && (text.data[i] < 'a' || text.data[i] > 'z')) {
            return false;
        }
    }
    return true;
}

static bool is_foreign(struct conf *conf, struct str name) {
    return foreign_help(&conf->load->temporary, name) != NULL;
}

/* Whether the rest of a line would be right as a line of its own. */
static bool is_whole(const struct conf *conf, const struct conf_block *block,
                     const struct conf_line *rest) {
    const struct row *row = rows_pick(conf, rest, block->where);

    return row != NULL && row_has_shape(row, rest)
        && rest->count - 1 >= row->directive->type->min_words
        && rest->count - 1 <= row->directive->type->max_words;
}

/*
 * Index of a word that begins a line and looks like a directive, or 0. In a line that is right
 * all the same it must be one that could stand here just so.
 */
static unsigned find_swallowed(struct conf *conf, const struct conf_block *block,
                               const struct conf_line *line, bool is_right) {
    unsigned i;

    for (i = 1; i < line->count; i++) {
        const struct conf_word *word = &line->words[i];
        struct conf_line *rest;

        if (!word->is_first || word->is_quoted || !is_name_like(word->text)) {
            continue;
        }
        rest = line_split(conf, line, i);
        if (is_right ? is_whole(conf, block, rest)
                     : rows_find(conf, word->text) != NULL || is_foreign(conf, word->text)
                           || nearest_directive(conf, word->text, block->where) != NULL) {
            return i;
        }
    }
    return 0;
}

static void warn_swallowed(struct conf *conf, const struct conf_block *block,
                           const struct conf_line *line) {
    unsigned word = find_swallowed(conf, block, line, true);

    if (word > 0) {
        conf_warn(conf, line, word, "\"%s\" is read as a parameter of \"%s\"",
                  line->words[word].text.data, line->words[0].text.data);
        conf_help(conf, "is a \";\" missing at the end of line %u?",
                  place_behind(line, word - 1).line);
    }
}

/* Says that a ";" is missing; returns the line that was meant to follow it. */
static const struct conf_line *split_off(struct conf *conf, const struct conf_line *line,
                                         unsigned word) {
    report(conf, CONF_ERROR, place_behind(line, word - 1),
           "directive \"%s\" is not terminated by \";\"", line->words[0].text.data);
    conf_help(conf, "before \"%s\" in line %u", line->words[word].text.data,
              line->words[word].line);
    return line_split(conf, line, word);
}

/* Returns the line that this one turned out to hold besides, or NULL. */
static const struct conf_line *apply_row(struct conf *conf, struct conf_block *block,
                                         const struct conf_line *line, const struct row *row) {
    struct messages_mark before = conf->load->messages.mark;
    struct conf_block *opened = NULL;
    unsigned swallowed;

    if (apply_head(conf, block, line, row, &opened)) {
        warn_swallowed(conf, block, line);
    } else if (row->directive->type->block == CONF_NO_BLOCK || line->has_block) {
        swallowed = find_swallowed(conf, block, line, false);
        if (swallowed > 0) {
            messages_take_back(conf, &before);
            return split_off(conf, line, swallowed);
        }
    }
    if (opened != NULL) {
        apply_inside(conf, opened, row, line);
    }
    return NULL;
}

/* ---- a line ---- */

static void report_misplaced(struct conf *conf, const struct conf_block *block,
                             const struct conf_line *line) {
    const struct row *row = rows_find(conf, line->words[0].text);
    const char *left_out = left_out_help(&conf->load->temporary, line->words[0].text);
    const char *foreign = foreign_place_help(line->words[0].text, block->where);
    uint32_t where = 0;

    for (; row != NULL; row = row->next) {
        where |= row->directive->where;
    }
    conf_error(conf, line, 0, "\"%s\" directive is not allowed here", line->words[0].text.data);
    if (left_out != NULL || foreign != NULL) {
        conf_help(conf, "%s", left_out != NULL ? left_out : foreign);
        return;
    }
    conf_help(conf, "allowed in: %s; this is %s",
              where_names(&conf->load->temporary, where & conf->load->contexts, ", ").data,
              where_names(&conf->load->temporary, block->where, ", ").data);
}

static void report_unknown(struct conf *conf, struct str name, const struct directive *near) {
    const struct directive *far = nearest_directive(conf, name, 0);
    const char *help = foreign_help(&conf->load->temporary, name);

    if (help != NULL) {
        conf_help(conf, "%s", help);
    } else if (str_starts(name, STR("\xef\xbb\xbf"))) {
        conf_help(conf, "the file begins with a byte order mark");
    } else if (near != NULL) {
        conf_help(conf, "did you mean \"%s\"?", near->name);
    } else if (far != NULL) {
        conf_help(conf, "did you mean \"%s\"? It is allowed in: %s", far->name,
                  where_names(&conf->load->temporary, far->where & conf->load->contexts,
                              ", ").data);
    }
}

/* A block of an unknown name is looked at as if it had the name that was probably meant. */
static const struct conf_line *apply_unknown(struct conf *conf, struct conf_block *block,
                                             const struct conf_line *line) {
    const struct directive *near = nearest_directive(conf, line->words[0].text, block->where);
    const struct row *row;
    struct conf_line *meant;

    conf_error(conf, line, 0, "unknown directive \"%s\"", line->words[0].text.data);
    report_unknown(conf, line->words[0].text, near);
    if (near != NULL && line->has_block && !is_foreign(conf, line->words[0].text)) {
        meant = copy_line(conf, line);
        meant->words[0].text = str_from(near->name);
        row = rows_pick(conf, meant, block->where);
        if (row->directive->type->block == CONF_BLOCK) {
            return apply_row(conf, block, meant, row);
        }
    }
    return NULL;
}

/* Returns the line that this one turned out to hold besides, or NULL. */
static const struct conf_line *apply_line(struct conf *conf, struct conf_block *block,
                                          const struct conf_line *line) {
    const struct row *row = rows_pick(conf, line, block->where);

    if (row != NULL) {
        return apply_row(conf, block, line, row);
    }
    if (rows_find(conf, line->words[0].text) == NULL) {
        return apply_unknown(conf, block, line);
    }
    report_misplaced(conf, block, line);
    return NULL;
}

void apply_lines(struct conf *conf) {
    conf->main = block_new(conf, NULL, CONF_MAIN, NULL);
    apply_list(conf, conf->main, conf->load->first);
}
