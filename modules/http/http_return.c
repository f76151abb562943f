/* SPDX-License-Identifier: BSD-2-Clause */
/* http_return - `return`: an answer, or a redirect, without looking any further. */
#include "expr/script.h"
#include "http/program.h"
#include "http/respond.h"

static unsigned module_index;

struct http_return {
    struct program_answer base;
    unsigned status;
    const struct template *text; /* NULL: none; of a redirect the URL */
};

/* "return URL": a temporary redirect. */
static bool is_url(struct str text) {
    return str_starts(text, STR("http://")) || str_starts(text, STR("https://"))
        || str_starts(text, STR("$scheme"));
}

static void send_answer(struct exchange *exchange, const struct program_answer *answer) {
    const struct http_return *what = (const struct http_return *) answer;
    struct str text;

    if (what->text == NULL && what->status >= 400) {
        respond_status(exchange, what->status);
        return;
    }
    exchange->status = exchange->forced_status != 0 ? exchange->forced_status : what->status;
    text = what->text != NULL ? template_text(what->text, &exchange->scope) : STR("");
    if (status_is_redirect(what->status)) {
        respond_redirect(exchange, what->status, text);
    } else {
        respond_text(exchange, what->status, NULL, text);
    }
}

static bool parse_return(struct conf *conf, struct conf_block *block,
                         const struct directive *directive, const struct conf_line *line,
                         void *field) {
    struct http_return *what = arena_zero(&conf->arena, 1, sizeof(*what));
    unsigned word = 1;

    (void) directive, (void) field;
    what->status = 302;
    if (line->count == 3 || !is_url(line->words[1].text)) {
        if (!parse_final_status(line->words[1].text, &what->status)) {
            conf_error(conf, line, 1, "invalid return code \"%s\"", line->words[1].text.data);
            conf_help(conf, "a status from 200 to 999, or a URL that begins with http:// or "
                            "https://");
            return false;
        }
        word = 2;
    }
    what->base.send = send_answer;
    if (word < line->count) {
        what->text = template_compile(conf, block, line, word);
        if (what->text == NULL) {
            return false;
        }
    }
    script_add_answer(conf, block, &what->base);
    return true;
}

static const struct conf_type type_return = {
    .name = "code, text or URL",
    .min_words = 1,
    .max_words = 2,
    .is_repeatable = true,
    .parse = parse_return,
};

static const struct directive directives[] = {
    { .name = "return",
      .where = CONF_HTTP_SERVER | CONF_HTTP_LOCATION | CONF_HTTP_SERVER_IF | CONF_HTTP_LOCATION_IF,
      .type = &type_return,
      .syntax = "code [text] | code URL | URL",
      .help = "answers with a status and a text, or redirects" },
    DIRECTIVES_END
};

const struct http_module http_return_module = {
    .base = { .name = "http_return",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives },
};
