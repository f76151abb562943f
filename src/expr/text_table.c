/* SPDX-License-Identifier: BSD-2-Clause */
/* text_table - texts to pointers; see text_table.h. */
#include "expr/text_table.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/number.h"
#include "base/panic.h"

enum { CACHE_LINE = 64, SLOT_TEXT_MAX = 48, SLOTS_MIN = 8 };

struct text_slot {
    const void *value; /* NULL: free */
    uint32_t hash;
    uint32_t len;
    union {
        char near[SLOT_TEXT_MAX];
        const char *far; /* a longer text */
    };
};

_Static_assert(sizeof(struct text_slot) == CACHE_LINE, "a row is a cache line");

void text_table_init(struct text_table *table) {
    *table = (struct text_table){ .slots = NULL };
}

void text_table_fini(struct text_table *table) {
    heap_free(table->memory);
    text_table_init(table);
}

static bool slot_has(const struct text_slot *slot, struct str text, uint32_t hash) {
    const char *kept = slot->len <= SLOT_TEXT_MAX ? slot->near : slot->far;

    return slot->hash == hash && slot->len == text.len
        && (text.len == 0 || memcmp(kept, text.data, text.len) == 0);
}

/* The slot with the text, or the free one where it belongs. There is always a free one. */
static struct text_slot *find_slot(const struct text_table *table, struct str text, uint32_t hash) {
    size_t at = hash & table->mask;

    while (table->slots[at].value != NULL && !slot_has(&table->slots[at], text, hash)) {
        at = (at + 1) & table->mask;
    }
    return &table->slots[at];
}

static void grow(struct text_table *table) {
    struct text_table old = *table;
    size_t slots = old.slots != NULL ? size_mul(old.mask + 1, 2) : SLOTS_MIN, i;

    table->memory = heap_zero(slots + 1, sizeof(*table->slots));
    table->slots = (struct text_slot *) (((uintptr_t) table->memory + CACHE_LINE - 1)
                                         / CACHE_LINE * CACHE_LINE);
    table->mask = slots - 1;
    for (i = 0; old.slots != NULL && i <= old.mask; i++) {
        const struct text_slot *slot = &old.slots[i];
        size_t at = slot->hash & table->mask;

        if (slot->value == NULL) {
            continue;
        }
        while (table->slots[at].value != NULL) {
            at = (at + 1) & table->mask;
        }
        table->slots[at] = *slot;
    }
    heap_free(old.memory);
}

bool text_table_add(struct text_table *table, struct str text, const void *value) {
    uint32_t hash = (uint32_t) hash_bytes(text);
    struct text_slot *slot;

    CHECK(value != NULL && text.len <= UINT32_MAX);
    /* At most two of three slots are taken, so that runs stay short. */
    if (table->slots == NULL || (table->count + 1) * 3 > (table->mask + 1) * 2) {
        grow(table);
    }
    slot = find_slot(table, text, hash);
    if (slot->value != NULL) {
        return false;
    }
    slot->value = value;
    slot->hash = hash;
    slot->len = (uint32_t) text.len;
    if (text.len > SLOT_TEXT_MAX) {
        slot->far = text.data;
    } else if (text.len > 0) {
        memcpy(slot->near, text.data, text.len);
    }
    table->count++;
    table->text_max = text.len > table->text_max ? text.len : table->text_max;
    return true;
}

const void *text_table_find(const struct text_table *table, struct str text) {
    if (table->slots == NULL || text.len > table->text_max) {
        return NULL;
    }
    return find_slot(table, text, (uint32_t) hash_bytes(text))->value;
}
