/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * geo - a variable whose value depends on an IP address: `geo [$address] $variable { ... }`.
 *
 * Networks in CIDR notation, of which the longest prefix that holds the address wins, or ranges
 * ("ranges;"), of which the narrowest wins. Values are plain text: a "$" in one stands for itself.
 */
#ifndef WEIR_EXPR_GEO_H
#define WEIR_EXPR_GEO_H

#include "conf/module.h"

extern const struct module geo_module;

#endif
