/* SPDX-License-Identifier: BSD-2-Clause */
/* digest - hashes of bytes; see digest.h. */
#include "net/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

bool digest_of(enum digest_kind kind, const struct str *parts, unsigned count, char *out) {
    /* Nothing is torn down at the end of a process whose threads may still be in here. */
    bool is_good = OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) == 1;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned i;

    is_good = is_good && context != NULL
        && EVP_DigestInit_ex(context, kind == DIGEST_MD5 ? EVP_md5() : EVP_sha1(), NULL) == 1;
    for (i = 0; is_good && i < count; i++) {
        is_good = EVP_DigestUpdate(context, parts[i].data, parts[i].len) == 1;
    }
    is_good = is_good && EVP_DigestFinal_ex(context, (unsigned char *) out, NULL) == 1;
    EVP_MD_CTX_free(context);
    return is_good;
}
