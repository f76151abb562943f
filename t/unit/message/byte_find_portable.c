/* SPDX-License-Identifier: BSD-2-Clause */
/* The tests of message/byte_find for machines without SSE2. */
#undef __SSE2__
#include "byte_find.c"
