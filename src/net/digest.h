/* SPDX-License-Identifier: BSD-2-Clause */
/* digest - hashes of bytes, by OpenSSL. Any thread may ask. */
#ifndef WEIR_NET_DIGEST_H
#define WEIR_NET_DIGEST_H

#include "base/str.h"

#include <stdbool.h>

enum digest_kind { DIGEST_MD5, DIGEST_SHA1 };
enum { DIGEST_MD5_SIZE = 16, DIGEST_SHA1_SIZE = 20, DIGEST_SIZE_MAX = 20 };

/* The hash of the parts, one after the other, to out, which has room for it. False: this OpenSSL
 * does not do that (FIPS). */
bool digest_of(enum digest_kind kind, const struct str *parts, unsigned count, char *out);

#endif
