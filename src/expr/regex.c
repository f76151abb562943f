/* SPDX-License-Identifier: BSD-2-Clause */
/* regex - regular expressions by PCRE2; see regex.h. */
#include "expr/regex.h"

#include "base/clock.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/panic.h"
#include "expr/regex_literal.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/*
 * How far one match may go: steps of backtracking (some ms of work), and memory for them. What
 * PCRE2 allows by itself would hold a worker for seconds.
 */
enum {
    MATCH_STEPS_MAX = 500 * 1000,
    MATCH_HEAP_MAX_KB = 16 * 1024,
    LIMIT_LOG_PERIOD_MS = 1000,
    ERROR_TEXT_MAX = 128,
    VERSION_TEXT_MAX = 64 /* PCRE2 asks for 24 */
};

/* A group with a name, and the variable of that name. */
struct named_group {
    unsigned group;
    int variable;
};

struct regex {
    pcre2_code *code;
    unsigned capture_count;
    struct named_group *named;
    unsigned named_count;
    struct str pattern;
    struct regex_literal literal;
};

/* What a configuration says of compiling. */
struct regex_data {
    bool is_jit_off;
};

static const char data_key;

/* One match runs at a time, so the process needs one of each. Made by the first. */
static pcre2_match_data *match_data;
static pcre2_match_context *match_context;

static struct regex_data *data_of(struct conf *conf) {
    return conf_data(conf, &data_key, sizeof(struct regex_data));
}

void regex_set_jit(struct conf *conf, bool is_on) {
    data_of(conf)->is_jit_off = !is_on;
}

const char *regex_version(void) {
    static char version[VERSION_TEXT_MAX];

    pcre2_config(PCRE2_CONFIG_VERSION, version);
    return version;
}

static void *pcre_alloc(size_t size, void *data) {
    (void) data;
    return heap_alloc(size);
}

static void pcre_free(void *memory, void *data) {
    (void) data;
    heap_free(memory);
}

static void prepare_matching(void) {
    pcre2_general_context *general;

    if (match_data != NULL) {
        return;
    }
    general = pcre2_general_context_create(pcre_alloc, pcre_free, NULL);
    match_context = pcre2_match_context_create(general);
    match_data = pcre2_match_data_create(REGEX_CAPTURES_MAX + 1, general);
    pcre2_general_context_free(general);
    CHECK(match_context != NULL && match_data != NULL);
    pcre2_set_match_limit(match_context, MATCH_STEPS_MAX);
    pcre2_set_heap_limit(match_context, MATCH_HEAP_MAX_KB);
}

/* ---- compiling ---- */

static void regex_fini(void *object) {
    struct regex *regex = object;

    pcre2_code_free(regex->code);
}

/* The table of names is rows of row_len bytes: the group's number in two, then its name and NUL. */
static bool add_named_groups(struct conf *conf, const struct conf_block *block,
                             const struct conf_line *line, unsigned word, struct regex *regex) {
    struct variable_table *table = variable_table_of(conf, block);
    PCRE2_SPTR row;
    uint32_t count, row_len, i;

    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMEENTRYSIZE, &row_len);
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &row);
    if (count > 0 && table == NULL) {
        return conf_error(conf, line, word, "a named group makes a variable, and none can be used "
                                            "here");
    }
    regex->named = arena_zero(&conf->arena, count, sizeof(*regex->named));
    regex->named_count = count;
    for (i = 0; i < count; i++, row += row_len) {
        struct named_group *named = &regex->named[i];
        struct variable variable = { .name = (const char *) row + 2, .get = variable_get_none };

        named->group = (unsigned) row[0] << 8 | row[1];
        if (named->group > REGEX_CAPTURES_MAX) {
            return conf_error(conf, line, word,
                              "group \"%s\" is number %u; only %d groups are kept", variable.name,
                              named->group, REGEX_CAPTURES_MAX);
        }
        named->variable = variable_define(conf, table, &variable, line, word);
        if (named->variable < 0) {
            return false;
        }
    }
    return true;
}

struct regex *regex_compile(struct conf *conf, const struct conf_block *block,
                            const struct conf_line *line, unsigned word, struct str pattern,
                            bool is_nocase) {
    struct regex *regex = arena_zero(&conf->arena, 1, sizeof(*regex));
    char text[ERROR_TEXT_MAX];
    uint32_t groups;
    size_t offset;
    int error;

    regex->pattern = pattern;
    regex->code = pcre2_compile((PCRE2_SPTR) pattern.data, pattern.len,
                                is_nocase ? PCRE2_CASELESS : 0, &error, &offset, NULL);
    if (regex->code == NULL) {
        pcre2_get_error_message(error, (PCRE2_UCHAR *) text, sizeof(text));
        conf_error(conf, line, word, "pcre2_compile() failed: %s in \"%.*s\" at offset %zu", text,
                   STR_ARG(pattern), offset);
        return NULL;
    }
    conf_on_free(conf, regex_fini, regex);
    if (!is_nocase) {
        regex_literal_find(&regex->literal, pattern, &conf->arena);
    }
    pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    regex->capture_count = groups;
    if (!add_named_groups(conf, block, line, word, regex)) {
        return NULL;
    }
    if (!data_of(conf)->is_jit_off) {
        /* Where the system lets nobody make code, matching goes on without. */
        (void) pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
    }
    return regex;
}

/* ---- matching ---- */

static void log_failure(const struct regex *regex, int error) {
    static int64_t logged_ms;
    char text[ERROR_TEXT_MAX];

    if (logged_ms != 0 && clock_ms() - logged_ms < LIMIT_LOG_PERIOD_MS) {
        return;
    }
    logged_ms = clock_ms();
    pcre2_get_error_message(error, (PCRE2_UCHAR *) text, sizeof(text));
    log_write(log_process, LOG_LEVEL_WARN, 0, NULL,
              "regular expression \"%.*s\" was given up: %s", STR_ARG(regex->pattern), text);
}

static bool is_match(const struct regex *regex, struct str subject) {
    PCRE2_SPTR bytes = (PCRE2_SPTR) (subject.data != NULL ? subject.data : "");
    int result;

    prepare_matching();
    result = pcre2_match(regex->code, bytes, subject.len, 0, 0, match_data, match_context);
    if (result == PCRE2_ERROR_JIT_STACKLIMIT) {
        /* Compiled code has a small stack; the interpreter has MATCH_HEAP_MAX_KB. */
        result = pcre2_match(regex->code, bytes, subject.len, 0, PCRE2_NO_JIT, match_data,
                             match_context);
    }
    if (result < 0 && result != PCRE2_ERROR_NOMATCH) {
        log_failure(regex, result);
    }
    return result >= 0;
}

/* A group that took no part reads as the empty text. */
static struct str group_text(const size_t *offsets, struct str subject, unsigned group) {
    size_t start = offsets[2 * group], end = offsets[2 * group + 1];

    /* \K in a lookahead can put the start behind the end. */
    if (start == PCRE2_UNSET || start > end) {
        return STR("");
    }
    return str_make(subject.data + start, end - start);
}

static void set_captures(const struct regex *regex, struct str subject, struct scope *scope) {
    const size_t *offsets = pcre2_get_ovector_pointer(match_data);
    unsigned count = regex->capture_count, i;
    struct str *captures;

    scope->captures = NULL;
    scope->capture_count = 0;
    if (count == 0) {
        return;
    }
    if (count > REGEX_CAPTURES_MAX) {
        count = REGEX_CAPTURES_MAX;
    }
    captures = arena_alloc(scope->arena, (count + 1) * sizeof(*captures));
    for (i = 0; i <= count; i++) {
        captures[i] = group_text(offsets, subject, i);
    }
    scope->captures = captures;
    scope->capture_count = count + 1;
    for (i = 0; i < regex->named_count; i++) {
        scope_set(scope, regex->named[i].variable, captures[regex->named[i].group]);
    }
}

bool regex_match(const struct regex *regex, struct str subject, struct scope *scope) {
    if (!regex_literal_fits(&regex->literal, subject) || !is_match(regex, subject)) {
        return false;
    }
    if (scope != NULL) {
        set_captures(regex, subject, scope);
    }
    return true;
}

bool regex_try(const struct regex *regex, struct str subject, struct scope *scope) {
    bool is_match = regex_match(regex, subject, scope);

    if (!is_match) {
        scope->captures = NULL;
        scope->capture_count = 0;
    }
    if (scope->events != NULL && scope->events->on_match != NULL) {
        scope->events->on_match(scope, regex->pattern, subject, is_match);
    }
    return is_match;
}
