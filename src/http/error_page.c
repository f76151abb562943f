/* SPDX-License-Identifier: BSD-2-Clause */
/* error_page - what takes the place of an error's own page; see error_page.h. */
#include "http/error_page.h"

#include "base/number.h"
#include "conf/value.h"
#include "message/message.h"

enum { STATUS_MIN = 300, STATUS_MAX = 599, CLIENT_CLOSED = 499 };

static bool parse_answer(struct conf *conf, const struct conf_line *line, unsigned word,
                         int *answer) {
    struct str text = str_from_byte(line->words[word].text, 1);
    unsigned status = ERROR_PAGE_OWN;

    if (word == 1
        || (text.len > 0 && !str_is(text, "0") && !parse_final_status(text, &status))) {
        conf_error(conf, line, word, "invalid value \"%s\"", line->words[word].text.data);
        conf_help(conf, "error_page code ... [=[code]] uri");
        return false;
    }
    *answer = (int) status;
    return true;
}

static bool parse_status(struct conf *conf, const struct conf_line *line, unsigned word,
                         unsigned *status) {
    uint64_t number;

    if (!parse_decimal(line->words[word].text, INT32_MAX, &number) || number == CLIENT_CLOSED) {
        return conf_error(conf, line, word, "invalid value \"%s\"",
                          line->words[word].text.data);
    }
    if (number < STATUS_MIN || number > STATUS_MAX) {
        return conf_error(conf, line, word, "value \"%s\" must be between %d and %d",
                          line->words[word].text.data, STATUS_MIN, STATUS_MAX);
    }
    *status = (unsigned) number;
    return true;
}

static bool parse_error_page(struct conf *conf, struct conf_block *block,
                             const struct directive *directive, const struct conf_line *line,
                             void *field) {
    struct error_pages *pages = field;
    struct error_page page = { .answer = ERROR_PAGE_KEEP };
    unsigned last = line->count - 1, codes = last, word;

    (void) directive;
    if (line->words[last - 1].text.len > 0 && line->words[last - 1].text.data[0] == '=') {
        codes--;
        if (!parse_answer(conf, line, codes, &page.answer)) {
            return false;
        }
    }
    page.target = template_compile(conf, block, line, last);
    for (word = 1; page.target != NULL && word < codes; word++) {
        struct error_page *place;

        if (!parse_status(conf, line, word, &page.status)) {
            return false;
        }
        place = conf_array_add(conf, &pages->items, &pages->count, sizeof(*place));
        *place = page;
    }
    return page.target != NULL;
}

const struct conf_type conf_type_error_page = {
    .name = "codes and page",
    .size = sizeof(struct error_pages),
    .min_words = 2,
    .max_words = 1000,
    .is_repeatable = true,
    .parse = parse_error_page,
};

const struct error_page *error_page_find(const struct error_pages *pages, unsigned status) {
    unsigned i;

    for (i = 0; i < pages->count; i++) {
        if (pages->items[i].status == status) {
            return &pages->items[i];
        }
    }
    return NULL;
}
