/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exchange_dump - the exchange at hand, told by a worker that ends by a failed CHECK().
 *
 * It is the one that an event came to last. A bug in the codec between two events may be another
 * connection's; so the line says which connection it speaks of.
 */
#ifndef WEIR_HTTP_EXCHANGE_DUMP_H
#define WEIR_HTTP_EXCHANGE_DUMP_H

struct exchange;

/* Set with each event; NULL once that exchange is freed. */
extern const struct exchange *exchange_at_hand;

/* From start to stop a panic prints connection, step, status, request line and server of the
 * exchange at hand. */
void exchange_dump_start(void);
void exchange_dump_stop(void);

#endif
