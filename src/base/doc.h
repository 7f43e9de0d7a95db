/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/doc.h - what the manual says about one row of a table.
 *
 * Every word a user can type is a const row that begins with a struct doc;
 * help, suggestions and the reference manual are printed from it.
 */
#pragma once

struct doc {
	const char *name;	/* as the user types it; may hold several words */
	const char *summary;	/* one sentence with a full stop */
	const char *example;	/* a configuration line; the tests parse it */
	const char *since;	/* first relevo release that had it */
};
