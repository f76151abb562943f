/* SPDX-License-Identifier: BSD-2-Clause */
/* http_files - where the files of a location are, and their directives; see http_files.h. */
#include "http/http_files.h"

#include "base/number.h"
#include "conf/value.h"
#include "http/http_files_priv.h"
#include "http/respond.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>

static unsigned module_index;

const struct http_files_settings *http_files_of(const struct exchange *exchange) {
    return exchange->location->block->confs[module_index];
}

/* ---- paths ---- */

static struct str without_slash(struct str path) {
    return str_ends(path, STR("/")) ? str_first(path, path.len - 1) : path;
}

struct str http_files_root(struct exchange *exchange) {
    const struct files_root *root = &http_files_of(exchange)->root;
    struct str text;

    if (root->text->is_constant) {
        return root->fixed;
    }
    text = template_text(root->text, &exchange->scope);
    if (!str_starts(text, STR("/"))) {
        text = arena_print(&exchange->arena, "%.*s%.*s", STR_ARG(root->prefix), STR_ARG(text));
    }
    return text;
}

static unsigned count_climbs(struct str path) {
    struct str part;
    unsigned count = 0;

    while (str_take_part(&path, '/', &part)) {
        count += str_is(part, "..");
    }
    return count;
}

bool http_files_leaves_root(struct exchange *exchange, struct str path) {
    bool is_rest_of_name = !http_files_of(exchange)->root.is_alias && path.len > 0
        && path.data[0] != '/';

    return is_rest_of_name || count_climbs(path) > 0;
}

bool http_files_root_climbs(struct exchange *exchange, struct str text) {
    const struct files_root *root = &http_files_of(exchange)->root;
    struct str source = root->text->text;

    return !root->text->is_constant && !str_starts(source, STR("$"))
        && count_climbs(text) > count_climbs(source) + count_climbs(root->prefix);
}

/* What stands behind the root of the file's path; 0, or the status, and why. */
static unsigned path_in_root(struct exchange *exchange, struct str *path, const char **why) {
    const struct files_root *root = &http_files_of(exchange)->root;
    struct str rest = exchange->uri.path;

    if (root->is_whole) {
        rest = http_files_state(exchange)->adds_path ? rest : STR("");
    } else if (!str_starts(rest, root->cut)) {
        *why = "alias does not go with the path, which was rewritten";
        return 500;
    } else {
        rest = str_from_byte(rest, root->cut.len);
    }
    if (http_files_leaves_root(exchange, rest)) {
        *why = "the path leads out of the root";
        return 404;
    }
    *path = rest;
    return 0;
}

static unsigned find_path(struct exchange *exchange, struct str *path, const char **why) {
    struct str root, rest = STR_NONE;
    unsigned status = path_in_root(exchange, &rest, why);

    if (status != 0) {
        return status;
    }
    root = http_files_root(exchange);
    if (http_files_root_climbs(exchange, root)) {
        *why = "the path leads out of the root";
        return 404;
    }
    if (str_find_char(root, '\0') < root.len || str_find_char(rest, '\0') < rest.len) {
        *why = "there is a NUL byte in the path";
        return 404;
    }
    *path = arena_print(&exchange->arena, "%.*s%.*s", STR_ARG(root), STR_ARG(rest));
    return 0;
}

unsigned http_files_path(struct exchange *exchange, struct str *path) {
    const char *why;
    unsigned status = find_path(exchange, path, &why);

    if (status != 0) {
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context, "%s: \"%.*s\"", why,
                  STR_ARG(exchange->uri.path));
    }
    return status;
}

void http_files_add_path(struct exchange *exchange) {
    http_files_state(exchange)->adds_path = true;
}

static const struct file *take(struct exchange *exchange, struct str path, bool is_look) {
    const struct http_files_settings *settings = http_files_of(exchange);
    struct file_cache_options cache = { .cache = settings->cache,
                                        .valid_ms = settings->cache_valid_ms,
                                        .min_uses = settings->cache_min_uses,
                                        .has_errors = settings->has_cache_errors };
    struct file_options options = { .links = settings->links.links, .is_look = is_look };

    if (settings->links.trusted != NULL) {
        options.trusted = template_text(settings->links.trusted, &exchange->scope);
    }
    return file_take(&cache, path, &options, &exchange->arena);
}

const struct file *http_files_take(struct exchange *exchange, struct str path) {
    return take(exchange, path, false);
}

struct file http_files_look(struct exchange *exchange, struct str path) {
    const struct file *file = take(exchange, path, true);
    struct file known = *file;

    known.fd = -1;
    file_put(file);
    return known;
}

/* ---- root, alias ---- */

static bool check_root(struct conf *conf, const struct conf_line *line, struct str text) {
    static const char *const own[] = { "$document_root", "${document_root}", "$realpath_root",
                                       "${realpath_root}" };
    size_t i;

    for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (str_find(text, str_from(own[i])) < text.len) {
            return conf_error(conf, line, 1, "the %s variable cannot be used in the \"%s\" "
                              "directive", own[i], line->words[0].text.data);
        }
    }
    return true;
}

static bool parse_root_text(struct conf *conf, struct conf_block *block,
                            const struct conf_line *line, struct str text,
                            struct files_root *root) {
    if (root->text != NULL) {
        return conf_error(conf, line, 0, "\"%s\" directive is duplicate, \"%s\" directive was "
                          "specified earlier", line->words[0].text.data,
                          root->is_alias ? "alias" : "root");
    }
    if (!check_root(conf, line, text)) {
        return false;
    }
    root->prefix = conf_path(conf, STR(""));
    root->text = template_compile_text(conf, block, line, 1, text);
    if (root->text != NULL && root->text->is_constant) {
        root->fixed = conf_path(conf, text);
    }
    return root->text != NULL;
}

static bool parse_root(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       void *field) {
    struct files_root *root = field;

    (void) directive;
    if (!parse_root_text(conf, block, line, without_slash(line->words[1].text), root)) {
        return false;
    }
    root->fixed = without_slash(root->fixed);
    return true;
}

/* Where the name of a location begins in its line: "location = /x", "location =/x". */
static struct str location_name(const struct conf_line *line) {
    struct str name = line->words[line->count - 1].text;

    if (line->count == 2 && str_starts(name, STR("="))) {
        return str_from_byte(name, 1);
    }
    return line->count == 2 && str_starts(name, STR("^~")) ? str_from_byte(name, 2) : name;
}

static bool parse_alias(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field) {
    struct files_root *root = field;
    struct str name = location_name(block->line);

    (void) directive;
    if (name.len > 0 && name.data[0] == '@') {
        return conf_error(conf, line, 0, "the \"alias\" directive cannot be used inside the named "
                          "location");
    }
    if (!parse_root_text(conf, block, line, line->words[1].text, root)) {
        return false;
    }
    root->is_alias = true;
    root->is_whole = str_starts(block->line->words[1].text, STR("~"));
    root->cut = root->is_whole ? STR_NONE : name;
    return true;
}

static const struct conf_type type_root = {
    .name = "path",
    .size = sizeof(struct files_root),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_root,
};

static const struct conf_type type_alias = {
    .name = "path",
    .size = sizeof(struct files_root),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_alias,
};

/* ---- open_file_cache, disable_symlinks ---- */

static bool parse_cache(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field) {
    struct file_cache *cache;
    uint64_t max = 0;
    int64_t inactive_ms = 60000;
    unsigned word;

    (void) block;
    for (word = 1; word < line->count; word++) {
        struct str text = line->words[word].text;

        if (str_is(text, "off") && line->count == 2) {
            return true;
        }
        if (!(str_starts(text, STR("max="))
              && parse_decimal(str_from_byte(text, 4), 1 << 24, &max) && max > 0)
            && !(str_starts(text, STR("inactive="))
                 && parse_time_ms(str_from_byte(text, 9), &inactive_ms))) {
            return conf_invalid(conf, directive, line, word, "off, or max=N inactive=TIME");
        }
    }
    if (max == 0) {
        return conf_error(conf, line, 0, "\"open_file_cache\" must have the \"max\" parameter");
    }
    cache = file_cache_new(&conf->arena, (unsigned) max, inactive_ms);
    conf_on_free(conf, file_cache_fini, cache);
    *(struct file_cache **) field = cache;
    return true;
}

static const struct conf_type type_cache = {
    .name = "cache",
    .size = sizeof(struct file_cache *),
    .min_words = 1,
    .max_words = 2,
    .parse = parse_cache,
};

static bool parse_links(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field) {
    struct files_links *links = field;
    struct str text = line->words[1].text;

    if (str_is(text, "off") && line->count == 2) {
        links->links = FILE_LINKS_FOLLOWED;
    } else if (str_is(text, "on")) {
        links->links = FILE_LINKS_REFUSED;
    } else if (str_is(text, "if_not_owner")) {
        links->links = FILE_LINKS_OF_OWNER;
    } else {
        return conf_invalid(conf, directive, line, 1, "off, on or if_not_owner");
    }
    if (line->count == 2) {
        return true;
    }
    text = line->words[2].text;
    if (!str_starts(text, STR("from=")) || text.len == 5) {
        return conf_invalid(conf, directive, line, 2, "from=PART of the path");
    }
    links->trusted = template_compile_text(conf, block, line, 2, str_from_byte(text, 5));
    return links->trusted != NULL;
}

static const struct conf_type type_links = {
    .name = "links",
    .size = sizeof(struct files_links),
    .min_words = 1,
    .max_words = 2,
    .parse = parse_links,
};

static const struct conf_name since_names[] = {
    { "off", CONDITIONAL_SINCE_OFF },
    { "exact", CONDITIONAL_SINCE_EXACT },
    { "before", CONDITIONAL_SINCE_BEFORE },
    { NULL, 0 }
};

static const struct conf_range range_uses = { .min = 1, .max = INT32_MAX };

/* ---- variables ---- */

static struct exchange *exchange_of(struct scope *scope) {
    return list_object(scope, struct exchange, scope);
}

static bool get_document_root(struct scope *scope, const struct variable *variable,
                              struct str name, struct str *value) {
    (void) variable, (void) name;
    *value = http_files_root(exchange_of(scope));
    return true;
}

static bool get_realpath_root(struct scope *scope, const struct variable *variable,
                              struct str name, struct str *value) {
    struct exchange *exchange = exchange_of(scope);
    struct str root = arena_copy(scope->arena, http_files_root(exchange));
    char *real = arena_bytes(scope->arena, PATH_MAX);

    (void) variable, (void) name;
    if (realpath(root.data, real) == NULL) {
        log_write(exchange->log, LOG_LEVEL_CRIT, errno, &exchange->log_context,
                  "realpath() \"%.*s\" failed", STR_ARG(root));
        return false;
    }
    *value = str_from(real);
    return true;
}

static bool get_request_filename(struct scope *scope, const struct variable *variable,
                                 struct str name, struct str *value) {
    const char *why;

    (void) variable, (void) name;
    return find_path(exchange_of(scope), value, &why) == 0;
}

static const struct variable variables[] = {
    { .name = "document_root", .get = get_document_root, .is_volatile = true },
    { .name = "realpath_root", .get = get_realpath_root, .is_volatile = true },
    { .name = "request_filename", .get = get_request_filename, .is_volatile = true },
    { .name = NULL }
};

/* ---- the module ---- */

#define FIELD(member) offsetof(struct http_files_settings, member)

static const struct directive directives[] = {
    { .name = "root",
      .where = CONF_HTTP_ALL | CONF_HTTP_LOCATION_IF,
      .type = &type_root,
      .field = FIELD(root),
      .initial = "html",
      .syntax = "path",
      .help = "folder of the files; the path of a request is looked for in it" },
    { .name = "alias",
      .where = CONF_HTTP_LOCATION,
      .type = &type_alias,
      .field = FIELD(root),
      .syntax = "path",
      .help = "folder or file that stands for the location's part of the path" },
    { .name = "disable_symlinks",
      .where = CONF_HTTP_ALL,
      .type = &type_links,
      .field = FIELD(links),
      .initial = "off",
      .syntax = "off | on [from=part] | if_not_owner [from=part]",
      .help = "whether symbolic links in the paths of files are refused" },
    { .name = "etag",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_etag),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether files are sent with an ETag" },
    { .name = "if_modified_since",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_name,
      .field = FIELD(if_modified_since),
      .initial = "exact",
      .syntax = "off | exact | before",
      .help = "which time in If-Modified-Since means that a file has not changed",
      .detail = since_names },
    { .name = "log_not_found",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(logs_not_found),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether files that are not found are told to the error log" },
    { .name = "open_file_cache",
      .where = CONF_HTTP_ALL,
      .type = &type_cache,
      .field = FIELD(cache),
      .initial = "off",
      .syntax = "off | max=number [inactive=time]",
      .help = "how many files stay open between requests, and for how long" },
    { .name = "open_file_cache_errors",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_cache_errors),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether files that could not be opened are remembered as well" },
    { .name = "open_file_cache_events",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_cache_events),
      .initial = "off",
      .syntax = "on | off",
      .help = "read for nginx's sake: Linux has no such events" },
    { .name = "open_file_cache_min_uses",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_number,
      .field = FIELD(cache_min_uses),
      .initial = "1",
      .syntax = "number",
      .help = "how often a file must be asked for to stay open",
      .detail = &range_uses },
    { .name = "open_file_cache_valid",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(cache_valid_ms),
      .initial = "60s",
      .syntax = "time",
      .help = "how long what is remembered of a file is believed" },
    { .name = "types",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_media_types,
      .field = FIELD(types),
      .inherit = INHERIT_LIST,
      .syntax = "{ type extension ...; ... }",
      .help = "media types of files by the extensions of their names" },
    DIRECTIVES_END
};

const struct http_module http_files_module = {
    .base = { .name = "http_files",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_files_settings),
              .state_size = sizeof(struct files_state),
              .state_close = http_files_close_state,
              .variables = variables },
};
