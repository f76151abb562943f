/* SPDX-License-Identifier: BSD-2-Clause */
/* resolver - names that requests make known, and what is known of them; see resolver.h. */
#include "net/resolver.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/log.h"
#include "net/resolver_priv.h"

#include <errno.h>
#include <string.h>

/* A name's two look-ups while it is asked for. */
struct asking {
    struct name *name;
    struct lookup v4, v6; /* of a family that is not wanted: over from the beginning */
};

/* What a worker knows of a name, or is about to know. */
struct name {
    struct resolver_state *state;
    struct list bucket, age;
    struct list waiters;
    struct asking *asking; /* NULL: it is known */
    unsigned status;
    int64_t expires_ms;
    unsigned v4_count, v6_count;
    unsigned char *addrs;  /* those of 4 bytes, then those of 16 */
    struct str text;       /* in lower case; behind the struct */
};

const char *resolve_reason(unsigned status) {
    switch (status) {
    case DNS_FORMAT_ERROR:
        return "Format error";
    case DNS_SERVER_FAILURE:
        return "Server failure";
    case DNS_NO_NAME:
        return "Host not found";
    case DNS_UNIMPLEMENTED:
        return "Unimplemented";
    case DNS_REFUSED:
        return "Operation refused";
    case ETIMEDOUT:
        return "Operation timed out";
    default:
        return "Unknown error";
    }
}

/* ---- the names of a worker ---- */

static struct resolver_state *state_of(struct resolver *resolver) {
    struct resolver_state *state = resolver->state;
    unsigned i;

    if (state != NULL) {
        return state;
    }
    state = resolver->state = heap_zero(1, sizeof(*state));
    state->resolver = resolver;
    state->servers = heap_zero(resolver->server_count, sizeof(*state->servers));
    for (i = 0; i < resolver->server_count; i++) {
        state->servers[i].addr = &resolver->servers[i];
    }
    for (i = 0; i < RESOLVER_BUCKETS; i++) {
        list_init(&state->names[i]);
    }
    list_init(&state->age);
    return state;
}

static struct list *bucket_of(struct resolver_state *state, struct str text) {
    return &state->names[hash_bytes(text) % RESOLVER_BUCKETS];
}

static struct name *find_name(struct resolver_state *state, struct str text) {
    struct list *bucket = bucket_of(state, text), *at, *next;

    list_each(at, next, bucket) {
        struct name *name = list_object(at, struct name, bucket);

        if (str_equal(name->text, text)) {
            return name;
        }
    }
    return NULL;
}

static void name_free(struct name *name) {
    struct list *at, *next;

    list_each(at, next, &name->waiters) {
        list_remove(at);
    }
    if (name->asking != NULL) {
        lookup_fini(&name->asking->v4);
        lookup_fini(&name->asking->v6);
        heap_free(name->asking);
    }
    list_remove(&name->bucket);
    list_remove(&name->age);
    name->state->name_count--;
    heap_free(name->addrs);
    heap_free(name);
}

/* Makes room where there is none: what was not asked for longest goes. False: all are waited
 * for. */
static bool make_room(struct resolver_state *state) {
    if (state->name_count < RESOLVER_NAMES_MAX) {
        return true;
    }
    if (list_is_empty(&state->age)) {
        return false;
    }
    name_free(list_object(state->age.next, struct name, age));
    return true;
}

static struct name *name_new(struct resolver_state *state, struct str text) {
    struct name *name;
    char *copy;

    if (!make_room(state)) {
        return NULL;
    }
    name = heap_zero(1, sizeof(*name) + text.len);
    copy = (char *) (name + 1);
    memcpy(copy, text.data, text.len);
    name->state = state;
    name->text = str_make(copy, text.len);
    list_init(&name->age);
    list_init(&name->waiters);
    list_add_first(bucket_of(state, text), &name->bucket);
    state->name_count++;
    return name;
}

void resolver_stop(struct resolver *resolver) {
    struct resolver_state *state = resolver->state;
    unsigned i;

    if (state == NULL) {
        return;
    }
    for (i = 0; i < RESOLVER_BUCKETS; i++) {
        while (!list_is_empty(&state->names[i])) {
            name_free(list_object(state->names[i].next, struct name, bucket));
        }
    }
    for (i = 0; i < resolver->server_count; i++) {
        if (state->servers[i].dns != NULL) {
            dns_close(state->servers[i].dns);
        }
    }
    heap_free(state->servers);
    heap_free(state);
    resolver->state = NULL;
}

/* ---- to those who wait ---- */

/* Numbers that nobody outside can foresee. */
static unsigned turn(unsigned count) {
    static uint64_t calls;

    calls++;
    return count > 1
        ? (unsigned) (hash_bytes(str_make((const char *) &calls, sizeof(calls))) % count)
        : 0;
}

static struct addr addr_of(const struct name *name, unsigned i) {
    struct addr addr = { .len = 0 };

    if (i < name->v4_count) {
        addr.len = sizeof(addr.v4);
        addr.v4.sin_family = AF_INET;
        memcpy(&addr.v4.sin_addr, name->addrs + i * 4, 4);
    } else {
        addr.len = sizeof(addr.v6);
        addr.v6.sin6_family = AF_INET6;
        memcpy(&addr.v6.sin6_addr,
               name->addrs + name->v4_count * 4 + (i - name->v4_count) * 16, 16);
    }
    return addr;
}

/* Each family turned, then all: a place in the answer says nothing about who is picked first. */
static void give_addrs(const struct name *name, struct resolve *resolve, bool is_turned) {
    unsigned count = name->v4_count + name->v6_count, i;
    unsigned v4 = is_turned ? turn(name->v4_count) : 0;
    unsigned v6 = is_turned ? turn(name->v6_count) : 0;
    unsigned at = is_turned ? turn(count) : 0;

    resolve->addrs = arena_zero(resolve->arena, count > 0 ? count : 1, sizeof(*resolve->addrs));
    resolve->count = count;
    for (i = 0; i < count; i++) {
        unsigned from = i < name->v4_count
            ? (i + v4) % name->v4_count
            : name->v4_count + (i - name->v4_count + v6) % name->v6_count;

        resolve->addrs[(at + i) % count] = addr_of(name, from);
    }
}

static void done_with(struct resolve *resolve, unsigned status) {
    list_remove(&resolve->link);
    timer_cancel(&resolve->timer);
    resolve->status = status;
    task_start(&resolve->task);
}

static void tell(const struct name *name, struct resolve *resolve, bool is_turned) {
    if (name->status == DNS_OK) {
        give_addrs(name, resolve, is_turned);
    }
    done_with(resolve, name->status);
}

/* ---- the end of the look-ups ---- */

static uint32_t lesser(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* Seconds that the look-ups say; is_found: of those that found addresses. */
static uint32_t ttl_of(const struct asking *asking, bool is_found, uint32_t most, uint32_t none) {
    const struct lookup *lookups[] = { &asking->v4, &asking->v6 };
    uint32_t ttl_s = most;
    bool is_said = false;
    unsigned i;

    for (i = 0; i < 2; i++) {
        if (lookups[i]->has_ttl && (lookups[i]->count > 0) == is_found) {
            is_said = true;
            ttl_s = lesser(ttl_s, lookups[i]->ttl_s);
        }
    }
    return is_said ? ttl_s : none;
}

/* How long it is kept; 0: not at all. */
static int64_t keep_ms(const struct name *name) {
    const struct resolver *resolver = name->state->resolver;

    switch (name->status) {
    case DNS_OK:
        return resolver->valid_ms > 0
            ? resolver->valid_ms
            : (int64_t) ttl_of(name->asking, true, RESOLVER_TTL_MAX_S, 0) * 1000;
    case DNS_NO_NAME:
        return (int64_t) ttl_of(name->asking, false, RESOLVER_NO_NAME_MAX_S, RESOLVER_FAILURE_S)
            * 1000;
    case ETIMEDOUT:
        return 0;
    default:
        return RESOLVER_FAILURE_S * 1000;
    }
}

/* Neither family has an address. That there is none is for both to say. */
static unsigned failure_of(const struct asking *asking) {
    unsigned v4 = asking->v4.status, v6 = asking->v6.status;
    bool is_v4_telling = v4 != DNS_OK && v4 != DNS_NO_NAME;
    bool is_v6_telling = v6 != DNS_OK && v6 != DNS_NO_NAME;

    if (is_v4_telling && (v4 != ETIMEDOUT || !is_v6_telling)) {
        return v4;
    }
    return is_v6_telling ? v6 : DNS_NO_NAME;
}

static void take_addrs(struct name *name) {
    const struct lookup *v4 = &name->asking->v4, *v6 = &name->asking->v6;

    name->v4_count = v4->count;
    name->v6_count = v6->count;
    name->status = v4->count + v6->count > 0 ? DNS_OK : failure_of(name->asking);
    if (name->status == DNS_OK) {
        name->addrs = heap_alloc(v4->count * 4 + v6->count * 16);
    }
    if (v4->count > 0) {
        memcpy(name->addrs, v4->addrs, v4->count * 4);
    }
    if (v6->count > 0) {
        memcpy(name->addrs + v4->count * 4, v6->addrs, v6->count * 16);
    }
}

static void finish(struct name *name) {
    struct asking *asking = name->asking;
    struct list *at, *next;
    int64_t kept_ms;

    take_addrs(name);
    list_each(at, next, &name->waiters) {
        tell(name, list_object(at, struct resolve, link), false);
    }
    kept_ms = keep_ms(name);
    if (kept_ms == 0) {
        name_free(name);
        return;
    }
    name->expires_ms = clock_ms() + kept_ms;
    list_add_last(&name->state->age, &name->age);
    lookup_fini(&asking->v4);
    lookup_fini(&asking->v6);
    heap_free(asking);
    name->asking = NULL;
}

static struct asking *asking_of(const struct lookup *lookup) {
    return lookup->type == DNS_A ? list_object(lookup, struct asking, v4)
                                 : list_object(lookup, struct asking, v6);
}

static void on_over(struct lookup *lookup) {
    struct asking *asking = asking_of(lookup);

    if (asking->v4.is_over && asking->v6.is_over) {
        finish(asking->name);
    }
}

/* Not for nobody, and not when there are addresses of the other family. */
static bool goes_on(const struct lookup *lookup) {
    const struct asking *asking = asking_of(lookup);
    const struct lookup *other = lookup == &asking->v4 ? &asking->v6 : &asking->v4;

    return !list_is_empty(&asking->name->waiters) && other->count == 0;
}

/* ---- asking ---- */

static void init_lookup(struct lookup *lookup, struct name *name, enum dns_type type,
                        bool is_wanted) {
    lookup_init(lookup, name->state, type, name->state->next_server);
    lookup->is_over = !is_wanted;
    lookup->goes_on = goes_on;
    lookup->on_over = on_over;
}

static void ask(struct name *name) {
    struct resolver_state *state = name->state;
    const struct resolver *resolver = state->resolver;
    struct asking *asking = heap_alloc(sizeof(*asking));

    asking->name = name;
    name->asking = asking;
    init_lookup(&asking->v4, name, DNS_A, resolver->has_ipv4);
    init_lookup(&asking->v6, name, DNS_AAAA, resolver->has_ipv6);
    state->next_server = (state->next_server + 1) % resolver->server_count;
    if (resolver->has_ipv4) {
        lookup_start(&asking->v4, name->text);
    }
    if (resolver->has_ipv6) {
        lookup_start(&asking->v6, name->text);
    }
}

/* What hosts are called; anything else is not asked for, as it could read as another name. */
static bool is_name(struct str text) {
    size_t i;

    for (i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (!(c >= 'a' && c <= 'z') && !char_is_digit(c) && c != '-' && c != '_' && c != '.') {
            return false;
        }
    }
    return text.len > 0;
}

/* In lower case and without a dot at its end; empty if it is no name. */
static struct str normal_form(struct str name, char text[DNS_NAME_MAX]) {
    size_t i;

    name.len -= str_ends(name, STR("."));
    if (name.len > DNS_NAME_MAX) {
        return STR("");
    }
    for (i = 0; i < name.len; i++) {
        text[i] = char_lower(name.data[i]);
    }
    return is_name(str_make(text, name.len)) ? str_make(text, name.len) : STR("");
}

/* The name as it is known now, or else asked for; NULL: too many are. */
static struct name *get_name(struct resolver_state *state, struct str text) {
    struct name *name = find_name(state, text);

    if (name != NULL && name->asking == NULL && name->expires_ms <= clock_ms()) {
        name_free(name);
        name = NULL;
    }
    if (name == NULL && (name = name_new(state, text)) != NULL) {
        ask(name);
    }
    return name;
}

static void wait_for(struct name *name, struct resolve *resolve, int64_t timeout_ms) {
    if (name->asking != NULL) {
        list_add_last(&name->waiters, &resolve->link);
        if (timeout_ms > 0) {
            timer_start(&resolve->timer, timeout_ms);
        }
        return;
    }
    list_remove(&name->age);
    list_add_last(&name->state->age, &name->age);
    tell(name, resolve, true);
}

static void end(struct resolve *resolve) {
    resolve->is_active = false;
    timer_fini(&resolve->timer);
    resolve->on_done(resolve);
}

static void on_task(struct task *task) {
    end(list_object(task, struct resolve, task));
}

static void on_timeout(struct timer *timer) {
    struct resolve *resolve = list_object(timer, struct resolve, timer);

    list_remove(&resolve->link);
    resolve->status = ETIMEDOUT;
    end(resolve);
}

static void note_full(struct resolver_state *state) {
    if (state->full_ms == 0 || clock_ms() - state->full_ms >= RESOLVER_FULL_MS) {
        state->full_ms = clock_ms();
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL, "%d names are being resolved already",
                  RESOLVER_NAMES_MAX);
    }
}

void resolve_start(struct resolve *resolve, const struct resolver_settings *settings,
                   struct str name, struct arena *arena,
                   void (*on_done)(struct resolve *resolve)) {
    struct name *found = NULL;
    char room[DNS_NAME_MAX];
    struct str text = normal_form(name, room);

    *resolve = (struct resolve){ .arena = arena, .owner = resolve->owner, .on_done = on_done,
                                 .is_active = true };
    list_init(&resolve->link);
    task_init(&resolve->task, on_task);
    timer_init(&resolve->timer, on_timeout);
    if (text.len == 0) {
        done_with(resolve, DNS_NO_NAME);
        return;
    }
    found = get_name(state_of(settings->resolver), text);
    if (found != NULL) {
        wait_for(found, resolve, settings->timeout_ms);
    } else {
        note_full(settings->resolver->state);
        done_with(resolve, DNS_SERVER_FAILURE);
    }
}

void resolve_cancel(struct resolve *resolve) {
    if (resolve->is_active) {
        resolve->is_active = false;
        list_remove(&resolve->link);
        task_cancel(&resolve->task);
        timer_fini(&resolve->timer);
    }
}
