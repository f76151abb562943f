/* SPDX-License-Identifier: BSD-2-Clause */
/* conn_dump - the conn at hand, told by a process that ends by a failed CHECK(); see conn.h. */
#include "net/conn_priv.h"

#include "base/panic.h"

const struct conn *conn_at_hand;

/* Memory may be broken: no more is looked at than is told, and nothing is allocated. */
static void dump(const struct panic_dumper *dumper) {
    const struct conn *conn = conn_at_hand;
    char remote[ADDR_TEXT_MAX];
    int len;

    (void) dumper;
    if (conn == NULL) {
        return;
    }
    len = (int) addr_format(&conn->side->remote, remote);
    panic_print("conn: %s %llu, descriptor %d, remote %.*s, received %llu, sent %llu, held %zu, "
                "error %d,%s%s%s%s%s",
                conn->is_client ? "client" : "other", (unsigned long long) conn->side->number,
                conn->watch.fd, len, remote, (unsigned long long) conn->bytes_received,
                (unsigned long long) conn->bytes_sent, buf_len(&conn->in), conn->error,
                conn->is_readable ? " readable" : "", conn->is_writable ? " writable" : "",
                conn->has_hup ? " hup" : "", conn->is_at_end ? " ended" : "",
                conn->is_closed ? " closed" : "");
}

void conn_dump_start(void) {
    static struct panic_dumper dumper;

    if (dumper.dump == NULL) {
        dumper.dump = dump;
        panic_add_dumper(&dumper);
    }
}
