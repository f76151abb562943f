/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * split_clients - a variable whose value is picked by the hash of a text.
 *
 * The same text goes to the same part in http and in stream, in every run, and in nginx.
 */
#ifndef WEIR_EXPR_SPLIT_CLIENTS_H
#define WEIR_EXPR_SPLIT_CLIENTS_H

#include "conf/module.h"

extern const struct module split_clients_module;

/* MurmurHash2 (Austin Appleby's, public domain), 32 bits, seed 0. */
uint32_t murmur_hash2(struct str bytes);

#endif
