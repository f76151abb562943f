/* SPDX-License-Identifier: BSD-2-Clause */
/* condition - what stands in the parentheses of `if`; see condition.h. */
#include "expr/condition.h"

#include "base/panic.h"
#include "expr/regex.h"
#include "expr/template.h"

#include <sys/stat.h>

struct condition {
    enum condition_kind kind;
    bool is_negated;
    enum condition_file file;
    int variable;
    const struct template *text; /* of what is compared, or the path */
    const struct regex *regex;
};

/* ---- parsing ---- */

/* The words between the parentheses: some of those that there are, the outer two perhaps cut. */
struct inner_words {
    const struct str *words;
    unsigned first, last;
    bool is_cut_first, is_cut_last;
};

static struct str inner_word(const struct inner_words *inner, unsigned word) {
    struct str text = inner->words[word];

    if (word == 0 && inner->is_cut_first) {
        text = str_from_byte(text, 1);
    }
    if (word == inner->last && inner->is_cut_last) {
        text.len--;
    }
    return text;
}

/* Finds the parentheses. They are counted in words: "first" may come to lie behind "last". */
static bool open_parentheses(const struct str *words, unsigned count, struct inner_words *inner,
                             unsigned *wrong_word) {
    const struct str *last = &words[count - 1];

    *wrong_word = 0;
    *inner = (struct inner_words){ .words = words, .last = count - 1 };
    if (!str_starts(words[0], STR("("))) {
        return false;
    }
    inner->is_cut_first = words[0].len > 1;
    inner->first = !inner->is_cut_first;
    *wrong_word = count - 1;
    if (!str_ends(*last, STR(")"))) {
        return false;
    }
    inner->is_cut_last = last->len > (count == 1 ? 2 : 1);
    if (!inner->is_cut_last && count > 1) {
        inner->last--;
        return inner->first <= inner->last;
    }
    return inner->is_cut_last;
}

static bool parse_operator(struct str text, struct condition_parts *parts) {
    parts->is_negated = str_starts(text, STR("!"));
    text = str_from_byte(text, parts->is_negated);
    parts->kind = str_is(text, "=") ? CONDITION_EQUALS : CONDITION_MATCHES;
    parts->is_nocase = str_is(text, "~*");
    return parts->kind == CONDITION_EQUALS || parts->is_nocase || str_is(text, "~");
}

static bool parse_file_test(struct str text, struct condition_parts *parts) {
    static const char letters[] = "fdex"; /* in the order of enum condition_file */
    const char *letter;

    parts->kind = CONDITION_FILE;
    parts->is_negated = str_starts(text, STR("!"));
    text = str_from_byte(text, parts->is_negated);
    if (text.len != 2 || text.data[0] != '-' || text.data[1] == '\0'
        || (letter = strchr(letters, text.data[1])) == NULL) {
        return false;
    }
    parts->file = (enum condition_file) (letter - letters);
    return true;
}

enum condition_verdict parse_condition(const struct str *words, unsigned count,
                                       struct condition_parts *parts, struct str *wrong,
                                       unsigned *wrong_word) {
    struct inner_words inner;
    unsigned more;

    *parts = (struct condition_parts){ .kind = CONDITION_HOLDS };
    if (!open_parentheses(words, count, &inner, wrong_word)) {
        *wrong = words[*wrong_word];
        return CONDITION_BAD;
    }
    *wrong = inner_word(&inner, inner.first);
    *wrong_word = inner.first;
    more = inner.last - inner.first;
    if (wrong->len > 1 && wrong->data[0] == '$' && (more == 0 || more == 2)) {
        parts->variable = str_from_byte(*wrong, 1);
        parts->variable_word = inner.first;
        if (more == 0) {
            return CONDITION_GOOD;
        }
        *wrong = inner_word(&inner, ++*wrong_word);
        if (!parse_operator(*wrong, parts)) {
            return CONDITION_BAD_OPERATOR;
        }
    } else if (more != 1 || !parse_file_test(*wrong, parts)) {
        return CONDITION_BAD;
    }
    parts->operand = inner_word(&inner, inner.last);
    parts->operand_word = inner.last;
    return CONDITION_GOOD;
}

/* ---- compiling ---- */

static bool report_verdict(struct conf *conf, const struct conf_line *line,
                           enum condition_verdict verdict, struct str wrong, unsigned word) {
    if (verdict == CONDITION_BAD_OPERATOR) {
        conf_error(conf, line, word + 1, "unexpected \"%.*s\" in condition", STR_ARG(wrong));
        conf_help(conf, "operators: = != ~ ~* !~ !~*, with blanks around them");
    } else {
        conf_error(conf, line, word + 1, "invalid condition \"%.*s\"", STR_ARG(wrong));
        conf_help(conf, "forms: ($a) ($a = text) ($a != text) ($a ~ regex) ~* !~ !~* (-f path) "
                        "-d -e -x !-f !-d !-e !-x");
    }
    return false;
}

static bool take_apart(struct conf *conf, const struct conf_line *line,
                       struct condition_parts *parts) {
    struct str *words = arena_alloc(&conf->arena, line->count * sizeof(*words)), wrong;
    enum condition_verdict verdict;
    unsigned i, wrong_word;

    for (i = 1; i < line->count; i++) {
        words[i - 1] = line->words[i].text;
    }
    verdict = parse_condition(words, line->count - 1, parts, &wrong, &wrong_word);
    return verdict == CONDITION_GOOD || report_verdict(conf, line, verdict, wrong, wrong_word);
}

const struct condition *condition_compile(struct conf *conf, const struct conf_block *block,
                                          const struct conf_line *line) {
    struct condition *condition = arena_zero(&conf->arena, 1, sizeof(*condition));
    struct condition_parts parts;
    unsigned word;

    if (!take_apart(conf, line, &parts)) {
        return NULL;
    }
    word = parts.operand_word + 1;
    condition->kind = parts.kind;
    condition->is_negated = parts.is_negated;
    condition->file = parts.file;
    if (parts.kind != CONDITION_FILE) {
        condition->variable = variable_use(conf, variable_table_of(conf, block), parts.variable,
                                           line, parts.variable_word + 1);
    }
    if (parts.kind == CONDITION_MATCHES) {
        condition->regex = regex_compile(conf, block, line, word, parts.operand, parts.is_nocase);
        return condition->regex != NULL ? condition : NULL;
    }
    if (parts.kind == CONDITION_HOLDS) {
        return condition;
    }
    condition->text = template_compile_text(conf, block, line, word, parts.operand);
    return condition->text != NULL ? condition : NULL;
}

/* ---- at run time ---- */

bool condition_stat(struct scope *scope, enum condition_file what, const char *path) {
    struct stat info;

    (void) scope;
    if (stat(path, &info) < 0) {
        return false;
    }
    switch (what) {
    case CONDITION_IS_FILE:
        return S_ISREG(info.st_mode);
    case CONDITION_IS_FOLDER:
        return S_ISDIR(info.st_mode);
    case CONDITION_EXISTS:
        return S_ISREG(info.st_mode) || S_ISDIR(info.st_mode);
    case CONDITION_CAN_RUN:
        return (info.st_mode & S_IXUSR) != 0;
    }
    UNREACHABLE();
}

static struct str operand(const struct condition *condition, struct scope *scope, bool escapes) {
    return escapes ? template_text_escaped(condition->text, scope)
                   : template_text(condition->text, scope);
}

static bool test_path(const struct condition *condition, struct scope *scope, bool escapes,
                      condition_file_test *test_file) {
    struct str path = operand(condition, scope, escapes);

    return str_find_char(path, '\0') == path.len
        && test_file(scope, condition->file, arena_copy(scope->arena, path).data);
}

bool condition_is_true(const struct condition *condition, struct scope *scope, bool escapes,
                       condition_file_test *test_file) {
    struct str value;
    bool is_true = false;

    if (condition->kind != CONDITION_FILE) {
        scope_get(scope, condition->variable, &value);
    }
    switch (condition->kind) {
    case CONDITION_HOLDS:
        return value.len > 0 && !str_is(value, "0");
    case CONDITION_EQUALS:
        is_true = str_equal(value, operand(condition, scope, escapes));
        break;
    case CONDITION_MATCHES:
        is_true = regex_try(condition->regex, value, scope);
        break;
    case CONDITION_FILE:
        is_true = test_path(condition, scope, escapes, test_file);
        break;
    }
    return is_true != condition->is_negated;
}
