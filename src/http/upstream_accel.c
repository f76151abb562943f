/* SPDX-License-Identifier: BSD-2-Clause */
/* upstream_accel - what a server says to weir itself; see upstream_accel.h. */
#include "http/upstream_accel.h"

#include "base/log.h"
#include "base/number.h"
#include "http/respond.h"

/* What stays of a head when the exchange is led elsewhere, as in nginx. */
#define KEPT_FIELDS                                                                                \
    (FIELD_SET(FIELD_CONTENT_TYPE) | FIELD_SET(FIELD_CONTENT_DISPOSITION)                          \
     | FIELD_SET(FIELD_SET_COOKIE) | FIELD_SET(FIELD_CACHE_CONTROL) | FIELD_SET(FIELD_EXPIRES)     \
     | FIELD_SET(FIELD_ACCEPT_RANGES))

/* They were taken out before. */
static bool find_value(const struct message *head, enum field_id id, struct str *value) {
    uint32_t i = 0;

    while (i < head->field_count && head->fields[i].id != id) {
        i++;
    }
    *value = i < head->field_count ? message_value(head, &head->fields[i]) : STR_NONE;
    return value->len > 0;
}

bool accel_redirect(const struct message *head, unsigned ignored, struct str *to) {
    return (ignored & IGNORE_ACCEL_REDIRECT) == 0
        && find_value(head, FIELD_X_ACCEL_REDIRECT, to);
}

static void keep_fields(struct exchange *exchange, const struct message *head) {
    struct message *kept = arena_alloc(&exchange->arena, sizeof(*kept));

    message_copy(kept, head, &exchange->arena);
    message_remove_set(kept, ~KEPT_FIELDS);
    exchange->carried = kept;
}

/* nginx calls a path with ".." in it unsafe; here the normal form of any other must do. */
static bool parse_path(struct exchange *exchange, struct str to, struct uri *uri) {
    struct str path = str_first(to, str_find_char(to, '?'));

    if (to.data[0] != '/' || str_find(path, STR("/../")) < path.len || str_ends(path, STR("/.."))) {
        return false;
    }
    return parse_uri(to, http_core_of(exchange->location)->merges_slashes, &exchange->arena, uri);
}

void accel_lead(struct exchange *exchange, const struct message *head, struct str to) {
    struct uri uri;

    keep_fields(exchange, head);
    if (to.data[0] == '@') {
        exchange_redirect_named(exchange, to);
    } else if (!parse_path(exchange, to, &uri)) {
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "unsafe URI \"%.*s\" was detected in X-Accel-Redirect", STR_ARG(to));
        respond_status(exchange, 404);
    } else {
        exchange_use_get(exchange);
        exchange_redirect(exchange, uri.path, uri.query);
    }
}

bool accel_is_buffered(const struct message *head, unsigned ignored, bool is_buffered) {
    struct str value;

    if ((ignored & IGNORE_ACCEL_BUFFERING) != 0
        || !find_value(head, FIELD_X_ACCEL_BUFFERING, &value)) {
        return is_buffered;
    }
    return str_equal_nocase(value, STR("yes"))
        || (is_buffered && !str_equal_nocase(value, STR("no")));
}

void accel_limit_rate(struct exchange *exchange, const struct message *head, unsigned ignored) {
    struct str value;
    uint64_t rate;

    if ((ignored & IGNORE_ACCEL_LIMIT_RATE) == 0
        && find_value(head, FIELD_X_ACCEL_LIMIT_RATE, &value)
        && parse_decimal(value, INT64_MAX, &rate)) {
        exchange->rate = rate;
        exchange->has_rate = true;
    }
}
