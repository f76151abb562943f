/* SPDX-License-Identifier: BSD-2-Clause */
/* lease - which control process may act for all; see lease.h. */
#include "process/lease.h"

#include "process/generation.h"
#include "process/upgrade.h"

/* The control process of another master. */
static const struct seat *control_of(pid_t master) {
    unsigned i;

    for (i = 0; i < SEATS_MAX; i++) {
        const struct seat *seat = seat_at(i);

        if (seat != NULL && seat->role == SEAT_CONTROL && seat->master_pid == master
            && seat->state == CHILD_SERVING) {
            return seat;
        }
    }
    return NULL;
}

static const struct seat *own_control(void) {
    const struct generation *serving = generation_serving();
    const struct child *control = serving != NULL ? generation_control(serving) : NULL;

    return control != NULL && control->is_ready ? control->seat : NULL;
}

void lease_settle(pid_t new_binary) {
    const struct seat *own = own_control(), *holder = seat_lease_holder();
    pid_t parent = upgrade_parent();

    if (parent != 0 && holder != NULL && holder->master_pid == parent) {
        return; /* the old binary's, as long as it keeps it */
    }
    if (own != NULL) {
        seat_set_lease(own);
    } else if (new_binary != 0) {
        seat_set_lease(control_of(new_binary));
    }
}
