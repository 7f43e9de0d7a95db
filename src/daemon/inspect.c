/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/inspect.c - see inspect.h. */
#include "daemon/inspect.h"

#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/cli.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "diag/report.h"
#include "proxy/conf.h"

/* ---- conditions ---- */

int inspect_condition(const char *text)
{
	struct diag_report *report = diag_report_new();
	struct strbuf said = STRBUF_EMPTY;
	int holds = proxy_conf_judge(text, report);

	diag_report_render(report, &said);
	if (said.len > 0)
		fwrite(said.text, 1, said.len, stderr);
	strbuf_free(&said);
	diag_report_free(report);
	return holds < 0 ? 2 : holds == 0;
}

/* ---- words ---- */

static const struct keyword_class {
	const char *name, *what;
	const char *registered;		/* the same in the list's heading; NULL: `what` */
} classes[] = {
	{ "acl", "ACL keywords", NULL },
	{ "cfg", "configuration keywords", NULL },
	{ "cli", "CLI keywords", NULL },
	{ "cnv", "sample converter keywords", "sample converter functions" },
	{ "flt", "filter names", NULL },
	{ "smp", "sample fetch functions", NULL },
	{ "svc", "service names", NULL },
};

static void print_class_names(void)
{
	printf("# List of supported keyword classes:\nall: list all keywords\n");
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		printf("%s: %s\n", classes[i].name, classes[i].what);
}

static void print_class(const struct keyword_class *class)
{
	printf("# List of registered %s:\n",
	       class->registered != NULL ? class->registered : class->what);
	if (strcmp(class->name, "cli") == 0)
		admin_cli_list(stdout);
	else
		proxy_conf_list(class->name, stdout);
}

static bool is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

void inspect_keywords(const char *text)
{
	if (*text == '\0')
		print_class_names();
	for (const char *end; *text != '\0'; text = *end == ',' ? end + 1 : end) {
		end = strchrnul(text, ',');

		size_t len = (size_t)(end - text);
		bool all = is_word(text, len, "all");

		if (is_word(text, len, "help"))
			print_class_names();
		for (size_t i = 0; i < ARRAY_LEN(classes); i++)
			if (all || is_word(text, len, classes[i].name))
				print_class(&classes[i]);
	}
}

/* ---- libraries ---- */

static int print_library(struct dl_phdr_info *info, size_t size, void *context)
{
	if (info->dlpi_name != NULL && info->dlpi_name[0] == '/')
		printf("%s\n", info->dlpi_name);
	return 0;
}

void inspect_libraries(void)
{
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len > 0)
		printf("%.*s\n", (int)len, self);
	dl_iterate_phdr(print_library, NULL);
}

/* ---- memory ---- */

static const char *const poison_nothing[] = {
	"fail", "no-fail", "no-merge", "merge", "cold-first", "hot-first", "integrity",
	"no-integrity", "no-global", "global", "no-cache", "cache", "caller", "no-caller", "tag",
	"no-tag", NULL,
};

void inspect_poison_help(void)
{
	printf("-dM alone fills memory from malloc with the byte 0x50; a number behind it is\n"
	       "another byte, 0 to 254. After a comma 'poison' and 'no-poison' switch it on and "
	       "off.\n"
	       "These are taken and change nothing, since there are no pools of that kind:\n");
	for (const char *const *word = poison_nothing; *word != NULL; word++)
		printf("  %s\n", *word);
}

/* glibc fills with the complement of what it is told, and takes 0 as off. */
static void poison_with(long byte)
{
	mallopt(M_PERTURB, (int)(~byte & 0xff));
}

/* 1 on, 0 off, -1 changes nothing, -2 unknown. */
static int poison_word(const char *text, size_t len)
{
	if (is_word(text, len, "poison"))
		return 1;
	if (is_word(text, len, "no-poison"))
		return 0;
	for (const char *const *word = poison_nothing; *word != NULL; word++)
		if (is_word(text, len, *word))
			return -1;
	return -2;
}

static int poison_wrong(const char *what, size_t len)
{
	fprintf(stderr, "relevo: -dM: '%.*s' is none of its words; -dMhelp lists them\n", (int)len,
		what);
	return -EINVAL;
}

int inspect_poison(const char *text)
{
	char *after;
	long byte = strtol(text, &after, 0);
	bool given = after != text, on = given || *text == '\0';
	const char *at = given && *after == ',' ? after + 1 : after;

	if (given && (byte < 0 || byte > 254)) /* glibc cannot fill with 255 */
		return poison_wrong(text, (size_t)(after - text));
	for (const char *end; *at != '\0'; at = *end == ',' ? end + 1 : end) {
		end = strchrnul(at, ',');

		int what = poison_word(at, (size_t)(end - at));

		if (what == -2)
			return poison_wrong(at, (size_t)(end - at));
		on = what >= 0 ? what == 1 : on;
	}
	if (on)
		poison_with(given ? byte : 'P');
	return 0;
}
