/* SPDX-License-Identifier: BSD-2-Clause */
/* gzip - whether a client gets a response packed by gzip; see gzip.h. */
#include "http/gzip.h"

#include "base/clock.h"
#include "base/http_date.h"
#include "base/number.h"
#include "conf/value.h"
#include "expr/regex.h"
#include "http/browser.h"

#include <stddef.h>

static unsigned module_index;

enum gzip_proxied {
    PROXIED_OFF = 0,
    PROXIED_EXPIRED = 1 << 0,
    PROXIED_NO_CACHE = 1 << 1,
    PROXIED_NO_STORE = 1 << 2,
    PROXIED_PRIVATE = 1 << 3,
    PROXIED_NO_LAST_MODIFIED = 1 << 4,
    PROXIED_NO_ETAG = 1 << 5,
    PROXIED_AUTH = 1 << 6,
    PROXIED_ANY = 1 << 7
};

/* The agents that get nothing packed. */
struct gzip_disable {
    struct regex **items;
    unsigned count;
    bool has_msie6;
};

struct gzip_settings {
    int http_version;       /* 10 or 11 */
    unsigned proxied;       /* enum gzip_proxied */
    bool has_vary;
    struct gzip_disable disable;
};

static const struct gzip_settings *settings_of(const struct exchange *exchange) {
    return exchange->location->block->confs[module_index];
}

/* ---- Accept-Encoding ---- */

/* Behind "gzip;": "q=0.5" and the like; nothing else may stand there. */
static bool has_quality(struct str text) {
    unsigned sum, digits = 0;
    size_t i = 0;

    while (i < text.len && text.data[i] == ' ') {
        i++;
    }
    if (i == text.len) {
        return true;
    }
    if (char_lower(text.data[i]) != 'q' || i + 2 >= text.len || text.data[i + 1] != '='
        || (text.data[i + 2] != '0' && text.data[i + 2] != '1')) {
        return false;
    }
    sum = text.data[i + 2] == '1' ? 100 : 0;
    i += 3;
    if (i == text.len || text.data[i] == ',' || text.data[i] == ' ') {
        return sum > 0;
    }
    if (text.data[i++] != '.') {
        return false;
    }
    for (; i < text.len && text.data[i] != ',' && text.data[i] != ' '; i++) {
        if (!char_is_digit(text.data[i]) || ++digits > 3) {
            return false;
        }
        sum += (unsigned) (text.data[i] - '0');
    }
    return sum > 0 && sum <= 100;
}

/* What stands behind the word. */
static bool is_accepted_with(struct str rest) {
    size_t i = 0;

    while (i < rest.len && rest.data[i] == ' ') {
        i++;
    }
    if (i == rest.len || rest.data[i] == ',') {
        return true;
    }
    return rest.data[i] == ';' && has_quality(str_from_byte(rest, i + 1));
}

bool gzip_is_accepted(struct str accept_encoding) {
    struct str text = accept_encoding;
    size_t i;

    for (i = 0; i + 4 <= text.len; i++) {
        if (str_starts_nocase(str_from_byte(text, i), STR("gzip"))
            && (i == 0 || text.data[i - 1] == ',' || text.data[i - 1] == ' ')) {
            return is_accepted_with(str_from_byte(text, i + 4));
        }
    }
    return false;
}

/* ---- gzip_disable ---- */

static bool is_disabled(const struct gzip_disable *disable, const struct message *request) {
    struct str agent = browser_agent(request);
    unsigned i;

    if (agent.data == NULL) {
        return false;
    }
    for (i = 0; i < disable->count; i++) {
        if (regex_match(disable->items[i], agent, NULL)) {
            return true;
        }
    }
    return disable->has_msie6 && browser_is_msie6(agent);
}

/* ---- gzip_proxied ---- */

/* Whether a directive of Cache-Control is among those of a field. */
static bool has_word(struct str list, struct str word) {
    struct str part;

    while (str_take_part(&list, ',', &part)) {
        part = str_trim(part);
        if (str_equal_nocase(str_trim(str_first(part, str_find_char(part, '='))), word)) {
            return true;
        }
    }
    return false;
}

static bool is_expired(const struct message *response, const struct field *expires) {
    int64_t now = clock_wall_ms() / 1000, at, date;
    const struct field *field = message_find(response, FIELD_DATE);

    if (field == NULL || !parse_http_date(message_value(response, field), now, &date)) {
        date = now;
    }
    return parse_http_date(message_value(response, expires), now, &at) && at < date;
}

/* A request that came by another proxy: whether that one may have a packed response. */
static bool is_ok_for_proxy(const struct message *request, const struct message *response,
                            unsigned proxied) {
    const struct field *expires;
    struct str cache_control;

    if (proxied == PROXIED_OFF || (proxied & PROXIED_ANY) != 0) {
        return proxied != PROXIED_OFF;
    }
    if ((proxied & PROXIED_AUTH) != 0 && message_find(request, FIELD_AUTHORIZATION) != NULL) {
        return true;
    }
    if (response == NULL) {
        return true;
    }
    expires = message_find(response, FIELD_EXPIRES);
    if (expires != NULL) {
        return (proxied & PROXIED_EXPIRED) != 0 && is_expired(response, expires);
    }
    if (message_join(response, STR("Cache-Control"), &cache_control)) {
        return ((proxied & PROXIED_NO_CACHE) != 0 && has_word(cache_control, STR("no-cache")))
            || ((proxied & PROXIED_NO_STORE) != 0 && has_word(cache_control, STR("no-store")))
            || ((proxied & PROXIED_PRIVATE) != 0 && has_word(cache_control, STR("private")));
    }
    return ((proxied & PROXIED_NO_LAST_MODIFIED) == 0
            || message_find(response, FIELD_LAST_MODIFIED) == NULL)
        && ((proxied & PROXIED_NO_ETAG) == 0 || message_find(response, FIELD_ETAG) == NULL);
}

/* ---- the decision ---- */

bool gzip_is_ok(struct exchange *exchange, const struct message *response) {
    const struct gzip_settings *settings = settings_of(exchange);
    const struct message *request = exchange->request;
    struct str accepted;

    return exchange->client != NULL && request != NULL
        && message_join(request, STR("Accept-Encoding"), &accepted) && gzip_is_accepted(accepted)
        && request->version >= settings->http_version
        && (message_find(request, FIELD_VIA) == NULL
            || is_ok_for_proxy(request, response, settings->proxied))
        && !is_disabled(&settings->disable, request);
}

/* ---- fields ---- */

void gzip_add_vary(struct exchange *exchange, struct message *response) {
    uint32_t i;

    if (!settings_of(exchange)->has_vary || exchange->client == NULL) {
        return;
    }
    for (i = 0; i < response->field_count; i++) {
        const struct field *field = &response->fields[i];

        if (field->id == FIELD_VARY && (field->flags & FIELD_IS_MADE) != 0
            && str_is(message_value(response, field), "Accept-Encoding")) {
            return;
        }
    }
    message_add_own(response, FIELD_VARY, STR("Accept-Encoding"));
}

static void weaken_etag(struct message *response) {
    const struct field *field = message_find(response, FIELD_ETAG);
    struct str value;

    if (field == NULL) {
        return;
    }
    value = message_value(response, field);
    if (str_starts(value, STR("W/"))) {
        return;
    }
    message_remove_set(response, FIELD_SET(FIELD_ETAG));
    if (str_starts(value, STR("\""))) {
        message_add_own(response, FIELD_ETAG,
                        arena_print(response->arena, "W/%.*s", STR_ARG(value)));
    }
}

void gzip_set_changed(struct exchange *exchange, struct message *response) {
    exchange->allows_ranges = false;
    if (response->framing != FRAMING_NONE) {
        response->framing = FRAMING_CHUNKED;
    }
    response->content_length = 0;
    response->has_length = false;
    message_remove_set(response, FIELD_SET(FIELD_ACCEPT_RANGES));
    weaken_etag(response);
}

/* ---- the configuration ---- */

static bool parse_disable(struct conf *conf, struct conf_block *block,
                          const struct directive *directive, const struct conf_line *line,
                          void *field) {
    struct gzip_disable *disable = field;
    unsigned word;

    (void) directive;
    for (word = 1; word < line->count; word++) {
        struct str pattern = line->words[word].text;
        struct regex *regex, **place;

        if (str_is(pattern, "msie6")) {
            disable->has_msie6 = true;
            continue;
        }
        regex = regex_compile(conf, block, line, word, pattern, true);
        if (regex == NULL) {
            return false;
        }
        place = conf_array_add(conf, &disable->items, &disable->count, sizeof(*place));
        *place = regex;
    }
    return true;
}

static const struct conf_type type_disable = {
    .name = "regex",
    .size = sizeof(struct gzip_disable),
    .min_words = 1,
    .max_words = 100,
    .is_repeatable = true,
    .parse = parse_disable,
};

const struct conf_buffers_limits gzip_buffers_limits = {
    .count_min = 1,
    .count_max = 1024,
    .size_max = 1 << 20,
    .total_max = UINT64_MAX,
    .counts = "a number from 1 to 1024",
    .sizes = "a size such as 4k, from 1 to 1m",
};

size_t gzip_pipe_mark(const struct conf_buffers *buffers) {
    return size_mul((size_t) buffers->count, (size_t) buffers->size);
}

static const struct conf_name version_names[] = { { "1.0", 10 }, { "1.1", 11 }, { NULL, 0 } };

static const struct conf_name proxied_names[] = {
    { "off", PROXIED_OFF },
    { "expired", PROXIED_EXPIRED },
    { "no-cache", PROXIED_NO_CACHE },
    { "no-store", PROXIED_NO_STORE },
    { "private", PROXIED_PRIVATE },
    { "no_last_modified", PROXIED_NO_LAST_MODIFIED },
    { "no_etag", PROXIED_NO_ETAG },
    { "auth", PROXIED_AUTH },
    { "any", PROXIED_ANY },
    { NULL, 0 }
};

#define FIELD(name) offsetof(struct gzip_settings, name)

static const struct directive directives[] = {
    { .name = "gzip_disable",
      .where = CONF_HTTP_ALL,
      .type = &type_disable,
      .field = FIELD(disable),
      .inherit = INHERIT_LIST,
      .syntax = "regex ... | msie6",
      .help = "clients (User-Agent) that get nothing packed" },
    { .name = "gzip_http_version",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_name,
      .field = FIELD(http_version),
      .initial = "1.1",
      .syntax = "1.0 | 1.1",
      .help = "lowest version of requests whose responses are packed",
      .detail = version_names },
    { .name = "gzip_proxied",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_names,
      .field = FIELD(proxied),
      .initial = "off",
      .syntax = "off | expired | no-cache | no-store | private | no_last_modified | no_etag | auth "
                "| any ...",
      .help = "which responses are packed for requests that came by another proxy",
      .detail = proxied_names },
    { .name = "gzip_vary",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_vary),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether responses that are packed for some clients say \"Vary: Accept-Encoding\"" },
    DIRECTIVES_END
};

const struct module gzip_module = {
    .name = "gzip",
    .index = &module_index,
    .directives = directives,
    .conf_size = sizeof(struct gzip_settings),
};
