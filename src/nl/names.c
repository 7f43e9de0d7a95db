/* SPDX-License-Identifier: Apache-2.0 */
/* nl/names.c - see names.h. */
#include "nl/names.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_LINE = 512, NAMES_PATH = 4096 };

struct names_number {
	const char *name;
	uint32_t number;
};

static const struct names_number names_tables[] = {
	{ "unspec", RT_TABLE_UNSPEC }, { "default", RT_TABLE_DEFAULT }, { "main", RT_TABLE_MAIN },
	{ "local", RT_TABLE_LOCAL }, { NULL, 0 },
};

static const struct names_number names_protocols[] = {
	{ "unspec", RTPROT_UNSPEC }, { "redirect", RTPROT_REDIRECT }, { "kernel", RTPROT_KERNEL },
	{ "boot", RTPROT_BOOT }, { "static", RTPROT_STATIC }, { "ra", RTPROT_RA },
	{ "dhcp", RTPROT_DHCP }, { "keepalived", RTPROT_KEEPALIVED }, { NULL, 0 },
};

static const struct names_number names_scopes[] = {
	{ "global", RT_SCOPE_UNIVERSE }, { "site", RT_SCOPE_SITE }, { "link", RT_SCOPE_LINK },
	{ "host", RT_SCOPE_HOST }, { "nowhere", RT_SCOPE_NOWHERE }, { NULL, 0 },
};

static const struct names_number names_none[] = { { NULL, 0 } };

static const struct names_number names_groups[] = { { "default", 0 }, { NULL, 0 } };

static const struct {
	const char *file;
	uint32_t max;
	const struct names_number *known;
} names_kinds[] = {
	[NL_NAMES_TABLE] = { "rt_tables", UINT32_MAX, names_tables },
	[NL_NAMES_PROTOCOL] = { "rt_protos", 255, names_protocols },
	[NL_NAMES_SCOPE] = { "rt_scopes", 255, names_scopes },
	[NL_NAMES_REALM] = { "rt_realms", 255, names_none },
	[NL_NAMES_DSFIELD] = { "rt_dsfield", 255, names_none },
	[NL_NAMES_GROUP] = { "group", INT32_MAX, names_groups },
};

bool nl_number(const char *text, uint64_t max, uint64_t *ret)
{
	unsigned long long value;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno != 0 || *end != '\0' || value > max)
		return false;
	*ret = value;
	return true;
}

/* Looks for `NUMBER NAME` in an open file. */
static bool names_in_file(FILE *file, const char *text, uint32_t max, uint32_t *ret)
{
	char line[NAMES_LINE], *rest;

	while (fgets(line, sizeof(line), file) != NULL) {
		char *number = strtok_r(line, " \t\n", &rest);
		char *name = strtok_r(NULL, " \t\n", &rest);
		uint64_t value;

		if (name == NULL || strcmp(name, text) != 0 || !nl_number(number, max, &value))
			continue;
		*ret = (uint32_t)value;
		return true;
	}
	return false;
}

static bool names_in_path(const char *path, const char *text, uint32_t max, uint32_t *ret)
{
	FILE *file = fopen(path, "re");
	bool found = file != NULL && names_in_file(file, text, max, ret);

	if (file != NULL)
		fclose(file);
	return found;
}

/* DIRECTORY/FILE, then DIRECTORY/FILE.d/NAME.conf. */
static bool names_in_directory(const char *directory, const char *file, const char *text,
			       uint32_t max, uint32_t *ret)
{
	char path[NAMES_PATH], inner[NAMES_PATH + 300];
	const struct dirent *entry;
	bool found;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	if (names_in_path(path, text, max, ret))
		return true;
	snprintf(path, sizeof(path), "%s/%s.d", directory, file);
	dir = opendir(path);
	found = false;
	while (dir != NULL && !found && (entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);

		if (len < 6 || strcmp(entry->d_name + len - 5, ".conf") != 0)
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
		found = names_in_path(inner, text, max, ret);
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

bool nl_name_find(enum nl_names kind, const char *text, const struct nl_name_dirs *dirs,
		  uint32_t *ret)
{
	const char *etc = dirs != NULL && dirs->etc != NULL ? dirs->etc : "/etc/iproute2";
	const char *usr = dirs != NULL && dirs->usr != NULL ? dirs->usr : "/usr/share/iproute2";
	const char *file = names_kinds[kind].file;
	uint32_t max = names_kinds[kind].max;
	uint64_t value;

	if (nl_number(text, max, &value)) {
		*ret = (uint32_t)value;
		return true;
	}
	for (const struct names_number *known = names_kinds[kind].known; known->name != NULL;
	     known++)
		if (strcmp(known->name, text) == 0) {
			*ret = known->number;
			return true;
		}
	return names_in_directory(etc, file, text, max, ret) ||
	       names_in_directory(usr, file, text, max, ret);
}
