/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_headers - `add_header`, `add_trailer` and `expires`: fields that responses get besides their
 * own.
 *
 * What a level inherits of its fields depends on add_header_inherit and add_trailer_inherit, which
 * rows cannot say: so the fields are not inherited by their rows, and compile() makes the list that
 * holds of the parent's and the block's own.
 */
#include "base/clock.h"
#include "base/http_date.h"
#include "base/number.h"
#include "conf/value.h"
#include "http/exchange.h"
#include "http/field_template.h"
#include "http/hooks.h"

#include <stddef.h>
#include <time.h>

static unsigned module_index;

struct added_field {
    struct field_template field;
    bool is_always; /* whatever the status */
};

struct added_fields {
    struct added_field *items;
    unsigned count;
};

enum inherit_mode { INHERIT_OFF, INHERIT_ON, INHERIT_MERGE };

enum expires_kind {
    EXPIRES_OFF,
    EXPIRES_EPOCH,
    EXPIRES_MAX,
    EXPIRES_ACCESS,   /* so long after now */
    EXPIRES_MODIFIED, /* so long after Last-Modified */
    EXPIRES_DAILY     /* at that time of the day */
};

struct expires_time {
    enum expires_kind kind;
    int64_t seconds;
};

struct expires {
    struct expires_time time;
    bool is_modified;              /* the word stands before a variable */
    const struct template *value;  /* with variables; else NULL */
};

struct http_headers_settings {
    struct added_fields own_headers, own_trailers; /* of this very block */
    struct added_fields headers, trailers;         /* that hold in it; compiled */
    int header_inherit, trailer_inherit;           /* enum inherit_mode */
    struct expires expires;
};

/* ---- expires ---- */

/* "1h", "+1h", "-1h"; "@15h30m" where no word stands before. */
static bool parse_expires_span(struct str text, bool is_modified, struct expires_time *time) {
    bool is_negative = str_starts(text, STR("-")), is_daily = str_starts(text, STR("@"));
    bool has_sign = is_negative || is_daily || str_starts(text, STR("+"));
    int64_t ms;

    if ((is_daily && is_modified)
        || !parse_time_ms(str_from_byte(text, has_sign ? 1 : 0), &ms)) {
        return false;
    }
    time->kind = is_daily ? EXPIRES_DAILY : is_modified ? EXPIRES_MODIFIED : EXPIRES_ACCESS;
    time->seconds = is_negative ? -(ms / 1000) : ms / 1000;
    return !is_daily || time->seconds <= 24 * 60 * 60;
}

static bool parse_expires(struct str text, bool is_modified, struct expires_time *time) {
    *time = (struct expires_time){ EXPIRES_OFF, 0 };
    if (!is_modified) {
        if (str_is(text, "off")) {
            return true;
        }
        if (str_is(text, "epoch") || str_is(text, "max")) {
            time->kind = str_is(text, "max") ? EXPIRES_MAX : EXPIRES_EPOCH;
            return true;
        }
    }
    return parse_expires_span(text, is_modified, time);
}

static bool parse_expires_words(struct conf *conf, struct conf_block *block,
                                const struct directive *directive, const struct conf_line *line,
                                void *field) {
    struct expires *expires = field;
    unsigned last = line->count - 1;

    expires->is_modified = line->count == 3;
    if (expires->is_modified && !str_is(line->words[1].text, "modified")) {
        return conf_invalid(conf, directive, line, 1, "\"modified\", or a time alone");
    }
    expires->value = template_compile(conf, block, line, last);
    if (expires->value == NULL) {
        return false;
    }
    if (!expires->value->is_constant) {
        return true;
    }
    if (!parse_expires(expires->value->text, expires->is_modified, &expires->time)) {
        return conf_invalid(conf, directive, line, last,
                            expires->is_modified ? "a time such as 1h or -1h"
                                                 : "a time such as 1h, -1h or @15h30m, \"epoch\", "
                                                   "\"max\" or \"off\"");
    }
    expires->value = NULL;
    return true;
}

/* The next moment at so many seconds of a day of the local time. */
static int64_t next_time_of_day(int64_t now, int64_t seconds) {
    time_t at = (time_t) now;
    struct tm tm;

    localtime_r(&at, &tm);
    tm.tm_hour = (int) (seconds / 3600);
    tm.tm_min = (int) (seconds / 60 % 60);
    tm.tm_sec = (int) (seconds % 60);
    tm.tm_isdst = -1;
    at = mktime(&tm);
    if (at > (time_t) now) {
        return at;
    }
    tm.tm_mday++;
    tm.tm_isdst = -1;
    return mktime(&tm);
}

static bool find_modified(const struct message *response, int64_t now, int64_t *modified) {
    const struct field *field = message_find(response, FIELD_LAST_MODIFIED);

    return field != NULL && parse_http_date(message_value(response, field), now, modified);
}

/* The moment, and how long it is till then. */
static int64_t find_expiry(const struct expires_time *time, const struct message *response,
                           int64_t now, int64_t *max_age) {
    int64_t at, modified;

    if (time->kind == EXPIRES_DAILY) {
        at = next_time_of_day(now, time->seconds);
    } else if (time->kind == EXPIRES_MODIFIED && time->seconds != 0
               && find_modified(response, now, &modified)) {
        at = modified + time->seconds;
    } else {
        at = now + time->seconds;
    }
    *max_age = at - now;
    return at < 0 ? 0 : at > HTTP_DATE_MAX ? HTTP_DATE_MAX : at;
}

static void set_expires(struct message *response, struct str expires, struct str cache_control) {
    message_remove_set(response, FIELD_SET(FIELD_EXPIRES) | FIELD_SET(FIELD_CACHE_CONTROL));
    message_add_own(response, FIELD_EXPIRES, expires);
    message_add_own(response, FIELD_CACHE_CONTROL, cache_control);
}

static void add_expires(struct exchange *exchange, const struct expires *expires,
                        struct message *response) {
    struct expires_time time = expires->time;
    char date[HTTP_DATE_LEN];
    int64_t now = clock_wall_ms() / 1000, at, max_age;

    if (expires->value != NULL
        && !parse_expires(template_text(expires->value, &exchange->scope), expires->is_modified,
                          &time)) {
        return;
    }
    switch (time.kind) {
    case EXPIRES_OFF:
        return;
    case EXPIRES_EPOCH:
        set_expires(response, STR("Thu, 01 Jan 1970 00:00:01 GMT"), STR("no-cache"));
        return;
    case EXPIRES_MAX:
        set_expires(response, STR("Thu, 31 Dec 2037 23:55:55 GMT"), STR("max-age=315360000"));
        return;
    case EXPIRES_ACCESS:
    case EXPIRES_MODIFIED:
    case EXPIRES_DAILY:
        break;
    }
    at = find_expiry(&time, response, now, &max_age);
    format_http_date(at, date);
    set_expires(response, str_make(date, sizeof(date)),
                time.seconds < 0 || max_age < 0
                    ? STR("no-cache")
                    : arena_print(&exchange->arena, "max-age=%lld", (long long) max_age));
}

/* ---- fields ---- */

static bool is_usual_status(unsigned status) {
    switch (status) {
    case 200: case 201: case 204: case 206:
    case 301: case 302: case 303: case 304: case 307: case 308:
        return true;
    default:
        return false;
    }
}

static void add_field(struct exchange *exchange, const struct field_template *field,
                      struct message *message) {
    struct str value = field_template_value(field, &exchange->scope);

    if (field->id == FIELD_LAST_MODIFIED || field->id == FIELD_ETAG) {
        message_remove_set(message, FIELD_SET(field->id));
    }
    if (value.len > 0) {
        (void) field_template_add(field, value, message);
    }
}

static void add_fields(struct exchange *exchange, const struct added_fields *fields,
                       struct message *message, bool is_usual) {
    unsigned i;

    for (i = 0; i < fields->count; i++) {
        if (is_usual || fields->items[i].is_always) {
            add_field(exchange, &fields->items[i].field, message);
        }
    }
}

static bool has_any(const struct added_fields *fields, bool is_usual) {
    unsigned i;

    for (i = 0; i < fields->count; i++) {
        if (is_usual || fields->items[i].is_always) {
            return true;
        }
    }
    return false;
}

static void on_response(struct exchange *exchange, const void *data, struct message *response) {
    const struct http_headers_settings *settings = data;
    bool is_usual = is_usual_status(response->status);

    if (exchange->client == NULL) {
        return;
    }
    if (is_usual) {
        add_expires(exchange, &settings->expires, response);
    }
    add_fields(exchange, &settings->headers, response, is_usual);
    response->has_trailers |= has_any(&settings->trailers, is_usual);
}

/* Their values are found now, when the body is out. */
static void on_trailers(struct exchange *exchange, const void *data, struct message *trailers) {
    const struct http_headers_settings *settings = data;

    if (exchange->client != NULL) {
        add_fields(exchange, &settings->trailers, trailers,
                   is_usual_status(exchange->response->status));
    }
}

static bool wants(const void *data) {
    const struct http_headers_settings *settings = data;

    return settings->headers.count > 0 || settings->trailers.count > 0
        || settings->expires.time.kind != EXPIRES_OFF || settings->expires.value != NULL;
}

/* ---- the configuration ---- */

static bool parse_added(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field) {
    struct added_fields *fields = field;
    struct added_field added = { .is_always = line->count == 4 };

    if (!field_template_compile(conf, block, directive, line, &added.field)) {
        return false;
    }
    if (added.is_always && !str_is(line->words[3].text, "always")) {
        return conf_invalid(conf, directive, line, 3, "\"always\"");
    }
    *(struct added_field *) conf_array_add(conf, &fields->items, &fields->count, sizeof(added))
        = added;
    return true;
}

static const struct conf_type type_added = {
    .name = "field",
    .size = sizeof(struct added_fields),
    .min_words = 2,
    .max_words = 3,
    .is_repeatable = true,
    .parse = parse_added,
};

static const struct conf_type type_expires = {
    .name = "time",
    .size = sizeof(struct expires),
    .min_words = 1,
    .max_words = 2,
    .parse = parse_expires_words,
};

/* The parent's list with the block's own behind it. */
static struct added_fields append(struct conf *conf, const struct added_fields *above,
                                  const struct added_fields *own) {
    struct added_fields both = { NULL, above->count + own->count };

    both.items = arena_alloc(&conf->arena, size_mul(both.count, sizeof(*both.items)));
    memcpy(both.items, above->items, above->count * sizeof(*both.items));
    memcpy(both.items + above->count, own->items, own->count * sizeof(*both.items));
    return both;
}

/* What holds in a block. An `if` has the own list of its location, unless it set one. */
static struct added_fields inherit(struct conf *conf, const struct added_fields *own,
                                   const struct added_fields *own_above,
                                   const struct added_fields *above, enum inherit_mode mode) {
    bool is_variant = own->count > 0 && own->items == own_above->items;

    if (is_variant) {
        return *above;
    }
    if (mode == INHERIT_MERGE && own->count > 0 && above->count > 0) {
        return append(conf, above, own);
    }
    return own->count > 0 || mode == INHERIT_OFF ? *own : *above;
}

static bool compile(struct conf *conf, const struct conf_block *block, void *data) {
    static const struct http_headers_settings nothing;
    struct http_headers_settings *settings = data;
    const struct http_headers_settings *above = &nothing;

    if (block->parent->confs[module_index] != NULL) {
        above = block->parent->confs[module_index];
    }
    settings->headers = inherit(conf, &settings->own_headers, &above->own_headers,
                                &above->headers, (enum inherit_mode) settings->header_inherit);
    settings->trailers = inherit(conf, &settings->own_trailers, &above->own_trailers,
                                 &above->trailers, (enum inherit_mode) settings->trailer_inherit);
    return true;
}

static const struct conf_name inherit_names[] = { { "on", INHERIT_ON },
                                                  { "off", INHERIT_OFF },
                                                  { "merge", INHERIT_MERGE },
                                                  { NULL, 0 } };

#define FIELD(name) offsetof(struct http_headers_settings, name)
#define CONF_HTTP_FIELDS (CONF_HTTP_ALL | CONF_HTTP_LOCATION_IF)

static const struct directive directives[] = {
    { .name = "add_header",
      .where = CONF_HTTP_FIELDS,
      .type = &type_added,
      .field = FIELD(own_headers),
      .inherit = INHERIT_NONE,
      .syntax = "name value [always]",
      .help = "field that is added to responses of 200, 201, 204, 206, 301-304, 307 and 308, or to "
              "all" },
    { .name = "add_header_inherit",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_name,
      .field = FIELD(header_inherit),
      .initial = "on",
      .syntax = "on | off | merge",
      .help = "whether add_header of the level above holds where there is one, too (merge), where "
              "there is none (on), or never",
      .detail = inherit_names },
    { .name = "add_trailer",
      .where = CONF_HTTP_FIELDS,
      .type = &type_added,
      .field = FIELD(own_trailers),
      .inherit = INHERIT_NONE,
      .syntax = "name value [always]",
      .help = "field that is added behind the body of responses of the same statuses" },
    { .name = "add_trailer_inherit",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_name,
      .field = FIELD(trailer_inherit),
      .initial = "on",
      .syntax = "on | off | merge",
      .help = "as add_header_inherit, for add_trailer",
      .detail = inherit_names },
    { .name = "expires",
      .where = CONF_HTTP_FIELDS,
      .type = &type_expires,
      .field = FIELD(expires),
      .initial = "off",
      .syntax = "[modified] time | epoch | max | off",
      .help = "sets Expires and Cache-Control of responses of the same statuses as add_header" },
    DIRECTIVES_END
};

const struct http_module http_headers_module = {
    .base = { .name = "http_headers",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_headers_settings),
              .compile = compile },
    .on_response = on_response,
    .on_trailers = on_trailers,
    .wants = wants,
};
