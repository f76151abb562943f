/* SPDX-License-Identifier: BSD-2-Clause */
/* manual - entries of the manual from the rows of directives; see manual.h. */
#include "conf/manual.h"

#include "conf/conf_priv.h"

/* The kinds of blocks that can be opened at all: the rows name more than this build may have. */
static uint32_t contexts_of(const struct module *const *modules) {
    uint32_t where = CONF_MAIN;

    for (; *modules != NULL; modules++) {
        const struct directive *at = (*modules)->directives;

        for (; at != NULL && at->name != NULL; at++) {
            where |= directive_inside(at);
        }
    }
    return where;
}

/* Rows that say the same but for where they may stand. */
struct entry {
    const struct module *module;
    const struct directive *directive;
    uint32_t where;
    struct entry *next;
};

static bool is_same_text(const char *a, const char *b) {
    return str_equal(str_from(a), str_from(b));
}

static bool is_same_entry(const struct directive *a, const struct directive *b) {
    return is_same_text(a->syntax, b->syntax) && is_same_text(a->initial, b->initial)
        && is_same_text(a->help, b->help);
}

static void add_entry(struct arena *arena, struct entry **entries, const struct entry *added) {
    struct entry *entry;

    for (; *entries != NULL; entries = &(*entries)->next) {
        if (is_same_entry((*entries)->directive, added->directive)) {
            (*entries)->where |= added->where;
            return;
        }
    }
    entry = arena_alloc(arena, sizeof(*entry));
    *entry = *added;
    *entries = entry;
}

static struct str default_of(struct arena *arena, const struct directive *directive) {
    return directive->initial == NULL
        ? STR("none") : arena_print(arena, "%s %s;", directive->name, directive->initial);
}

static void format_entry(struct arena *arena, const struct entry *entry, struct buf *to) {
    const struct directive *directive = entry->directive;
    struct str text = arena_print(arena, "Syntax:   %s\nDefault:  %s\nContext:  %s\n"
                                  "Module:   %s\n\n    %s\n",
                                  syntax_of(arena, directive).data,
                                  default_of(arena, directive).data,
                                  where_names(arena, entry->where, ", ").data,
                                  entry->module->name,
                                  directive->help != NULL ? directive->help : "");

    buf_append(to, text, BUF_SIZE_MAX);
}

static void append_entries(struct arena *arena, const struct entry *entries, struct buf *to) {
    const struct entry *entry;

    for (entry = entries; entry != NULL; entry = entry->next) {
        buf_append(to, entry == entries ? STR("") : STR("\n"), BUF_SIZE_MAX);
        format_entry(arena, entry, to);
    }
}

static void append_unknown(const struct nearest *nearest, struct buf *to) {
    buf_append(to, STR("weir: unknown directive \""), BUF_SIZE_MAX);
    buf_append(to, nearest->name, BUF_SIZE_MAX);
    if (nearest->found != NULL) {
        buf_append(to, STR("\", did you mean \""), BUF_SIZE_MAX);
        buf_append(to, str_from(nearest->found), BUF_SIZE_MAX);
        buf_append(to, STR("\"?\n"), BUF_SIZE_MAX);
    } else {
        buf_append(to, STR("\"\n"), BUF_SIZE_MAX);
    }
}

bool manual_format(const struct module *const *modules, const char *name, struct buf *to) {
    uint32_t contexts = contexts_of(modules);
    struct entry *entries = NULL;
    struct nearest nearest;
    struct arena arena;

    arena_init(&arena);
    nearest_init(&nearest, str_from(name));
    for (; *modules != NULL; modules++) {
        const struct directive *at = (*modules)->directives;

        for (; at != NULL && at->name != NULL; at++) {
            nearest_consider(&nearest, at->name);
            if (strcmp(name, at->name) == 0) {
                add_entry(&arena, &entries,
                          &(struct entry){ *modules, at, at->where & contexts, NULL });
            }
        }
    }
    if (entries != NULL) {
        append_entries(&arena, entries, to);
    } else {
        append_unknown(&nearest, to);
    }
    arena_fini(&arena);
    return entries != NULL;
}

void manual_list(const struct module *const *modules, struct buf *to) {
    uint32_t contexts = contexts_of(modules);
    struct arena arena;

    arena_init(&arena);
    for (; *modules != NULL; modules++) {
        const struct directive *at = (*modules)->directives;

        for (; at != NULL && at->name != NULL; at++) {
            buf_append(to, arena_print(&arena, "%s\t%s\t%s\t%s\n", at->name,
                                       where_names(&arena, at->where & contexts, ",").data,
                                       at->initial != NULL ? at->initial : "",
                                       at->help != NULL ? at->help : ""), BUF_SIZE_MAX);
        }
    }
    arena_fini(&arena);
}
