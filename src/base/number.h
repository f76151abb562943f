/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * number - checked arithmetic on sizes, and the one place where digits become numbers.
 *
 * Parsers take a whole str: anything but the number in it is refused, signs and blanks too.
 */
#ifndef WEIR_BASE_NUMBER_H
#define WEIR_BASE_NUMBER_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Sums and products of sizes; an overflow is a bug and ends the process. */
size_t size_add(size_t a, size_t b);
size_t size_mul(size_t a, size_t b);

/* Room for the longest uint64_t in decimal. */
enum { NUMBER_DIGITS_MAX = 20 };

/* Decimal digits to a number of at most max. False when empty, not digits only, or larger. */
bool parse_decimal(struct str digits, uint64_t max, uint64_t *number);

/* The same for a decimal number with an optional leading minus, from min to max. */
bool parse_signed(struct str digits, int64_t min, int64_t max, int64_t *number);

/* Content-Length: 1*DIGIT up to 2^63-1 (RFC 9110 section 8.6). */
bool parse_content_length(struct str digits, uint64_t *length);

/* A TCP or UDP port, 1 to 65535. */
bool parse_port(struct str digits, uint16_t *port);

/*
 * A number with up to 3 decimals, scaled by 1000: "2.5" gives 2500. False for more decimals, or a
 * result over max.
 */
bool parse_thousandths(struct str text, uint64_t max, uint64_t *thousandths);

/* Value of a hexadecimal digit, or -1. */
int hex_digit(char c);

/* Writes number in decimal to text (NUMBER_DIGITS_MAX bytes); returns the number of digits. */
size_t format_decimal(char *text, uint64_t number);

/* The same in lower-case hexadecimal without leading zeros; at most 16 digits. */
size_t format_hex(char *text, uint64_t number);

#endif
