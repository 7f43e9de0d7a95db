/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/differ_file.h - a configuration as sections of lines, whichever file
 * it is from. Sections of the same words and name are told apart by their
 * order: there may be several anonymous `defaults`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "conf/line.h"

struct proxy_conf;
struct strbuf;
struct vrrp_conf;

struct differ_line {
	const char *within;		/* the blocks around it, "virtual_ipaddress"; "" */
	const struct conf_line *line;
	uint32_t hash;			/* of all its words */
	bool keyed;			/* its second word says which thing
					 * it is: a server, a bind */
};

struct differ_section {
	const struct conf_line *head;
	unsigned number;		/* from 1, of those of this kind and name */
	unsigned defaults;		/* the section's index of those that hold
					 * for it; own index: none */
	bool names_defaults;		/* its head does */
	bool drains;			/* it serves: its connections end by themselves */
	struct differ_line *lines;	/* without the head */
	unsigned count, room;
};

struct differ_file {
	struct differ_section *sections;
	unsigned count, room;
	char **texts;			/* of `within` */
	unsigned text_count;
};

/* Both borrow the lines of the configuration. They abort without memory. */
void differ_file_proxy(const struct proxy_conf *conf, struct differ_file *ret);
void differ_file_vrrp(const struct vrrp_conf *conf, struct differ_file *ret);
void differ_file_free(struct differ_file *file);

/* Word `at`, or "". */
const char *differ_word(const struct conf_line *line, unsigned at);

bool differ_same_line(const struct differ_line *a, const struct differ_line *b);

/* Whether they are of one kind, name and number. */
bool differ_same_section(const struct differ_section *a, const struct differ_section *b);

/* "backend app", "defaults, the second without a name". */
void differ_section_name(const struct differ_section *section, struct strbuf *text);

/* The words of a line, those with blanks in quotes. */
void differ_line_text(const struct conf_line *line, struct strbuf *text);
