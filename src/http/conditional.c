/* SPDX-License-Identifier: BSD-2-Clause */
/* conditional - whether a response is asked for; see conditional.h. */
#include "http/conditional.h"

#include "base/http_date.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static struct str without_blanks(struct str text) {
    while (text.len > 0 && is_blank(text.data[0])) {
        text = str_from_byte(text, 1);
    }
    return text;
}

static struct str without_weakness(struct str etag, bool is_weak) {
    return is_weak && str_starts(etag, STR("W/")) ? str_from_byte(etag, 2) : etag;
}

/* The length of the tag that a list begins with: up to the quote that ends it, for a comma in the
 * quotes is part of it. What is no tag goes up to the next comma. */
static size_t tag_len(struct str list) {
    size_t at = str_starts(list, STR("W/")) ? 2 : 0, end;

    if (at < list.len && list.data[at] == '"') {
        end = at + 1 + str_find_char(str_from_byte(list, at + 1), '"');
        if (end < list.len) {
            return end + 1;
        }
    }
    return str_find_char(list, ',');
}

bool conditional_has_etag(struct str list, struct str etag, bool is_weak) {
    if (str_is(list, "*")) {
        return true;
    }
    if (etag.len == 0) {
        return false;
    }
    etag = without_weakness(etag, is_weak);
    while ((list = without_blanks(list)).len > 0) {
        size_t len = tag_len(list);
        struct str tag = str_first(list, len), rest = without_blanks(str_from_byte(list, len));

        if (str_equal(without_weakness(tag, is_weak), etag)
            && (rest.len == 0 || rest.data[0] == ',')) {
            return true;
        }
        list = str_from_byte(rest, str_find_char(rest, ',') + 1);
    }
    return false;
}

static bool is_unmodified(struct str since, const struct validators *validators, int64_t now) {
    int64_t seconds;

    return validators->modified == VALIDATOR_NONE
        || (parse_http_date(since, now, &seconds) && seconds >= validators->modified);
}

static bool is_modified(struct str text, const struct validators *validators,
                        enum conditional_since since, int64_t now) {
    int64_t seconds;

    if (validators->modified == VALIDATOR_NONE || since == CONDITIONAL_SINCE_OFF
        || !parse_http_date(text, now, &seconds)) {
        return true;
    }
    return since == CONDITIONAL_SINCE_EXACT ? seconds != validators->modified
                                            : seconds < validators->modified;
}

enum conditional_result conditional_check(const struct conditional *conditional,
                                          const struct validators *validators,
                                          enum conditional_since since, int64_t now) {
    bool has_since = conditional->if_modified_since.data != NULL;
    bool has_none_match = conditional->if_none_match.data != NULL;

    if (conditional->if_unmodified_since.data != NULL
        && !is_unmodified(conditional->if_unmodified_since, validators, now)) {
        return CONDITIONAL_FAILED;
    }
    if (conditional->if_match.data != NULL
        && !conditional_has_etag(conditional->if_match, validators->etag, false)) {
        return CONDITIONAL_FAILED;
    }
    if ((!has_since && !has_none_match)
        || (has_since && is_modified(conditional->if_modified_since, validators, since, now))
        || (has_none_match
            && !conditional_has_etag(conditional->if_none_match, validators->etag, true))) {
        return CONDITIONAL_SEND;
    }
    return CONDITIONAL_UNCHANGED;
}

bool conditional_if_range(struct str value, const struct validators *validators, int64_t now) {
    int64_t seconds;

    if (value.len >= 2 && value.data[value.len - 1] == '"') {
        return validators->etag.len > 0 && str_equal(value, validators->etag)
            && !str_starts(value, STR("W/"));
    }
    return validators->modified != VALIDATOR_NONE && parse_http_date(value, now, &seconds)
        && seconds == validators->modified;
}
