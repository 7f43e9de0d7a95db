/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/iproute.h - reading what addresses, routes and rules of keepalived.conf
 * share with the command `ip`: lines of options that take any number of words.
 */
#pragma once

#include "nl/names.h"
#include "vrrp/keyword.h"

/* The first member of the object of rows that are read by iproute_option. */
struct iproute_words {
	unsigned took;	/* set to 2 before a row's parse is called, which may say otherwise */
	bool failed;	/* something was reported: the line is not to be used */
};

/*
 * Reads the option at words[at] by its row, a VRRP_FLAG or one with `parse`,
 * which gets all words from there on. Returns how many it took; 0: the line
 * ends after a report.
 */
unsigned iproute_option(struct vrrp_parse *parse, unsigned where, struct iproute_words *object,
			const struct conf_line *line, unsigned at);

/* The values of an option: words of its node. Each reports what is wrong, and returns false. */

/* The node's word `at`, or a report that it is missing, and NULL. */
const struct conf_word *iproute_word(struct vrrp_parse *parse, struct iproute_words *object,
				     const struct vrrp_node *node, unsigned at);
/* A whole number of at most `max`, also with 0x. */
bool iproute_number(struct vrrp_parse *parse, struct iproute_words *object,
		    const struct conf_word *word, uint64_t max, uint64_t *ret);
/* A number or a name of /etc/iproute2; `what` is for messages. */
bool iproute_name(struct vrrp_parse *parse, struct iproute_words *object,
		  const struct conf_word *word, enum nl_names names, const char *what,
		  uint32_t *ret);
/* ADDRESS[/LENGTH], `default`, `any`, `all`, `default6`; *ret_any: one that fits both families. */
bool iproute_network(struct vrrp_parse *parse, struct iproute_words *object,
		     const struct conf_word *word, struct ip *ret_ip, uint8_t *ret_len,
		     bool *ret_any);
/* REALM or REALM/REALM: where from << 16 | where to. */
bool iproute_realms(struct vrrp_parse *parse, struct iproute_words *object,
		    const struct conf_word *word, uint32_t *ret);
/* An address of `family` (0: either). */
bool iproute_ip(struct vrrp_parse *parse, struct iproute_words *object,
		const struct conf_word *word, int family, struct ip *ret);
/* An interface that this machine has. */
bool iproute_interface(struct vrrp_parse *parse, struct iproute_words *object,
		       const struct conf_word *word, const char **ret_name);
/* Reports that a value does not belong there. */
void iproute_bad(struct vrrp_parse *parse, struct iproute_words *object,
		 const struct conf_word *word, const char *format, ...) PRINTF_LIKE(4, 5);
