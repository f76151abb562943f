/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * media_types - `types { text/html html htm; ... }`: the media type of a file by its extension.
 *
 * Several blocks at one level add up; one at a deeper level replaces all of them, an empty one too.
 * Where there is none, .html, .gif and .jpg are known.
 */
#ifndef WEIR_EXPR_MEDIA_TYPES_H
#define WEIR_EXPR_MEDIA_TYPES_H

#include "conf/module.h"

struct media_types;

/* A struct media_types * from the blocks of a level, for a row that is INHERIT_LIST. */
extern const struct conf_type conf_type_media_types;

/* What follows the last "." of the last part of a path; empty if that has none, or just begins with
 * one. */
struct str media_extension(struct str path);

/* The type of an extension, whose case has no meaning; STR_NONE if it is unknown. types is NULL
 * where there was no block. */
struct str media_type_of(const struct media_types *types, struct str extension);

#endif
