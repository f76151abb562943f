/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map - a variable whose value depends on others: `map string $variable { ... }`.
 *
 * As in nginx: texts are matched without regard to case, and of several rows that match the first
 * in this order wins: the text itself; with `hostnames` the longest *.name, then the longest
 * name.*; regular expressions in order of the file (never for the empty text); default.
 */
#ifndef WEIR_EXPR_MAP_H
#define WEIR_EXPR_MAP_H

#include "conf/module.h"

extern const struct module map_module;

#endif
