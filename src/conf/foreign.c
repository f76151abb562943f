/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * foreign - directives that this weir does not have, but nginx, or a module that was left out: none
 * of them is called a slip of the pen. A name that a module has is never looked up here.
 */
#include "conf/conf_priv.h"

/* Names with blanks between them; "ssl_*": all that begin so. */
static const struct {
    const char *names;
    const char *help;
} groups[] = {
    { "ssl ssl_* proxy_ssl proxy_ssl_*", "weir has no TLS yet" },
    { "http2 http2_* http3 http3_* quic_* grpc_*", "weir speaks HTTP/1 only, so far" },
    { "fastcgi_* uwsgi_* scgi_* memcached_*",
      "weir proxies HTTP and TCP; a server of HTTP that speaks this must stand between" },
    { "proxy_cache proxy_cache_* proxy_no_cache proxy_store proxy_store_access",
      "weir has no cache yet" },
    { "brotli brotli_* zstd zstd_*", "weir compresses responses by gzip only" },
    { "limit_conn limit_conn_* limit_req limit_req_*",
      "weir does not limit clients yet; max_conns limits the connections to a server" },
    { "autoindex autoindex_*",
      "weir serves files, but does not have it yet" },
    { "perl perl_* js_* image_filter image_filter_* xslt_* xml_entities geoip_* ssi ssi_* dav_* "
      "create_full_put_path min_delete_depth mp4 mp4_* flv hls hls_* f4f f4f_* empty_gif "
      "random_index charset charset_* source_charset override_charset add_before_body "
      "add_after_body addition_types ancient_browser ancient_browser_value modern_browser "
      "modern_browser_value userid userid_* mail imap_* pop3_* smtp_* "
      "google_perftools_profiles", "weir has nothing for this" },
    { "auth_http auth_jwt auth_jwt_* "
      "debug_points eventport_* health_check hash "
      "ip_hash keyval keyval_zone least_conn least_time "
      "match ntlm "
      "post_action preread_buffer_size "
      "preread_timeout "
      "proxy_downstream_buffer "
      "proxy_protocol proxy_protocol_timeout "
      "proxy_requests proxy_responses "
      "proxy_upstream_buffer queue random real_ip_header "
      "real_ip_recursive "
      "secure_link secure_link_* "
      "set_real_ip_from slice state status_zone sticky sticky_cookie_* "
      "sub_filter sub_filter_* "
      "valid_referers worker_aio_requests zone_sync zone_sync_*",
      "nginx has it; weir does not have it yet" },
};

/* Contexts in which nginx has a directive that weir has in others only. */
static const struct {
    const char *names;
    uint32_t where;
    const char *help;
} places[] = {
    { "resolver resolver_timeout", CONF_UPSTREAM,
      "nginx has it in upstream; weir does not resolve the names of servers again yet" },
};

static bool is_one_of(struct str names, struct str name) {
    struct str one;

    while (str_take_part(&names, ' ', &one)) {
        if (str_ends(one, STR("*")) ? str_starts(name, str_first(one, one.len - 1))
                                    : str_equal(name, one)) {
            return true;
        }
    }
    return false;
}

static const struct module_left_out nothing_left_out[] = { { NULL, NULL } };
static const struct module_left_out *left_out = nothing_left_out;

void modules_set_left_out(const struct module_left_out *list) {
    left_out = list;
}

const char *left_out_help(struct arena *arena, struct str name) {
    const struct module_left_out *module = left_out;

    while (module->name != NULL && !is_one_of(str_from(module->directives), name)) {
        module++;
    }
    return module->name == NULL
        ? NULL : arena_print(arena, "the module %s has it, which was left out by configure "
                             "--without-%s", module->name, module->name).data;
}

const char *foreign_place_help(struct str name, uint32_t where) {
    size_t i;

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if ((places[i].where & where) != 0 && is_one_of(str_from(places[i].names), name)) {
            return places[i].help;
        }
    }
    return NULL;
}

const char *foreign_help(struct arena *arena, struct str name) {
    const char *help = left_out_help(arena, name);
    size_t i;

    if (help != NULL) {
        return help;
    }
    for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (is_one_of(str_from(groups[i].names), name)) {
            return groups[i].help;
        }
    }
    return NULL;
}
