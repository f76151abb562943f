/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list - doubly linked lists whose links lie in the members.
 *
 * A list is a link that stands for its own head. A member that is in no list has a link that points
 * to itself (list_init), so removing twice is harmless. Nothing here allocates.
 */
#ifndef WEIR_BASE_LIST_H
#define WEIR_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

/* The object of the given type whose member the link is. */
#define list_object(link, type, member)                                                            \
    ((type *) (void *) ((char *) (link) - offsetof(type, member)))

/* Walks the links from first to last; the body may remove the link it is at. */
#define list_each(at, following, head)                                                             \
    for ((at) = (head)->next, (following) = (at)->next; (at) != (head);                            \
         (at) = (following), (following) = (at)->next)

/* For heads and members alike. */
static inline void list_init(struct list *link) {
    link->next = link->prev = link;
}

static inline bool list_is_empty(const struct list *head) {
    return head->next == head;
}

/* Whether a member is in some list. */
static inline bool list_is_linked(const struct list *link) {
    return link->next != link;
}

static inline void list_insert_between(struct list *link, struct list *prev, struct list *next) {
    link->prev = prev;
    link->next = next;
    prev->next = next->prev = link;
}

static inline void list_add_first(struct list *head, struct list *link) {
    list_insert_between(link, head, head->next);
}

static inline void list_add_last(struct list *head, struct list *link) {
    list_insert_between(link, head->prev, head);
}

static inline void list_remove(struct list *link) {
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

/* Takes the first link out and returns it; NULL if the list is empty. */
static inline struct list *list_take_first(struct list *head) {
    struct list *link = head->next;

    if (link == head) {
        return NULL;
    }
    list_remove(link);
    return link;
}

/* Moves all members of from to the empty list to. */
static inline void list_move_all(struct list *to, struct list *from) {
    list_init(to);
    if (!list_is_empty(from)) {
        list_insert_between(to, from->prev, from->next);
        list_init(from);
    }
}

#endif
