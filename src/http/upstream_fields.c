/* SPDX-License-Identifier: BSD-2-Clause */
/* upstream_fields - fields of requests to servers; see upstream_fields.h. */
#include "http/upstream_fields.h"

#include "base/log.h"
#include "conf/value.h"

/* ---- fields of the connection ---- */

/* Fields that only the codec may write; what a configuration says of them is about this
 * connection. */
static bool is_hop_field(enum field_id id) {
    return id == FIELD_CONNECTION || id == FIELD_KEEP_ALIVE || id == FIELD_TRANSFER_ENCODING
        || id == FIELD_CONTENT_LENGTH || id == FIELD_TE || id == FIELD_UPGRADE
        || id == FIELD_TRAILER || id == FIELD_PROXY_CONNECTION;
}

static bool has_option(struct str value, struct str name) {
    struct str option;

    while (str_take_part(&value, ',', &option)) {
        if (str_equal_nocase(str_trim(option), name)) {
            return true;
        }
    }
    return false;
}

/* What it says becomes a fact of the request. A server is asked to change to another protocol only
 * for a client that asks for it, and not to HTTP/2: no rule would see the requests of that. */
static void set_hop_field(struct exchange *exchange, enum field_id id, struct str value,
                          struct message *request) {
    if (id == FIELD_CONNECTION) {
        request->keeps_connection = !has_option(value, STR("close"));
    } else if (id == FIELD_TE) {
        request->accepts_trailers = has_option(value, STR("trailers"));
    } else if (id == FIELD_UPGRADE && exchange->client != NULL
               && exchange->request->upgrade.len > 0 && !has_option(value, STR("h2c"))) {
        message_set_upgrade(request, value);
    }
}

/* Upgrade alone asks for nothing: Connection must name it. */
static void settle_upgrade(struct exchange *exchange, const struct upstream_fields *fields,
                           struct message *request) {
    unsigned i;

    for (i = 0; i < fields->count; i++) {
        const struct field_template *field = &fields->items[i];

        if (field->id == FIELD_CONNECTION
            && has_option(field_template_value(field, &exchange->scope), STR("upgrade"))) {
            return;
        }
    }
    request->upgrade = STR_NONE;
}

/* ---- the others ---- */

static void set_field(struct exchange *exchange, const struct field_template *field,
                      struct message *request) {
    struct str value = field_template_value(field, &exchange->scope);

    if (is_hop_field(field->id)) {
        set_hop_field(exchange, field->id, value, request);
    } else if (value.len > 0 && !field_template_add(field, value, request)) {
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "field \"%.*s\" not sent to upstream: its value would split the head",
                  STR_ARG(field->name));
    }
}

static void add_host(const struct upstream_url *url, struct message *request) {
    if (url->is_name_fit) {
        message_add_own(request, FIELD_HOST, url->name);
    } else {
        message_add(request, STR("Host"), url->name);
    }
}

void upstream_fields_set(const struct upstream_fields *fields, const struct upstream_url *url,
                         struct exchange *exchange, struct message *request) {
    unsigned i;

    message_remove_set(request, fields->ids | FIELD_SET(FIELD_HOST));
    for (i = 0; i < fields->count; i++) {
        if (fields->items[i].id == FIELD_OTHER) {
            message_remove_name(request, fields->items[i].name);
        }
    }
    if ((fields->ids & FIELD_SET(FIELD_HOST)) == 0) {
        add_host(url, request);
    }
    for (i = 0; i < fields->count; i++) {
        set_field(exchange, &fields->items[i], request);
    }
    if (request->upgrade.len > 0) {
        settle_upgrade(exchange, fields, request);
    }
}

/* ---- directive ---- */

/* An empty value takes nothing away that would be sent: it stands in most configurations. */
static void warn_of_hop_field(struct conf *conf, const struct conf_line *line, enum field_id id) {
    bool is_heeded = id == FIELD_CONNECTION || id == FIELD_UPGRADE || id == FIELD_TE;

    if (is_hop_field(id) && !is_heeded && line->words[2].text.len > 0) {
        conf_warn(conf, line, 1, "\"%s\" in \"%s\" has no effect",
                  line->words[1].text.data, line->words[0].text.data);
        conf_help(conf, "weir writes the fields of a connection itself");
    }
}

static bool parse_set_header(struct conf *conf, struct conf_block *block,
                             const struct directive *directive, const struct conf_line *line,
                             void *field) {
    struct upstream_fields *fields = field;
    struct field_template set;

    if (!field_template_compile(conf, block, directive, line, &set)) {
        return false;
    }
    fields->ids |= set.id != FIELD_OTHER ? FIELD_SET(set.id) : 0;
    warn_of_hop_field(conf, line, set.id);
    *(struct field_template *) conf_array_add(conf, &fields->items, &fields->count, sizeof(set))
        = set;
    return true;
}

const struct conf_type conf_type_upstream_fields = {
    .name = "field",
    .size = sizeof(struct upstream_fields),
    .min_words = 2,
    .max_words = 2,
    .is_repeatable = true,
    .parse = parse_set_header,
};
