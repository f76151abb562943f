/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_proxy_fields - which fields of a server's response reach the client: proxy_hide_header and
 * proxy_pass_header.
 *
 * What no configuration has to hide (Server, Date, X-Pad, X-Accel-...) is hidden by
 * http/upstream_head; proxy_pass_header puts it back.
 */
#include "conf/value.h"
#include "http/exchange.h"

#include <stddef.h>

static unsigned module_index;

struct http_proxy_fields_settings {
    struct conf_texts hidden, passed;
    uint64_t hidden_ids, passed_ids;  /* compiled */
    struct conf_texts hidden_names;   /* of no id; compiled */
};

static void put_back(struct message *response, uint64_t ids) {
    uint32_t i;

    for (i = 0; i < response->field_count; i++) {
        struct field *field = &response->fields[i];

        if ((ids >> field->id & 1) != 0) {
            field->flags &= (uint8_t) ~FIELD_IS_REMOVED;
        }
    }
}

static void pass(struct exchange *exchange, struct message *response, uint64_t ids) {
    put_back(response, ids);
    exchange->has_own_server = (ids & FIELD_SET(FIELD_SERVER)) != 0
        && message_find(response, FIELD_SERVER) != NULL;
    exchange->has_own_date = (ids & FIELD_SET(FIELD_DATE)) != 0
        && message_find(response, FIELD_DATE) != NULL;
}

static void on_response(struct exchange *exchange, const void *data, struct message *response) {
    const struct http_proxy_fields_settings *settings = data;
    unsigned i;

    if (response != exchange->upstream_head) {
        return;
    }
    if (settings->passed_ids != 0) {
        pass(exchange, response, settings->passed_ids);
    }
    message_remove_set(response, settings->hidden_ids);
    for (i = 0; i < settings->hidden_names.count; i++) {
        message_remove_name(response, settings->hidden_names.items[i]);
    }
}

#define FIELD(name) offsetof(struct http_proxy_fields_settings, name)

static const struct directive directives[] = {
    { .name = "proxy_hide_header",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_text_list,
      .field = FIELD(hidden),
      .inherit = INHERIT_LIST,
      .syntax = "field",
      .help = "field of responses that does not reach the client" },
    { .name = "proxy_pass_header",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_text_list,
      .field = FIELD(passed),
      .inherit = INHERIT_LIST,
      .syntax = "field",
      .help = "hidden field that reaches the client: Date, Server, X-Pad, X-Accel-..." },
    DIRECTIVES_END
};

static bool is_among(const struct conf_texts *texts, struct str name) {
    unsigned i;

    for (i = 0; i < texts->count; i++) {
        if (str_equal_nocase(texts->items[i], name)) {
            return true;
        }
    }
    return false;
}

/* What is passed is not hidden, as in nginx. Fields of the hop have no id here that would put them
 * back: codecs write those. */
static bool compile(struct conf *conf, const struct conf_block *block, void *data) {
    struct http_proxy_fields_settings *settings = data;
    unsigned i;

    (void) block;
    for (i = 0; i < settings->passed.count; i++) {
        enum field_id id = field_id_of(settings->passed.items[i]);

        settings->passed_ids |= id != FIELD_OTHER ? FIELD_SET(id) : 0;
    }
    for (i = 0; i < settings->hidden.count; i++) {
        struct str name = settings->hidden.items[i];
        enum field_id id = field_id_of(name);

        if (is_among(&settings->passed, name)) {
            continue;
        }
        if (id != FIELD_OTHER) {
            settings->hidden_ids |= FIELD_SET(id);
        } else {
            *(struct str *) conf_array_add(conf, &settings->hidden_names.items,
                                           &settings->hidden_names.count, sizeof(name)) = name;
        }
    }
    return true;
}

static bool wants(const void *data) {
    const struct http_proxy_fields_settings *settings = data;

    return settings->hidden.count > 0 || settings->passed.count > 0;
}

const struct http_module http_proxy_fields_module = {
    .base = { .name = "http_proxy_fields",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_proxy_fields_settings),
              .compile = compile },
    .on_response = on_response,
    .wants = wants,
};
