/* SPDX-License-Identifier: BSD-2-Clause */
/* version - the number of this release, the one place that says it. */
#ifndef WEIR_VERSION_H
#define WEIR_VERSION_H

#define WEIR_VERSION "0.1.0"

#endif
