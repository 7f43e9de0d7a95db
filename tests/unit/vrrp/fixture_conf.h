/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/vrrp/fixture_conf.h - a keepalived.conf in memory, and what was said about it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "vrrp/conf.h"

struct fixture {
	struct diag_report *report;
	struct vrrp_conf *conf;
	struct strbuf said;
};

/* Reads `text`; the interface of tests is lo, which every machine has. */
static inline void fixture_read(struct fixture *f, const char *text, size_t len)
{
	f->report = diag_report_new();
	f->conf = vrrp_conf_read_text("k.conf", text, len, "nodea", f->report);
	f->said = STRBUF_EMPTY;
	diag_report_render(f->report, &f->said);
	if (f->said.text == NULL)
		strbuf_puts(&f->said, "");
}

static inline void fixture_close(struct fixture *f)
{
	strbuf_free(&f->said);
	diag_report_free(f->report);
	vrrp_conf_free(f->conf);
}

static inline void fixture_fine(struct fixture *f, const char *text)
{
	fixture_read(f, text, strlen(text));
	if (diag_count(f->report, DIAG_ERROR) != 0)
		fail_msg("%s", f->said.text);
}

/* The text has exactly `errors` errors and `what` is said. */
static inline void fixture_says(const char *text, unsigned errors, const char *what)
{
	struct fixture f;

	fixture_read(&f, text, strlen(text));
	if (diag_count(f.report, DIAG_ERROR) != errors || strstr(f.said.text, what) == NULL)
		fail_msg("wanted %u errors and \"%s\" for:\n%s\nsaid:\n%s", errors, what, text,
			 f.said.text);
	fixture_close(&f);
}

#define INSTANCE "vrrp_instance VI_1 {\n interface lo\n virtual_router_id 51\n"
#define ADDRESS "virtual_ipaddress {\n 10.1.1.80\n}\n"
