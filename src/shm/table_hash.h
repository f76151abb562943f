/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table_hash - SipHash-2-4 with 128 bits of result (Aumasson and Bernstein): the keyed hash of
 * tables.
 *
 * Other than base/hash it gives the same results in all processes that know the secret, and it may
 * stand for the bytes themselves.
 */
#ifndef WEIR_SHM_TABLE_HASH_H
#define WEIR_SHM_TABLE_HASH_H

#include "base/str.h"

#include <stdint.h>

void table_hash(const uint64_t secret[2], struct str bytes, uint64_t hash[2]);

#endif
