/* SPDX-License-Identifier: BSD-2-Clause */
/* http_return - `return`: an answer, or a redirect, without looking any further. */
#include "base/number.h"
#include "http/respond.h"

static unsigned module_index;

/* One `return`; the first of a block counts. */
struct http_return_settings {
    bool is_set;
    unsigned status;
    const struct template *text; /* NULL: none; of a redirect the URL */
};

static bool is_redirect(unsigned status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* "return URL": a temporary redirect. */
static bool is_url(struct str text) {
    return str_starts(text, STR("http://")) || str_starts(text, STR("https://"))
        || str_starts(text, STR("$scheme"));
}

static bool parse_return(struct conf *conf, struct conf_block *block,
                         const struct directive *directive, const struct conf_line *line,
                         void *field) {
    struct http_return_settings *settings = field;
    struct http_return_settings parsed = { .is_set = true, .status = 302 };
    uint64_t status = 302;
    unsigned word = 1;

    (void) directive;
    if (line->count == 3 || !is_url(line->words[1].text)) {
        if (!parse_decimal(line->words[1].text, 999, &status)) {
            conf_error(conf, line, 1, "invalid return code \"%s\"", line->words[1].text.data);
            conf_help(conf, "a status up to 999, or a URL that begins with http:// or https://");
            return false;
        }
        word = 2;
    }
    parsed.status = (unsigned) status;
    if (word < line->count) {
        parsed.text = template_compile(conf, block, line, word);
        if (parsed.text == NULL) {
            return false;
        }
    }
    if (!settings->is_set) {
        *settings = parsed;
    }
    return true;
}

static const struct conf_type type_return = {
    .name = "return",
    .size = sizeof(struct http_return_settings),
    .min_words = 1,
    .max_words = 2,
    .is_repeatable = true,
    .parse = parse_return,
};

static enum http_next run(struct exchange *exchange, const void *data) {
    const struct http_return_settings *settings = data;
    struct str text;

    if (settings->text == NULL) {
        respond_status(exchange, settings->status);
        return HTTP_DONE;
    }
    text = template_text(settings->text, &exchange->scope);
    if (is_redirect(settings->status)) {
        respond_redirect(exchange, settings->status, text);
    } else {
        respond_text(exchange, settings->status, NULL, text);
    }
    return HTTP_DONE;
}

static bool wants(const void *data) {
    const struct http_return_settings *settings = data;

    return settings->is_set;
}

static const struct directive directives[] = {
    { .name = "return",
      .where = CONF_HTTP_SERVER | CONF_HTTP_LOCATION,
      .type = &type_return,
      .inherit = INHERIT_NONE,
      .syntax = "code [text] | code URL | URL",
      .help = "answers with a status and a text, or redirects" },
    DIRECTIVES_END
};

const struct http_module http_return_module = {
    .base = { .name = "http_return",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_return_settings) },
    .on_server = run,
    .on_request = run,
    .wants = wants,
};
