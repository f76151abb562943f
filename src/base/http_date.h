/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_date - times as HTTP writes them (RFC 9110 section 5.6.7), to and from seconds since 1970.
 *
 *     Sun, 06 Nov 1994 08:49:37 GMT      what is written
 *     Sunday, 06-Nov-94 08:49:37 GMT     RFC 850, read only
 *     Sun Nov  6 08:49:37 1994           asctime(), read only
 */
#ifndef WEIR_BASE_HTTP_DATE_H
#define WEIR_BASE_HTTP_DATE_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { HTTP_DATE_LEN = 29 };

/* The last second that can be written: of the year 9999. */
#define HTTP_DATE_MAX INT64_C(253402300799)

/*
 * Reads all three forms; pure. False for what is none of them or no day of the calendar. The name
 * of the weekday must be one but need not be right. now decides which century a year of two digits
 * means: one over 50 years ahead lies in the past.
 */
bool parse_http_date(struct str text, int64_t now, int64_t *seconds);

/* Writes the first form; no NUL byte follows. seconds is from 0 to HTTP_DATE_MAX. */
void format_http_date(int64_t seconds, char text[HTTP_DATE_LEN]);

#endif
