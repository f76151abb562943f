/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * password - passwords as files of users have them (htpasswd), and such files.
 *
 * Both take their time, some ms to seconds by the kind of hash, and the file has to be read: they
 * are for event/offload. They use neither arenas nor bufs, any thread may ask.
 */
#ifndef WEIR_NET_PASSWORD_H
#define WEIR_NET_PASSWORD_H

#include "base/str.h"

#include <stdbool.h>

enum {
    PASSWORD_MAX = 512,     /* bytes of one; a longer one fits nothing */
    PASSWORD_HASH_MAX = 384 /* what libcrypt makes at most */
};

/* Whether it is the one: {PLAIN}, {SHA}, {SSHA}, $apr1$, else whatever crypt(3) knows. How long it
 * takes does not tell how much of it was right. */
bool password_fits(struct str password, struct str hash);

enum password_result {
    PASSWORD_RIGHT,
    PASSWORD_WRONG,
    PASSWORD_NO_USER,
    PASSWORD_NO_FILE /* errno: it cannot be read */
};

/* The first line of the file that begins with "user:" decides. */
enum password_result password_in_file(const char *path, struct str user, struct str password);

#endif
