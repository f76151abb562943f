/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parser - tokens to a tree of lines; includes are expanded where they stand.
 *
 * After an error the parser goes on as if the text had been right, so that one run shows all of
 * them. A brace too many or too few is noticed far from where it is; the columns of "}" and of
 * what it closes tell where they first went apart, and that is the place to name.
 */
#include "base/panic.h"
#include "conf/conf_priv.h"
#include "conf/lexer.h"

struct parser {
    struct conf *conf;
    struct conf_file *file;
    struct lexer lexer;
    struct str rest;
    struct lexer_found found;
    enum lexer_token token;
    struct conf_word *words; /* of the line that is being read */
    unsigned count, room;
    unsigned depth;          /* of blocks, those around the include counted */
    uint32_t where;          /* what the lines stand in; 0 where no directive is expected */
    bool is_over;            /* nothing more can be read from this file */
    const struct conf_line *unclosed; /* the first block whose "}" stands further left than it */
    uint32_t closed_early_line; /* where the first "}" stands further right than its block */
    const struct conf_line *closed_early;
};

struct conf_file *file_new(struct conf *conf, const char *name, struct str bytes,
                           const struct conf_line *from) {
    struct conf_file *file = arena_zero(&conf->arena, 1, sizeof(*file));

    file->name = name;
    file->bytes = bytes;
    file->from = from;
    file->order = conf->load->files++;
    return file;
}

static struct message_place place_here(const struct parser *parser) {
    return (struct message_place){ .file = parser->file, .line = parser->found.line,
                                   .column = parser->found.column,
                                   .len = parser->found.source_len };
}

static void next_token(struct parser *parser) {
    parser->token = lexer_next(&parser->lexer, parser->rest, true, &parser->found);
    parser->rest = str_from_byte(parser->rest, parser->found.consumed);
}

static void add_word(struct parser *parser) {
    const struct lexer_found *found = &parser->found;
    char *text = arena_bytes(&parser->conf->arena, found->text.len + 1);
    struct conf_word *word;

    if (parser->count == parser->room) {
        unsigned room = parser->room > 0 ? parser->room * 2 : 16;
        struct conf_word *words = arena_alloc(&parser->conf->load->temporary,
                                              room * sizeof(*words));

        if (parser->count > 0) {
            memcpy(words, parser->words, parser->count * sizeof(*words));
        }
        parser->words = words;
        parser->room = room;
    }
    word = &parser->words[parser->count++];
    *word = (struct conf_word){ .source = found->text.data - (found->quote != '\0'),
                                .line = found->line, .column = found->column,
                                .source_len = found->source_len, .is_first = found->is_first,
                                .is_quoted = found->quote != '\0' };
    word->text.data = text;
    if (found->has_escape) {
        word->text.len = lexer_unescape(found->text, text);
    } else {
        memcpy(text, found->text.data, found->text.len);
        word->text.len = found->text.len;
    }
    text[word->text.len] = '\0';
}

/* Makes a line of the words read so far and begins a new one. */
static struct conf_line *take_line(struct parser *parser) {
    struct arena *arena = &parser->conf->load->temporary;
    struct conf_line *line = arena_zero(arena, 1, sizeof(*line));

    line->file = parser->file;
    line->count = parser->count;
    line->words = arena_alloc(arena, parser->count * sizeof(*line->words));
    memcpy(line->words, parser->words, parser->count * sizeof(*line->words));
    parser->count = 0;
    return line;
}

/* ---- what can be wrong ---- */

/* words: how many of the line's are its own. */
static void report_missing_semicolon(struct parser *parser, const struct conf_line *line,
                                     unsigned words) {
    report(parser->conf, CONF_ERROR, place_behind(line, words - 1),
           "directive \"%.*s\" is not terminated by \";\"", STR_ARG(line->words[0].text));
}

static void report_stray_close(struct parser *parser) {
    const struct conf_line *closed = parser->closed_early;

    report(parser->conf, CONF_ERROR, place_here(parser), "unexpected \"}\"");
    if (closed != NULL) {
        conf_help(parser->conf, "the \"}\" in line %u closed \"%s\" of line %u",
                  parser->closed_early_line, closed->words[0].text.data, closed->words[0].line);
    }
}

static void report_unclosed(struct parser *parser, const struct conf_line *block) {
    const struct conf_line *named = parser->unclosed != NULL ? parser->unclosed : block;

    conf_error(parser->conf, named, 0, "block \"%.*s\" is not closed, expecting \"}\"",
               STR_ARG(named->words[0].text));
    conf_help(parser->conf, named == block ? "the file ends before its \"}\""
                                           : "the \"}\" further down close other blocks");
    parser->is_over = true;
}

/* What follows a closing quote and may not. Of a "}" the parser says more, for it lacks a ";". */
static void report_unexpected(struct parser *parser) {
    struct str rest = parser->rest;
    size_t len = 1;

    if (rest.data[0] == '}') {
        return;
    }
    while (len < rest.len && ((unsigned char) rest.data[len] & 0xc0) == 0x80) {
        len++;
    }
    report(parser->conf, CONF_ERROR, place_here(parser), "unexpected \"%.*s\"", (int) len,
           rest.data);
    conf_help(parser->conf, "a blank, \";\" or \"{\" follows a closing quote; the quote began in "
                            "line %u", parser->words[parser->count - 1].line);
}

static void report_too_long(struct parser *parser) {
    const struct lexer_found *found = &parser->found;
    struct message_place place = place_here(parser);

    if (found->quote != '\0') {
        place.len = 1;
        report(parser->conf, CONF_ERROR, place, "too long parameter, probably missing "
               "terminating \"%c\" character", found->quote);
    } else {
        place.len = 10;
        report(parser->conf, CONF_ERROR, place, "too long parameter \"%.10s...\" started",
               found->text.data);
    }
    conf_help(parser->conf, "a parameter has at most %d bytes", LEXER_WORD_MAX);
    parser->is_over = true;
}

static void report_unterminated(struct parser *parser) {
    struct message_place place = place_here(parser);

    place.len = 1;
    report(parser->conf, CONF_ERROR, place, "unexpected end of file, expecting \"%c\"",
           parser->found.quote);
    conf_help(parser->conf, "the quote that opens here is never closed");
    parser->is_over = true;
}

/* Compares where a "}" stands with where its block began, if both begin lines. */
static void note_columns(struct parser *parser, const struct conf_line *block) {
    const struct conf_word *name = &block->words[0];

    if (!parser->found.is_first || !name->is_first || name->line == parser->found.line) {
        return;
    }
    if (parser->found.column < name->column && parser->unclosed == NULL) {
        parser->unclosed = block;
    }
    if (parser->found.column > name->column && parser->closed_early == NULL) {
        parser->closed_early = block;
        parser->closed_early_line = parser->found.line;
    }
}

/* ---- reading ---- */

static void parse_lines(struct parser *parser, const struct conf_line *block,
                        struct conf_line ***lines);

static void add_line(struct conf_line *line, struct conf_line ***lines) {
    **lines = line;
    *lines = &line->next;
}

/* Where the lines of a block stand, as far as the rows tell. */
static uint32_t where_inside(const struct parser *parser, const struct conf_line *line) {
    const struct row *row = rows_pick(parser->conf, line, parser->where);

    return row != NULL ? directive_inside(row->directive) : 0;
}

/* The lines of a block; *inside is where they go. */
static void parse_inside(struct parser *parser, const struct conf_line *line,
                         struct conf_line **inside) {
    uint32_t where = parser->where;

    if (parser->depth == CONF_DEPTH_MAX) {
        conf_error(parser->conf, line, 0, "blocks are nested too deep");
        parser->is_over = true;
        return;
    }
    parser->where = where_inside(parser, line);
    parser->depth++;
    parse_lines(parser, line, &inside);
    parser->depth--;
    parser->where = where;
}

/* The first word from `from` on that begins a line; the count if there is none. */
static unsigned find_line_start(const struct conf_line *line, unsigned from) {
    while (from < line->count && (!line->words[from].is_first || line->words[from].is_quoted)) {
        from++;
    }
    return from;
}

/*
 * A block without its "{" takes the next line for its arguments. Returns the number of words that
 * are its own, or 0 for a line that lacks no "{".
 */
static unsigned find_open_missing(const struct parser *parser, const struct conf_line *line) {
    const struct row *row = rows_pick(parser->conf, line, parser->where);
    unsigned at = find_line_start(line, 1);

    if (row == NULL || row->directive->type->block == CONF_NO_BLOCK) {
        return 0;
    }
    if (!line->has_block) {
        return at;
    }
    return line->count - 1 > row->directive->type->max_words && at < line->count
            && rows_find(parser->conf, line->words[at].text) != NULL
        ? at : 0;
}

/* Goes on as if the "{" had been there, where the words behind it show that there are lines
 * inside. */
static void parse_without_open(struct parser *parser, struct conf_line *line, unsigned words) {
    struct conf_line *rest = line_split(parser->conf, line, words), **inside = &line->first;

    report(parser->conf, CONF_ERROR, place_behind(line, words - 1),
           "directive \"%.*s\" has no opening \"{\"", STR_ARG(line->words[0].text));
    if (words == line->count) {
        return;
    }
    line->count = words;
    line->has_block = true;
    add_line(rest, &inside);
    if (rest->has_block) {
        parse_inside(parser, rest, &rest->first);
    }
    parse_inside(parser, line, inside);
}

/* A line and its "{". One without a name is read with all that is in it, and dropped. */
static void parse_block(struct parser *parser, struct conf_line ***lines) {
    bool is_nameless = parser->count == 0;
    struct conf_line *line;
    unsigned words;

    if (is_nameless) {
        report(parser->conf, CONF_ERROR, place_here(parser), "unexpected \"{\"");
        parser->found.text = STR("{");
        add_word(parser);
    }
    line = take_line(parser);
    line->has_block = true;
    if (!is_nameless) {
        add_line(line, lines);
    }
    words = find_open_missing(parser, line);
    if (words > 0) {
        parse_without_open(parser, line, words);
    } else {
        parse_inside(parser, line, &line->first);
    }
}

/* The include's place in the tree is taken by the lines of its files. */
static void parse_include_line(struct parser *parser, const struct conf_line *line,
                               struct conf_line ***lines) {
    unsigned at = find_line_start(line, 1);

    if (at == 2 && line->count > 2) {
        report_missing_semicolon(parser, line, at);
    } else if (line->count != 2) {
        conf_error(parser->conf, line, line->count > 2 ? 2 : 0,
                   "invalid number of arguments in \"include\" directive");
        conf_help(parser->conf, "syntax: include file | mask;");
    } else {
        include_files(parser->conf, line, line->words[1].text,
                      &(struct include_place){ parser->depth, parser->where }, lines);
    }
}

/* A line and its ";". */
static void parse_line(struct parser *parser, struct conf_line ***lines) {
    struct conf_line *line;
    unsigned words;

    if (parser->count == 0) {
        report(parser->conf, CONF_ERROR, place_here(parser), "unexpected \";\"");
        return;
    }
    line = take_line(parser);
    if (str_is(line->words[0].text, "include")) {
        parse_include_line(parser, line, lines);
        return;
    }
    add_line(line, lines);
    words = find_open_missing(parser, line);
    if (words > 0) {
        parse_without_open(parser, line, words);
    }
}

/* What is left of a line where a block or the file ends. */
static void end_unfinished(struct parser *parser, struct conf_line ***lines) {
    struct conf_line *line;

    if (parser->count > 0) {
        line = take_line(parser);
        report_missing_semicolon(parser, line, line->count);
        add_line(line, lines);
    }
}

/* A "}": false if it ends no block. */
static bool parse_close(struct parser *parser, const struct conf_line *block) {
    if (block == NULL) {
        report_stray_close(parser);
        return false;
    }
    note_columns(parser, block);
    return true;
}

/* The lines of a block up to its "}", or, where block is NULL, of a file. */
static void parse_lines(struct parser *parser, const struct conf_line *block,
                        struct conf_line ***lines) {
    while (!parser->is_over) {
        next_token(parser);
        switch (parser->token) {
        case LEXER_WORD:
            add_word(parser);
            break;
        case LEXER_SEMICOLON:
            parse_line(parser, lines);
            break;
        case LEXER_OPEN:
            parse_block(parser, lines);
            break;
        case LEXER_CLOSE:
            end_unfinished(parser, lines);
            if (parse_close(parser, block)) {
                return;
            }
            break;
        case LEXER_END:
            end_unfinished(parser, lines);
            if (block != NULL) {
                report_unclosed(parser, block);
            }
            return;
        case LEXER_UNEXPECTED:
            report_unexpected(parser);
            break;
        case LEXER_UNTERMINATED:
            report_unterminated(parser);
            break;
        case LEXER_TOO_LONG:
            report_too_long(parser);
            break;
        case LEXER_MORE:
            UNREACHABLE(); /* the whole file is there */
        }
    }
}

void parse_file(struct conf *conf, struct conf_file *file, const struct include_place *place,
                struct conf_line ***lines) {
    struct parser parser = { .conf = conf, .file = file, .rest = file->bytes,
                             .depth = place->depth, .where = place->where };

    lexer_init(&parser.lexer);
    parse_lines(&parser, NULL, lines);
}
