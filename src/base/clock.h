/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock - the time, read once per turn of the loop.
 *
 * clock_update() asks the kernel; everything else uses what it found. Unit tests set the time by
 * hand with clock_fake(). Two clocks: monotonic, for time-outs, and wall, for what people read.
 */
#ifndef WEIR_BASE_CLOCK_H
#define WEIR_BASE_CLOCK_H

#include "base/str.h"

#include <stdint.h>

/*
 * Reads the clock. The wall clock follows the monotonic one and is asked itself every 100 ms, so a
 * step of it shows that much later. Does nothing while the clock is faked.
 */
void clock_update(void);

/* Milliseconds of the monotonic clock at the last update; never 0. */
int64_t clock_ms(void);

/* Microseconds of the monotonic clock, asked from the kernel now (not while faked). */
int64_t clock_precise_us(void);

/* Milliseconds since 1970 at the last update. */
int64_t clock_wall_ms(void);

/*
 * The wall clock as text, made once per second; valid until the next update.
 * error log "2026/11/21 12:15:26"; access log "21/Nov/2026:12:15:26 +0000"; ISO 8601
 * "2026-11-21T12:15:26+00:00"; HTTP "Sat, 21 Nov 2026 12:15:26 GMT" (RFC 9110 section 5.6.7);
 * syslog "Nov 21 12:15:26" (RFC 3164 section 4.1.2).
 */
struct str clock_error_log_text(void);
struct str clock_access_log_text(void);
struct str clock_iso8601_text(void);
struct str clock_http_text(void);
struct str clock_syslog_text(void);

/* For tests: sets both clocks; wall_ms is also what the texts show. */
void clock_fake(int64_t monotonic_ms, int64_t wall_ms);

#endif
