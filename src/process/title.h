/* SPDX-License-Identifier: BSD-2-Clause */
/* title - what ps shows for a process: "weir: worker process". */
#ifndef WEIR_PROCESS_TITLE_H
#define WEIR_PROCESS_TITLE_H

/* Once, first thing in main(): moves arguments and environment away, so that their room can be
 * written over. argv[i] point to the copies afterwards. */
void title_init(int argc, char **argv);

/* "weir: " and text. */
void title_set(const char *text);

#endif
