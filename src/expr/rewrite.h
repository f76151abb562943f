/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rewrite - one line `rewrite regex replacement [last | break | redirect | permanent]`: a path that
 * matches becomes another one, or a redirect.
 */
#ifndef WEIR_EXPR_REWRITE_H
#define WEIR_EXPR_REWRITE_H

#include "expr/variable.h"

/* How the script goes on after a match. */
enum rewrite_flag {
    REWRITE_NEXT,    /* with its next step */
    REWRITE_LAST,    /* it ends; a location is searched for the new path */
    REWRITE_BREAK,   /* it ends; the location stays */
    REWRITE_REDIRECT /* it ends; the client is sent elsewhere */
};

/* What a rewrite looks at. The texts live as long as the scope. */
struct rewrite_request {
    struct str path;  /* as expressions see it: the normal form, decoded */
    struct str args;  /* behind the "?", without it */
    bool was_escaped; /* the target as sent had a "%XX" or a "+" in its path */
};

/* What became of it. In the scope's arena. */
struct rewrite_result {
    enum rewrite_flag flag;
    struct str path, args; /* not of a redirect */
    bool sets_args;        /* the replacement has some, be they empty */
    struct str url;        /* of a redirect: perhaps without scheme and host */
    unsigned status;       /* of a redirect */
};

struct rewrite;

/* Compiles a line; NULL with an error at the word that is wrong. */
const struct rewrite *rewrite_compile(struct conf *conf, const struct conf_block *block,
                                      const struct conf_line *line);

/*
 * Whether the path matches; sets the scope's captures and named groups then, and leaves no captures
 * otherwise. As in nginx: the request's arguments follow those of the replacement unless that ends
 * in "?"; a capture is escaped in arguments and redirects if the request's path was; a redirect is
 * unescaped up to its arguments where that is harmless. The new path may be empty, an error of the
 * configuration that shows only now (500).
 */
bool rewrite_run(const struct rewrite *rewrite, struct scope *scope,
                 const struct rewrite_request *request, struct rewrite_result *result);

#endif
