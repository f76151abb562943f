/* SPDX-License-Identifier: BSD-2-Clause */
/* password - passwords as files of users have them; see password.h. */
#include "net/password.h"

#include "base/encode.h"
#include "base/heap.h"
#include "net/digest.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* As far as `given` reaches: what is secret is the other one. */
static bool is_same(struct str given, struct str secret) {
    unsigned difference = given.len != secret.len;
    size_t i;

    for (i = 0; i < given.len; i++) {
        difference |= (unsigned char) (given.data[i]
                                       ^ (secret.len > 0 ? secret.data[i % secret.len] : '\1'));
    }
    return difference == 0;
}

/* ---- {SHA}, {SSHA} ---- */

/* base64 of the hash and of the salt behind it. */
static bool fits_sha(struct str password, struct str text, bool has_salt) {
    char bytes[PASSWORD_HASH_MAX], made[DIGEST_SHA1_SIZE];
    struct str parts[2];
    size_t len;

    if (!decode_base64(text, bytes, &len) || len < DIGEST_SHA1_SIZE
        || (!has_salt && len > DIGEST_SHA1_SIZE)) {
        return false;
    }
    parts[0] = password;
    parts[1] = str_make(bytes + DIGEST_SHA1_SIZE, len - DIGEST_SHA1_SIZE);
    return digest_of(DIGEST_SHA1, parts, 2, made)
        && is_same(str_make(made, sizeof(made)), str_make(bytes, sizeof(made)));
}

/* ---- $apr1$ ---- */

enum { APR1_ROUNDS = 1000, APR1_SALT_MAX = 8, APR1_TEXT = 22 };

/* What is hashed first: password, magic and salt, then as many bytes of `mixed` as the password
 * has, then a byte for each bit of its length. */
static bool apr1_begin(struct str password, struct str salt, struct str mixed, char *out) {
    struct str parts[3 + PASSWORD_MAX / DIGEST_MD5_SIZE + 1 + 16];
    unsigned count = 0;
    size_t left;

    parts[count++] = password;
    parts[count++] = STR("$apr1$");
    parts[count++] = salt;
    for (left = password.len; left > 0; left -= parts[count - 1].len) {
        parts[count++] = str_first(mixed, left);
    }
    for (left = password.len; left > 0; left >>= 1) {
        parts[count++] = (left & 1) != 0 ? str_make("", 1) : str_first(password, 1);
    }
    return digest_of(DIGEST_MD5, parts, count, out);
}

static bool apr1_round(unsigned round, struct str password, struct str salt, char *hash) {
    struct str before = str_make(hash, DIGEST_MD5_SIZE), parts[4];
    unsigned count = 0;

    parts[count++] = (round & 1) != 0 ? password : before;
    if (round % 3 != 0) {
        parts[count++] = salt;
    }
    if (round % 7 != 0) {
        parts[count++] = password;
    }
    parts[count++] = (round & 1) != 0 ? before : password;
    return digest_of(DIGEST_MD5, parts, count, hash);
}

/* Six bits a character, the lowest first, of three bytes that lie apart. */
static void apr1_write(const char *hash, char *text) {
    static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static const unsigned char order[][3] = { { 0, 6, 12 }, { 1, 7, 13 }, { 2, 8, 14 },
                                              { 3, 9, 15 }, { 4, 10, 5 } };
    const unsigned char *bytes = (const unsigned char *) hash;
    unsigned i, j, bits;

    for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        bits = (unsigned) bytes[order[i][0]] << 16 | (unsigned) bytes[order[i][1]] << 8
            | bytes[order[i][2]];
        for (j = 0; j < 4; j++, bits >>= 6) {
            *text++ = digits[bits & 63];
        }
    }
    *text++ = digits[bytes[11] & 63];
    *text = digits[bytes[11] >> 6];
}

/* text: "salt$hash". */
static bool fits_apr1(struct str password, struct str text) {
    char hash[DIGEST_MD5_SIZE], made[APR1_TEXT];
    struct str salt = str_first(str_first(text, str_find_char(text, '$')), APR1_SALT_MAX);
    struct str given = str_from_byte(text, str_find_char(text, '$'));
    struct str parts[3] = { password, salt, password };
    unsigned round;

    if (!digest_of(DIGEST_MD5, parts, 3, hash)
        || !apr1_begin(password, salt, str_make(hash, sizeof(hash)), hash)) {
        return false;
    }
    for (round = 0; round < APR1_ROUNDS; round++) {
        if (!apr1_round(round, password, salt, hash)) {
            return false;
        }
    }
    apr1_write(hash, made);
    return given.len > 0 && is_same(str_make(made, sizeof(made)), str_from_byte(given, 1));
}

/* ---- crypt(3) ---- */

static void copy_text(char *to, struct str from) {
    if (from.len > 0) {
        memcpy(to, from.data, from.len);
    }
    to[from.len] = '\0';
}

static bool fits_crypt(struct str password, struct str hash) {
    char key[PASSWORD_MAX + 1], setting[PASSWORD_HASH_MAX + 1];
    void *data = NULL;
    int size = 0;
    const char *made;
    bool is_fit;

    if (password.len > 0 && memchr(password.data, '\0', password.len) != NULL) {
        return false; /* crypt() would not see the rest */
    }
    copy_text(key, password);
    copy_text(setting, hash);
    made = crypt_ra(key, setting, &data, &size);
    is_fit = made != NULL && made[0] != '*' && is_same(str_from(made), hash);
    explicit_bzero(key, sizeof(key));
    if (data != NULL) {
        explicit_bzero(data, (size_t) size);
    }
    heap_free(data);
    return is_fit;
}

bool password_fits(struct str password, struct str hash) {
    if (password.len > PASSWORD_MAX || hash.len > PASSWORD_HASH_MAX) {
        return false;
    }
    if (str_starts(hash, STR("{PLAIN}"))) {
        return is_same(password, str_from_byte(hash, 7));
    }
    if (str_starts(hash, STR("{SHA}"))) {
        return fits_sha(password, str_from_byte(hash, 5), false);
    }
    if (str_starts(hash, STR("{SSHA}"))) {
        return fits_sha(password, str_from_byte(hash, 6), true);
    }
    if (str_starts(hash, STR("$apr1$"))) {
        return fits_apr1(password, str_from_byte(hash, 6));
    }
    return hash.len > 0 && fits_crypt(password, hash);
}

/* ---- files ---- */

/* A walk over the file, byte by byte. */
struct search {
    struct str user;
    enum { SEARCH_USER, SEARCH_HASH, SEARCH_SKIP, SEARCH_FOUND } state;
    size_t matched;                   /* bytes of the user's name in this line */
    char hash[PASSWORD_HASH_MAX + 1]; /* one more: too long */
    size_t hash_len;
};

static bool is_line_end(char c) {
    return c == '\n' || c == '\r';
}

static void look_at(struct search *search, char c) {
    switch (search->state) {
    case SEARCH_USER:
        if (is_line_end(c)) {
            search->matched = 0;
        } else if (c == ':' && search->matched == search->user.len) {
            search->state = SEARCH_HASH;
        } else if (search->matched < search->user.len && c == search->user.data[search->matched]
                   && (search->matched > 0 || c != '#')) {
            search->matched++;
        } else {
            search->state = SEARCH_SKIP;
        }
        break;
    case SEARCH_HASH:
        if (is_line_end(c) || c == ':') {
            search->state = SEARCH_FOUND;
        } else if (search->hash_len < sizeof(search->hash)) {
            search->hash[search->hash_len++] = c;
        }
        break;
    case SEARCH_SKIP:
        if (is_line_end(c)) {
            search->state = SEARCH_USER;
            search->matched = 0;
        }
        break;
    case SEARCH_FOUND:
        break;
    }
}

/* 0 at the file's end, or when it was found; else errno. */
static int search_file(struct search *search, int fd) {
    char bytes[4096];
    ssize_t n, i;

    for (;;) {
        n = read(fd, bytes, sizeof(bytes));
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return n == 0 ? 0 : errno;
        }
        for (i = 0; i < n; i++) {
            look_at(search, bytes[i]);
        }
        if (search->state == SEARCH_FOUND) {
            return 0;
        }
    }
}

enum password_result password_in_file(const char *path, struct str user, struct str password) {
    struct search search = { .user = user };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), error;

    if (fd < 0) {
        return PASSWORD_NO_FILE;
    }
    error = search_file(&search, fd);
    close(fd);
    if (error != 0) {
        errno = error;
        return PASSWORD_NO_FILE;
    }
    if (search.state != SEARCH_FOUND && search.state != SEARCH_HASH) {
        return PASSWORD_NO_USER;
    }
    return password_fits(password, str_make(search.hash, search.hash_len)) ? PASSWORD_RIGHT
                                                                           : PASSWORD_WRONG;
}
