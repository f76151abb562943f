/* SPDX-License-Identifier: BSD-2-Clause */
/* credentials - user and password of "Authorization: Basic ..." (RFC 7617). */
#ifndef WEIR_HTTP_CREDENTIALS_H
#define WEIR_HTTP_CREDENTIALS_H

#include "message/message.h"

struct credentials {
    struct str user, password;
};

/* Those of the request, in the arena. False: it has none, or none of this form, "user:password". */
bool parse_credentials(const struct message *request, struct arena *arena,
                       struct credentials *credentials);

#endif
