/* SPDX-License-Identifier: BSD-2-Clause */
/* location_finish - what a location needs once all of the configuration is read: its hooks, its
 * variants, the table of those in it; see location.h. */
#include "expr/script.h"
#include "http/location.h"

static const char found_key;

/* ---- hooks ---- */

/* Those of one location while they are collected. */
struct found_hooks {
    struct http_hooks kinds[HTTP_HOOK_KINDS]; /* with room for one of each module */
    const struct http_hooks *before;          /* of the location before; or NULL */
};

static void add_hook(struct found_hooks *found, enum http_hook_kind kind,
                     const struct http_hook *hook) {
    struct http_hooks *hooks = &found->kinds[kind];

    hooks->items[hooks->count++] = *hook;
}

static bool has_handler(const struct found_hooks *found) {
    const struct http_hooks *hooks = &found->kinds[HTTP_HANDLE];

    return hooks->count > 0 && !hooks->items[hooks->count - 1].module->is_fallback;
}

static void add_hooks_of(struct found_hooks *found, const struct http_module *module,
                         const void *settings) {
    enum http_next (*const run[HTTP_HOOK_KINDS])(struct exchange *, const void *) = {
        [HTTP_ON_SERVER] = module->on_server,
        [HTTP_ON_REQUEST] = module->on_request,
        [HTTP_ON_PRECONTENT] = module->on_precontent,
        [HTTP_HANDLE] = module->handle,
    };
    struct http_hook hook = { module, NULL, settings };
    enum http_hook_kind kind;

    if (module->on_access != NULL) {
        add_hook(found, HTTP_ON_ACCESS, &hook);
    }
    if (module->on_upstream_head != NULL) {
        add_hook(found, HTTP_ON_UPSTREAM_HEAD, &hook);
    }
    if (module->on_response != NULL) {
        add_hook(found, HTTP_ON_RESPONSE, &hook);
    }
    if (module->on_trailers != NULL) {
        add_hook(found, HTTP_ON_TRAILERS, &hook);
    }
    if (module->on_log != NULL) {
        add_hook(found, HTTP_ON_LOG, &hook);
    }
    for (kind = 0; kind < HTTP_HOOK_KINDS; kind++) {
        if (run[kind] != NULL
            && !(kind == HTTP_HANDLE && module->is_fallback && has_handler(found))) {
            hook.run = run[kind];
            add_hook(found, kind, &hook);
        }
    }
}

static struct found_hooks *found_hooks_of(struct conf *conf) {
    struct found_hooks *found = conf_data(conf, &found_key, sizeof(*found));
    unsigned i;

    for (i = 0; i < HTTP_HOOK_KINDS; i++) {
        if (found->kinds[i].items == NULL) {
            found->kinds[i].items
                = arena_zero(&conf->arena, conf->module_count, sizeof(struct http_hook));
        }
        found->kinds[i].count = 0;
    }
    return found;
}

/* Where the location before has the same ones they are the very same: there may be very many
 * locations. */
static struct http_hooks *keep_hooks(struct conf *conf, struct found_hooks *found) {
    struct http_hooks *kept = arena_zero(&conf->arena, HTTP_HOOK_KINDS, sizeof(*kept));
    enum http_hook_kind kind;

    for (kind = 0; kind < HTTP_HOOK_KINDS; kind++) {
        const struct http_hooks *hooks = &found->kinds[kind], *before = found->before;
        size_t size = hooks->count * sizeof(*hooks->items);

        kept[kind].count = hooks->count;
        if (before != NULL && before[kind].count == hooks->count
            && memcmp(before[kind].items, hooks->items, size) == 0) {
            kept[kind].items = before[kind].items;
        } else {
            kept[kind].items = arena_alloc(&conf->arena, size);
            memcpy(kept[kind].items, hooks->items, size);
        }
    }
    found->before = kept;
    return kept;
}

static void add_hooks(struct conf *conf, struct http_location *location) {
    struct found_hooks *found = found_hooks_of(conf);
    unsigned i;

    location->script = script_of(location->block);
    for (i = 0; i < conf->module_count; i++) {
        const struct http_module *module = (const struct http_module *) conf->modules[i];
        const void *settings = location->block->confs[i];

        if (module->base.family == CONF_HTTP
            && (module->wants == NULL || module->wants(settings))) {
            add_hooks_of(found, module, settings);
        }
    }
    location->hooks = keep_hooks(conf, found);
}

/* ---- variants, and locations in it ---- */

/* The location as it is where an `if` is true, or for other methods. */
static void finish_variant(struct conf *conf, const struct http_location *location,
                           struct http_location *variant, struct conf_block *block) {
    *variant = *location;
    variant->limit = NULL;
    variant->block = block;
    block->object = variant;
    add_hooks(conf, variant);
}

static void finish_variants(struct conf *conf, struct http_location *location) {
    struct conf_block *block;

    for (block = location->block->first; block != NULL; block = block->next) {
        if (block->where == CONF_HTTP_LIMIT_EXCEPT && block->object != NULL) {
            finish_variant(conf, location, block->object, block);
        } else if (block->where == CONF_HTTP_LOCATION_IF) {
            finish_variant(conf, location,
                           arena_zero(&conf->arena, 1, sizeof(struct http_location)), block);
        }
    }
}

/* As in nginx: where a prefix ends in "/", and is proxied. */
static bool redirects(const struct http_location *location) {
    const struct http_hooks *handlers = &location->hooks[HTTP_HANDLE];
    unsigned i;

    if (!str_ends(location->name, STR("/")) || location->kind > LOCATION_EXACT) {
        return false;
    }
    for (i = 0; i < handlers->count; i++) {
        if (handlers->items[i].module->redirects_to_slash) {
            return true;
        }
    }
    return false;
}

void location_finish(struct conf *conf, struct http_location *location) {
    struct http_location *inside;
    unsigned i;

    add_hooks(conf, location);
    location->redirects = redirects(location);
    finish_variants(conf, location);
    for (i = 0; (inside = location_at(location->inside, i)) != NULL; i++) {
        location_finish(conf, inside);
    }
    if (location->inside != NULL) {
        location_table_make(conf, location->inside);
    }
}
