/* SPDX-License-Identifier: BSD-2-Clause */
/* template - text with variables in it, compiled with the configuration; see template.h. */
#include "expr/template.h"

#include "base/number.h"

struct template_part {
    enum template_token kind; /* TEXT, VARIABLE or CAPTURE */
    int number;               /* of the variable or the capture */
    struct str text;
};

/* Values that are put together without asking the arena for a place to note them. */
enum { STACK_VALUES = 16 };

/* ---- splitting ---- */

static size_t name_len(struct str text) {
    size_t len = 0;

    while (len < text.len) {
        char c = char_lower(text.data[len]);

        if (!(c >= 'a' && c <= 'z') && !char_is_digit(c) && c != '_') {
            break;
        }
        len++;
    }
    return len;
}

static bool is_capture(struct str name) {
    return name.len >= 1 && name.data[0] >= '1' && name.data[0] <= '9';
}

/* What begins with the "$" that rest begins with. */
static enum template_token parse_reference(struct str *rest, struct str *part) {
    struct str at = *rest;
    bool is_braced = at.len > 1 && at.data[1] == '{';
    size_t start = is_braced ? 2 : 1;
    struct str name = str_first(str_from_byte(at, start), name_len(str_from_byte(at, start)));
    size_t end = start + name.len;

    if (is_capture(name) && (!is_braced || name.len == 1)) {
        /* "$10" is $1 and a "0". */
        name = str_first(name, 1);
        end = start + 1;
    }
    if (name.len == 0 || (is_braced && (end == at.len || at.data[end] != '}'))) {
        *part = str_first(at, end);
        *rest = str_from_byte(at, at.len);
        return TEMPLATE_BAD;
    }
    *part = name;
    *rest = str_from_byte(at, end + is_braced);
    return is_capture(name) && name.len == 1 ? TEMPLATE_CAPTURE : TEMPLATE_VARIABLE;
}

enum template_token parse_template_part(struct str *rest, struct str *part) {
    size_t dollar = str_find_char(*rest, '$');

    if (rest->len == 0) {
        *part = *rest;
        return TEMPLATE_END;
    }
    if (dollar == 0) {
        return parse_reference(rest, part);
    }
    *part = str_first(*rest, dollar);
    *rest = str_from_byte(*rest, dollar);
    return TEMPLATE_TEXT;
}

/* ---- compiling ---- */

static void report_bad(struct conf *conf, const struct conf_line *line, unsigned word,
                       struct str part) {
    if (part.len > 2) {
        struct str name = str_from_byte(part, 2);

        conf_error(conf, line, word, "the closing bracket in \"%.*s\" variable is missing",
                   STR_ARG(name));
    } else {
        conf_error(conf, line, word, "invalid variable name \"%.*s\"", STR_ARG(part));
        conf_help(conf, "a \"$\" begins a variable; text with a \"$\" can come from one: "
                        "geo $dollar { default \"$\"; }");
    }
}

/* Number of parts; 0 after an error. constant says whether there is text only. */
static unsigned count_parts(struct conf *conf, const struct conf_line *line, unsigned word,
                            struct str text, bool *is_constant) {
    enum template_token token;
    struct str part;
    unsigned count = 0;

    *is_constant = true;
    while ((token = parse_template_part(&text, &part)) != TEMPLATE_END) {
        if (token == TEMPLATE_BAD) {
            report_bad(conf, line, word, part);
            *is_constant = false;
            return 0;
        }
        *is_constant = *is_constant && token == TEMPLATE_TEXT;
        count++;
    }
    return count;
}

struct template *template_compile_text(struct conf *conf, const struct conf_block *block,
                                       const struct conf_line *line, unsigned word,
                                       struct str text) {
    bool is_constant;
    unsigned count = count_parts(conf, line, word, text, &is_constant), i;
    struct template *template;
    struct variable_table *table;
    struct str rest = text;

    if (count == 0 && !is_constant) {
        return NULL;
    }
    template = arena_zero(&conf->arena, 1, sizeof(*template));
    template->is_constant = is_constant;
    template->text = text;
    if (is_constant) {
        return template;
    }
    table = variable_table_of(conf, block);
    if (table == NULL) {
        conf_error(conf, line, word, "variables cannot be used here");
        return NULL;
    }
    template->parts = arena_zero(&conf->arena, count, sizeof(*template->parts));
    template->part_count = count;
    for (i = 0; i < count; i++) {
        struct template_part *part = &template->parts[i];

        part->kind = parse_template_part(&rest, &part->text);
        if (part->kind == TEMPLATE_VARIABLE) {
            part->number = variable_use(conf, table, part->text, line, word);
        } else if (part->kind == TEMPLATE_CAPTURE) {
            part->number = part->text.data[0] - '0';
        }
    }
    return template;
}

struct template *template_compile(struct conf *conf, const struct conf_block *block,
                                  const struct conf_line *line, unsigned word) {
    return template_compile_text(conf, block, line, word, line->words[word].text);
}

static bool parse_template_field(struct conf *conf, struct conf_block *block,
                                 const struct directive *directive, const struct conf_line *line,
                                 void *field) {
    struct template **template = field;

    (void) directive;
    *template = template_compile(conf, block, line, 1);
    return *template != NULL;
}

const struct conf_type conf_type_template = {
    .name = "string",
    .size = sizeof(struct template *),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_template_field,
};

/* ---- at run time ---- */

static struct str part_value(const struct template_part *part, struct scope *scope) {
    struct str value = STR("");

    if (part->kind == TEMPLATE_TEXT) {
        return part->text;
    }
    if (part->kind == TEMPLATE_VARIABLE) {
        scope_get(scope, part->number, &value);
    } else if ((unsigned) part->number < scope->capture_count) {
        value = scope->captures[part->number];
    }
    return value;
}

static struct str join(struct arena *arena, const struct str *values, unsigned count) {
    size_t len = 0;
    char *text, *at;
    unsigned i;

    for (i = 0; i < count; i++) {
        len += values[i].len;
    }
    at = text = arena_bytes(arena, len + 1);
    for (i = 0; i < count; i++) {
        if (values[i].len > 0) {
            memcpy(at, values[i].data, values[i].len);
            at += values[i].len;
        }
    }
    *at = '\0';
    return str_make(text, len);
}

struct str template_text(const struct template *template, struct scope *scope) {
    struct str on_stack[STACK_VALUES], *values = on_stack;
    unsigned i;

    if (template->is_constant) {
        return template->text;
    }
    if (template->part_count == 1) {
        return part_value(template->parts, scope);
    }
    if (template->part_count > STACK_VALUES) {
        values = arena_alloc(scope->arena, template->part_count * sizeof(*values));
    }
    /* Each is asked once and in order: finding one may set the captures that the next one names. */
    for (i = 0; i < template->part_count; i++) {
        values[i] = part_value(&template->parts[i], scope);
    }
    return join(scope->arena, values, template->part_count);
}

/* ---- with escapes ---- */

/* What nginx escapes in arguments. */
static bool needs_escape(unsigned char c) {
    return c <= ' ' || c >= 0x7f || strchr("\"#%&+;<>?\\^`{|}", c) != NULL;
}

static struct str escape(struct arena *arena, struct str text) {
    static const char digits[] = "0123456789ABCDEF";
    char *copy = arena_bytes(arena, size_mul(text.len, 3) + 1), *to = copy;
    size_t i;

    for (i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.data[i];

        if (needs_escape(c)) {
            *to++ = '%';
            *to++ = digits[c >> 4];
            *to++ = digits[c & 15];
        } else {
            *to++ = text.data[i];
        }
    }
    return str_make(copy, (size_t) (to - copy));
}

struct str template_text_escaped(const struct template *template, struct scope *scope) {
    const struct str *plain = scope->captures;
    unsigned count = scope->capture_count, i;
    struct str *escaped, text;

    if (template->is_constant) {
        return template->text;
    }
    escaped = arena_zero(scope->arena, count + 1, sizeof(*escaped));
    for (i = 1; i < count; i++) {
        escaped[i] = escape(scope->arena, plain[i]);
    }
    scope->captures = escaped;
    text = template_text(template, scope);
    if (scope->captures == escaped) { /* finding a variable may have set others: those stay */
        scope->captures = plain;
    }
    return text;
}
