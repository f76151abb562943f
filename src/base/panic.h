/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * panic - the end of a process that found a bug in itself.
 *
 * CHECK() states what must be true. It is always compiled in: a worker that finds it false dumps
 * the objects at hand, aborts, and the master puts another in its place.
 */
#ifndef WEIR_BASE_PANIC_H
#define WEIR_BASE_PANIC_H

#include <stddef.h>

/* CHECK(expr): ends the process when expr is false. */
#define CHECK(expr)                                                                                \
    (__builtin_expect(!(expr), 0) ? panic(__FILE__, __LINE__, __func__, #expr) : (void) 0)

/* UNREACHABLE(): a place that no legal state leads to. */
#define UNREACHABLE() panic(__FILE__, __LINE__, __func__, "unreachable")

/* Prints where and what, then what the dumpers say, then aborts. Uses no memory but the stack. */
_Noreturn void panic(const char *file, int line, const char *func, const char *what);

/* From now on SIGABRT says where in the program it came (offsets for addr2line), and who sent it;
 * without a panic before it, what the dumpers say, too. Then it ends the process as ever. */
void panic_on_abort(void);

/* What panic() writes through: a whole line without its newline. The default writes to stderr. */
void panic_set_writer(void (*write_line)(const char *line, size_t len));

/*
 * A dumper describes one living object; a chain of them is kept in the order they were added. The
 * struct is embedded in the object and must be removed before the object goes. Adding and removing
 * walk the chain: it is for the few objects of a process, not for every connection.
 */
struct panic_dumper {
    void (*dump)(const struct panic_dumper *dumper);
    struct panic_dumper *next;
};

void panic_add_dumper(struct panic_dumper *dumper);
void panic_remove_dumper(struct panic_dumper *dumper);

/* For dumpers: one formatted line through the panic writer; longer lines are cut at 512 bytes. */
void panic_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
