/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conn_priv - what the rest of net knows about conns.
 */
#ifndef WEIR_NET_CONN_PRIV_H
#define WEIR_NET_CONN_PRIV_H

#include "net/conn.h"

/* Called for every conn that closes, when its descriptor is free already; NULL: nobody listens. */
void conn_set_on_close(void (*on_close)(const struct conn *conn));

/* Notes on the conn why a read gave nothing: for now (CONN_AGAIN) or for good. */
void conn_stop_reading(struct conn *conn, enum conn_result why);

/* From now on a panic tells of conn_at_hand. Idempotent. */
void conn_dump_start(void);

#endif
