/* SPDX-License-Identifier: BSD-2-Clause */
/* heartbeat - whether a process still turns its loop; see heartbeat.h. */
#include "process/heartbeat.h"

bool heartbeat_look(struct heartbeat *seen, const struct seat *seat, unsigned missed_max) {
    uint64_t turns = __atomic_load_n(&seat->beat.turns, __ATOMIC_ACQUIRE);

    if (seat->pid != seen->pid || turns != seen->turns) {
        *seen = (struct heartbeat){ .pid = seat->pid, .turns = turns };
        return false;
    }
    seen->missed++;
    if (seat->beat.is_asleep && !seen->is_rung && seen->missed >= missed_max / 3) {
        seat_ring(seat->number);
        *seen = (struct heartbeat){ seat->pid, turns, missed_max / 3, true };
    }
    return seen->missed == missed_max;
}

const struct seat *heartbeat_culprit(const struct seat *seat) {
    unsigned hops;

    for (hops = 0; hops < SEATS_MAX; hops++) {
        const struct seat *owner = seat_waits_for(seat);

        if (owner == NULL) {
            break;
        }
        seat = owner;
    }
    return seat;
}
