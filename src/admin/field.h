/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/field.h - one value of the statistics with what readers may want to
 * know of it, in HAProxy's typed and JSON forms (management manual 9.2).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

enum field_type { FIELD_S32, FIELD_U32, FIELD_U64, FIELD_TEXT };

struct field {
	unsigned position;	/* in its table, from 0 */
	const char *name;
	char tag[4];		/* origin, nature and scope: "MCP" */
	enum field_type type;
	uint64_t number;	/* FIELD_S32: as int32_t */
	const char *text;	/* FIELD_TEXT */
	const char *summary;
};

/* The value alone. */
void field_print(const struct field *field, struct strbuf *out);

/* "0.Name.1:POS:str:relevo"; `describe` adds :"summary". */
void field_typed(const struct field *field, bool describe, struct strbuf *out);

/* An object of JSON; `more` is put at its beginning ("" or members with a comma behind each). */
void field_json(const struct field *field, const char *more, struct strbuf *out);

/* The JSON schema of both tables. */
void field_schema(struct strbuf *out);
