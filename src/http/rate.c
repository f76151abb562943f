/* SPDX-License-Identifier: BSD-2-Clause */
/* rate - speeds of bodies; see rate.h. */
#include "http/rate.h"

#include "base/log.h"
#include "conf/value.h"

static bool parse_rate(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       void *field) {
    const struct template *rate = template_compile(conf, block, line, 1);
    uint64_t bytes = 0;

    if (rate == NULL) {
        return false;
    }
    if (rate->is_constant && !parse_size(rate->text, &bytes)) {
        return conf_invalid(conf, directive, line, 1, "a size such as 100k, or 0");
    }
    *(const struct template **) field = rate->is_constant && bytes == 0 ? NULL : rate;
    return true;
}

const struct conf_type conf_type_rate = {
    .name = "size",
    .size = sizeof(const struct template *),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_rate,
};

uint64_t rate_of(struct exchange *exchange, const struct template *text) {
    struct str value;
    uint64_t bytes;

    if (text == NULL) {
        return 0;
    }
    value = template_text(text, &exchange->scope);
    if (value.len == 0) {
        return 0;
    }
    if (!parse_size(value, &bytes)) {
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "invalid size \"%.*s\"", STR_ARG(value));
        return 0;
    }
    return bytes;
}
