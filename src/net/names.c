/* SPDX-License-Identifier: BSD-2-Clause */
/* names - the host names of a configuration and their addresses at start; see names.h. */
#include "net/names.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/heap.h"
#include "conf/value.h"
#include "net/names_priv.h"

#include <netdb.h>
#include <pwd.h>
#include <stdio.h>

enum { NAMES_SHOWN_MAX = 8 }; /* upstreams listed in a message */

static const char registry_key;

struct registry {
    struct names_entry *first, *last;
    const char **known; /* names of the upstreams */
    unsigned known_count;
    struct names_user user;
    bool has_user;
};

static struct registry *registry_of(struct conf *conf) {
    return conf_data(conf, &registry_key, sizeof(struct registry));
}

/* ---- collecting ---- */

/* The last label is a number: resolvers would take "127.1" or "80" for odd ways to write an
 * address. */
static bool is_like_number(struct str host) {
    size_t dot = str_find_last_char(host, '.'), i;
    struct str label = dot < host.len ? str_from_byte(host, dot + 1) : host;

    for (i = 0; i < label.len; i++) {
        if (!char_is_digit(label.data[i])) {
            return false;
        }
    }
    return label.len > 0;
}

/* What resolvers may be asked for. */
static bool is_host_name(struct str host) {
    size_t i;

    for (i = 0; i < host.len; i++) {
        unsigned char c = (unsigned char) host.data[i];

        if (c <= ' ' || c >= 127 || strchr("/:[]\"'\\%", c) != NULL) {
            return false;
        }
    }
    return host.len > 0 && host.len <= 253 && !is_like_number(host);
}

struct names_entry *names_add(struct conf *conf, struct str host, uint16_t port,
                              const struct conf_line *line, unsigned word) {
    struct registry *registry = registry_of(conf);
    struct names_entry *entry = arena_zero(&conf->arena, 1, sizeof(*entry));
    struct addr addr;

    *entry = (struct names_entry){ .host = host, .port = port, .line = line, .word = word };
    if (parse_addr(host, port, &addr)) {
        entry->addrs = arena_alloc(&conf->arena, sizeof(addr));
        entry->addrs[0] = addr;
        entry->count = 1;
    } else if (!is_host_name(host)) {
        conf_error(conf, line, word, "invalid host in upstream \"%.*s\"", STR_ARG(host));
        return NULL;
    }
    if (registry->last != NULL) {
        registry->last->next = entry;
    } else {
        registry->first = entry;
    }
    registry->last = entry;
    return entry;
}

void names_add_known(struct conf *conf, struct str name) {
    struct registry *registry = registry_of(conf);
    const char **place
        = conf_array_add(conf, &registry->known, &registry->known_count, sizeof(*place));

    *place = arena_copy(&conf->arena, name).data;
}

void names_set_user(struct conf *conf, uid_t uid, gid_t gid) {
    struct registry *registry = registry_of(conf);

    registry->user = (struct names_user){ uid, gid };
    registry->has_user = true;
}

static struct names_user helper_user(const struct registry *registry) {
    const struct passwd *nobody;

    if (registry->has_user) {
        return registry->user;
    }
    nobody = getpwnam("nobody");
    return nobody != NULL ? (struct names_user){ nobody->pw_uid, nobody->pw_gid }
                          : (struct names_user){ 65534, 65534 };
}

/* ---- asking ---- */

static const char *reason_of(const struct names_question *question) {
    if (!question->is_answered) {
        return "no answer in time";
    }
    return question->error != 0 ? gai_strerror(question->error) : "it has no address";
}

/* Under which an answer is remembered; in the arena. */
static struct str key_of(struct conf *conf, struct str host) {
    return arena_print(&conf->arena, "address of %.*s", STR_ARG(host));
}

/* Whoever loads the bundle gets these answers and asks nobody. */
static void ask(struct conf *conf, struct names_question *questions, unsigned count) {
    char text[NAMES_ANSWER_MAX];
    unsigned i;

    names_ask(questions, count, helper_user(registry_of(conf)), NAMES_TIMEOUT_MS, &conf->arena);
    for (i = 0; i < count; i++) {
        const struct names_question *question = &questions[i];
        size_t len = !question->is_answered ? 0
            : names_format_answer(text, 0, question->error, question->addrs, question->count);

        conf_remember(conf, key_of(conf, question->host), str_make(text, len));
    }
}

static bool is_asked(struct conf *conf, struct str host) {
    struct str answer;

    return conf_recall(conf, key_of(conf, host), &answer);
}

/* The question with its answer, if it has got one; the addresses have that port and are the
 * caller's. */
static struct names_question recall(struct conf *conf, struct str host, uint16_t port) {
    struct names_question question = { .host = host };
    struct str answer;
    size_t used;
    unsigned i;

    if (conf_recall(conf, key_of(conf, host), &answer) && answer.len > 0
        && names_parse_answer(answer, &used, &question, 1, &conf->arena) == NAMES_ANSWER) {
        for (i = 0; i < question.count; i++) {
            addr_set_port(&question.addrs[i], port);
        }
    }
    return question;
}

unsigned names_lookup(struct conf *conf, struct str host, uint16_t port, struct addr **addrs,
                      const char **reason) {
    struct names_question question = { .host = host };

    *reason = "";
    if (!is_host_name(host)) {
        *reason = "it is not a host name";
        return 0;
    }
    if (!is_asked(conf, host)) {
        ask(conf, &question, 1);
    }
    question = recall(conf, host, port);
    if (question.count == 0) {
        *reason = reason_of(&question);
        return 0;
    }
    *addrs = question.addrs;
    return question.count;
}

/* ---- finish ---- */

/* One question for each name, however often it stands in the file. */
static void ask_all(struct conf *conf, const struct names_entry *entry) {
    struct names_question *questions = NULL, *question;
    unsigned count = 0;
    struct hash_map by_host;

    hash_map_init(&by_host);
    for (; entry != NULL; entry = entry->next) {
        if (entry->count == 0 && hash_map_get(&by_host, entry->host) == NULL
            && !is_asked(conf, entry->host)) {
            question = conf_array_add(conf, &questions, &count, sizeof(*question));
            question->host = entry->host;
            hash_map_put(&by_host, entry->host, &by_host);
        }
    }
    hash_map_fini(&by_host);
    if (count > 0) {
        ask(conf, questions, count);
    }
}

static const char *list_known(struct conf *conf, const struct registry *registry) {
    struct buf text = { .data = NULL };
    const char *list;
    unsigned i;

    for (i = 0; i < registry->known_count && i < NAMES_SHOWN_MAX; i++) {
        buf_append(&text, i > 0 ? STR(", ") : STR(""), BUF_SIZE_MAX);
        buf_append(&text, str_from(registry->known[i]), BUF_SIZE_MAX);
    }
    if (registry->known_count > NAMES_SHOWN_MAX) {
        buf_append(&text, STR(" ..."), BUF_SIZE_MAX);
    }
    list = arena_copy(&conf->arena, buf_bytes(&text)).data;
    buf_free(&text);
    return list;
}

bool names_help(struct conf *conf, struct str host) {
    const struct registry *registry = registry_of(conf);
    const char *nearest = conf_nearest(host, registry->known, registry->known_count);

    if (registry->known_count == 0) {
        return false;
    }
    if (nearest != NULL) {
        conf_help(conf, "upstreams defined: %s (did you mean \"%s\"?)",
                  list_known(conf, registry), nearest);
    } else {
        conf_help(conf, "upstreams defined: %s", list_known(conf, registry));
    }
    return true;
}

/* A name without a dot is hardly a host's: it is an upstream's, mistyped. */
static void report_unknown(struct conf *conf, const struct names_entry *entry,
                           const char *reason) {
    conf_error(conf, entry->line, entry->word, "host not found in upstream \"%.*s\"",
               STR_ARG(entry->host));
    if (!names_help(conf, entry->host)) {
        conf_help(conf, "%s; no upstream is defined", reason);
    }
}

static bool is_dotted(struct str host) {
    return str_find_char(host, '.') < host.len;
}

static bool answer_entry(struct conf *conf, struct names_entry *entry) {
    struct names_question question = recall(conf, entry->host, entry->port);

    if (question.count > 0) {
        entry->addrs = question.addrs;
        entry->count = question.count;
        return true;
    }
    if (!is_dotted(entry->host)) {
        report_unknown(conf, entry, reason_of(&question));
        return false;
    }
    conf_warn(conf, entry->line, entry->word, "host not found in upstream \"%.*s\"",
              STR_ARG(entry->host));
    conf_help(conf, "%s; until a reload finds it, it counts as down", reason_of(&question));
    return true;
}

static bool names_finish(struct conf *conf) {
    struct names_entry *entry = registry_of(conf)->first;
    bool is_ok = true;

    ask_all(conf, entry);
    for (; entry != NULL; entry = entry->next) {
        if (entry->count == 0) {
            is_ok &= answer_entry(conf, entry);
        }
    }
    return is_ok;
}

static unsigned names_index;

const struct module names_module = {
    .name = "names",
    .index = &names_index,
    .finish = names_finish,
};
