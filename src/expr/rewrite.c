/* SPDX-License-Identifier: BSD-2-Clause */
/* rewrite - `rewrite regex replacement [flag]`; see rewrite.h. */
#include "expr/rewrite.h"

#include "base/number.h"
#include "expr/regex.h"
#include "expr/template.h"

struct rewrite {
    const struct regex *regex;
    enum rewrite_flag flag;
    unsigned status;             /* of a redirect */
    const struct template *path; /* of a redirect the whole URL */
    const struct template *args; /* NULL: the replacement has none */
    bool has_args;               /* there is a "?" in the replacement, redirect or not */
    bool keeps_args;             /* those of the request */
};

/* ---- compiling ---- */

static const struct {
    const char *name;
    enum rewrite_flag flag;
    unsigned status;
} flags[] = {
    { "last", REWRITE_LAST, 0 },
    { "break", REWRITE_BREAK, 0 },
    { "redirect", REWRITE_REDIRECT, 302 },
    { "permanent", REWRITE_REDIRECT, 301 },
};

enum { FLAGS = sizeof(flags) / sizeof(flags[0]) };

static bool parse_flag(struct conf *conf, const struct conf_line *line, struct rewrite *rewrite) {
    struct str text = line->words[3].text;
    size_t i;

    for (i = 0; i < FLAGS; i++) {
        if (str_is(text, flags[i].name)) {
            rewrite->flag = flags[i].flag;
            rewrite->status = flags[i].status;
            return true;
        }
    }
    conf_error(conf, line, 3, "invalid parameter \"%s\"", text.data);
    conf_help(conf, "allowed: last, break, redirect, permanent");
    return false;
}

static bool is_url(struct str text) {
    return str_starts(text, STR("http://")) || str_starts(text, STR("https://"))
        || str_starts(text, STR("$scheme"));
}

static bool compile_replacement(struct conf *conf, const struct conf_block *block,
                                const struct conf_line *line, struct rewrite *rewrite) {
    struct str text = line->words[2].text;
    size_t mark;

    if (text.len == 0) {
        return conf_error(conf, line, 2, "empty replacement");
    }
    if (is_url(text) && rewrite->flag != REWRITE_REDIRECT) {
        rewrite->flag = REWRITE_REDIRECT;
        rewrite->status = 302;
    }
    rewrite->keeps_args = !str_ends(text, STR("?"));
    text.len -= !rewrite->keeps_args;
    mark = str_find_char(text, '?');
    rewrite->has_args = mark < text.len;
    if (rewrite->has_args && rewrite->flag != REWRITE_REDIRECT) {
        rewrite->args
            = template_compile_text(conf, block, line, 2, str_from_byte(text, mark + 1));
        if (rewrite->args == NULL) {
            return false;
        }
        text = str_first(text, mark);
    }
    rewrite->path = template_compile_text(conf, block, line, 2, text);
    return rewrite->path != NULL;
}

const struct rewrite *rewrite_compile(struct conf *conf, const struct conf_block *block,
                                      const struct conf_line *line) {
    struct rewrite *rewrite = arena_zero(&conf->arena, 1, sizeof(*rewrite));

    rewrite->regex = regex_compile(conf, block, line, 1, line->words[1].text, false);
    if (rewrite->regex == NULL || (line->count > 3 && !parse_flag(conf, line, rewrite))
        || !compile_replacement(conf, block, line, rewrite)) {
        return NULL;
    }
    return rewrite;
}

/* ---- escapes ---- */

/* The byte that "%XX" stands for if the text begins so, else -1. */
static int escaped_byte(struct str text) {
    int high = text.len > 2 && text.data[0] == '%' ? hex_digit(text.data[1]) : -1;
    int low = high >= 0 ? hex_digit(text.data[2]) : -1;

    return low >= 0 ? high << 4 | low : -1;
}

/* Takes the escapes out that a URL does not need, up to its "?". */
static struct str unescape(struct arena *arena, struct str url) {
    char *copy = arena_bytes(arena, url.len + 1), *to = copy;

    while (url.len > 0) {
        int byte = escaped_byte(url);
        bool is_taken = byte > '%' && byte < 0x7f;

        *to++ = is_taken ? (char) byte : url.data[0];
        url = str_from_byte(url, is_taken ? 3 : 1);
        if (to[-1] == '?') {
            break;
        }
    }
    if (url.len > 0) {
        memcpy(to, url.data, url.len);
    }
    return str_make(copy, (size_t) (to - copy) + url.len);
}

/* ---- at run time ---- */

static struct str text_for_url(const struct template *template, struct scope *scope,
                               const struct rewrite_request *request) {
    return request->was_escaped ? template_text_escaped(template, scope)
                                : template_text(template, scope);
}

static struct str join(struct scope *scope, struct str left, char between, struct str right) {
    return arena_print(scope->arena, "%.*s%c%.*s", STR_ARG(left), between, STR_ARG(right));
}

static void make_redirect(const struct rewrite *rewrite, struct scope *scope,
                          const struct rewrite_request *request, struct rewrite_result *result) {
    result->status = rewrite->status;
    result->url = unescape(scope->arena, text_for_url(rewrite->path, scope, request));
    if (rewrite->keeps_args && request->args.len > 0) {
        result->url = join(scope, result->url, rewrite->has_args ? '&' : '?', request->args);
    }
}

static void make_path(const struct rewrite *rewrite, struct scope *scope,
                      const struct rewrite_request *request, struct rewrite_result *result) {
    struct str kept = rewrite->keeps_args ? request->args : STR("");

    result->path = template_text(rewrite->path, scope);
    result->args = kept;
    result->sets_args = rewrite->has_args;
    if (rewrite->args != NULL) {
        result->args = text_for_url(rewrite->args, scope, request);
        if (kept.len > 0) {
            result->args = join(scope, result->args, '&', kept);
        }
    }
}

bool rewrite_run(const struct rewrite *rewrite, struct scope *scope,
                 const struct rewrite_request *request, struct rewrite_result *result) {
    if (!regex_try(rewrite->regex, request->path, scope)) {
        return false;
    }
    *result = (struct rewrite_result){ .flag = rewrite->flag, .path = STR(""), .args = STR(""),
                                       .url = STR("") };
    if (rewrite->flag == REWRITE_REDIRECT) {
        make_redirect(rewrite, scope, request, result);
    } else {
        make_path(rewrite, scope, request, result);
    }
    return true;
}
