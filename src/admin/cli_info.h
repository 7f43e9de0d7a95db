/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_info.h - what `show info` tells of the process, by HAProxy's names
 * and in its order (management manual 9.3). One row each; a row is never taken
 * away or moved. Rows without a function are of what relevo does not have.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "admin/field.h"
#include "base/doc.h"
#include "base/strbuf.h"

struct proxy;
struct info_facts;

struct info_row {
	struct doc doc;
	const char *unit;		/* "B", "s", "%", or NULL */
	char tag[4];			/* as in columns.h */
	enum field_type type;
	bool optional;			/* of type text; not shown, but numbered, while it is "" */
	uint64_t (*number)(const struct info_facts *facts);	/* NULL: 0 */
	void (*text)(const struct info_facts *facts, char *ret, size_t size);
};

extern const struct info_row info_rows[];
extern const size_t info_row_count;

/* How busy the process was; kept between two looks. */
struct info_memory {
	uint64_t looked_us, cpu_us;
	uint32_t idle_percent;
};

struct info_answer_options {
	bool typed, json, describe, with_fractions;
};

/* The numbers by row; those of texts are 0. `ret` has room for info_row_count. */
void info_numbers(const struct proxy *proxy, struct info_memory *memory, uint64_t *ret);

void info_print(const struct proxy *proxy, struct info_memory *memory,
		const struct info_answer_options *options, struct strbuf *out);
