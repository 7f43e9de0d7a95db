/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords_checkers.c - the checks of a real_server: TCP_CHECK, HTTP_GET
 * and their kin. They are read and checked; relevo does not run them.
 */
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/hex.h"
#include "base/macros.h"
#include "vrrp/virtual_server.h"

/* Which words each kind of check has. */
static const struct checker {
	const char *name;
	unsigned where;
} checkers[] = {
	{ "TCP_CHECK", VRRP_CHECK_CONNECT },
	{ "HTTP_GET", VRRP_CHECK_CONNECT | VRRP_CHECK_HTTP },
	{ "SSL_GET", VRRP_CHECK_CONNECT | VRRP_CHECK_HTTP },
	{ "SMTP_CHECK", VRRP_CHECK_CONNECT | VRRP_CHECK_SMTP },
	{ "DNS_CHECK", VRRP_CHECK_CONNECT | VRRP_CHECK_DNS },
	{ "MISC_CHECK", VRRP_CHECK_MISC },
	{ "PING_CHECK", VRRP_CHECK_CONNECT },
	{ "UDP_CHECK", VRRP_CHECK_CONNECT | VRRP_CHECK_UDP },
	{ "BFD_CHECK", VRRP_CHECK_BFD },
	{ "FILE_CHECK", VRRP_CHECK_FILE },
};

/* --- whole checks --- */

static bool checker_has_bfd(const struct vrrp_parse *parse, const char *name)
{
	for (const struct vrrp_bfd_conf *bfd = parse->conf->bfds; bfd != NULL; bfd = bfd->next)
		if (strcmp(bfd->name, name) == 0)
			return true;
	return false;
}

static bool checker_has_file(const struct vrrp_parse *parse, const char *name)
{
	for (const struct vrrp_file_conf *file = parse->conf->files; file != NULL;
	     file = file->next)
		if (strcmp(file->name, name) == 0)
			return true;
	return false;
}

static void checker_finish(struct vrrp_parse *parse, const struct vrrp_node *node, unsigned where,
			   const struct virtual_check *check)
{
	const struct conf_word *word = &node->line.words[0];
	const char *missing = (where & VRRP_CHECK_HTTP) != 0 && check->url_count == 0 ? "url" :
			      (where & VRRP_CHECK_MISC) != 0 && check->path == NULL ? "misc_path" :
			      where == (unsigned)VRRP_CHECK_BFD && check->name == NULL ? "name" :
			      where == (unsigned)VRRP_CHECK_FILE && check->name == NULL ?
				      "track_file" : NULL;

	if (missing != NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_missing, word->span, "%s needs '%s'",
			    word->text, missing);
	else if (where == (unsigned)VRRP_CHECK_BFD && !checker_has_bfd(parse, check->name))
		vrrp_report(parse, DIAG_ERROR, &diag_unknown_name, word->span,
			    "there is no bfd_instance '%s' before this line", check->name);
	else if (where == (unsigned)VRRP_CHECK_FILE && !checker_has_file(parse, check->name))
		vrrp_report(parse, DIAG_ERROR, &diag_unknown_name, word->span,
			    "there is no track_file '%s' before this line", check->name);
	if (check->min_reply > check->max_reply)
		vrrp_report(parse, DIAG_ERROR, &diag_conflict, word->span,
			    "min_reply_length %u is above max_reply_length %u", check->min_reply,
			    check->max_reply);
}

void virtual_parse_check(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct virtual_check check = { .max_reply = 255 };

	vrrp_warn_rest(parse, &node->line, 1);
	for (size_t i = 0; i < ARRAY_LEN(checkers); i++)
		if (strcmp(checkers[i].name, node->line.words[0].text) == 0) {
			vrrp_parse_block(parse, checkers[i].where, &check, node);
			checker_finish(parse, node, checkers[i].where, &check);
		}
}

/* SMTP_CHECK's `host {`: where else to connect. */
static void checker_parse_host(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct virtual_check host = { .max_reply = 255 };

	vrrp_parse_block(parse, VRRP_CHECK_CONNECT, &host, node);
}

/* --- addresses and numbers --- */

static void checker_parse_ip(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct ip ip;

	if (vrrp_need(parse, node, 1, "connect_ip 10.1.1.81"))
		vrrp_read_ip(parse, &node->line.words[1], 0, &ip);
}

static void checker_parse_path(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	if (vrrp_need(parse, node, 1, "misc_path PATH") && vrrp_closed(parse, node))
		((struct virtual_check *)object)->path = node->escaped.words[1].text;
}

/* Hexadecimal digits in groups; with `wild` an X stands for any digit. */
static void checker_read_hex(struct vrrp_parse *parse, const struct vrrp_node *node, bool wild)
{
	for (unsigned i = 1; i < node->line.count; i++)
		for (const char *c = node->line.words[i].text; *c != '\0'; c++)
			if (hex_value(*c) < 0 && !(wild && (*c == 'X' || *c == 'x'))) {
				vrrp_report(parse, DIAG_ERROR, &diag_bad_value,
					    node->line.words[i].span,
					    "'%s' are not hexadecimal digits",
					    node->line.words[i].text);
				return;
			}
}

static void checker_parse_payload(struct vrrp_parse *parse, void *object,
				  const struct vrrp_node *node)
{
	if (vrrp_need(parse, node, 1, "payload 0102"))
		checker_read_hex(parse, node, false);
}

static void checker_parse_reply(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	checker_read_hex(parse, node, true);
}

/* --- HTTP --- */

static void checker_parse_url(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct virtual_check *check = object;
	struct virtual_url url = { .path = NULL };

	vrrp_parse_block(parse, VRRP_CHECK_URL, &url, node);
	check->url_count++;
	if (url.path == NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_missing, node->line.words[0].span,
			    "url needs a path");
}

static void checker_parse_digest(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	if (!vrrp_need(parse, node, 1, "digest 9b3a0c85a887a256d6939da88aabd8cd"))
		return;
	if (strlen(node->line.words[1].text) != 32)
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, node->line.words[1].span,
			    "a digest has 32 hexadecimal digits");
	else
		checker_read_hex(parse, node, false);
}

/* `N` or `N-N`, 100..999, any number of them. */
static void checker_parse_status(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	if (!vrrp_need(parse, node, 1, "status_code 200-299 503"))
		return;
	for (unsigned i = 1; i < node->line.count; i++) {
		const struct conf_word *word = &node->line.words[i];
		unsigned from = 0, to = 0;
		int end = 0;

		if (sscanf(word->text, "%3u%n-%3u%n", &from, &end, &to, &end) < 2)
			to = from;
		if (word->text[end] != '\0' || from < 100 || to < from)
			vrrp_report(parse, DIAG_ERROR, &diag_bad_value, word->span,
				    "'%s' is not a status from 100 to 999, or a range of them",
				    word->text);
	}
}

static void checker_parse_stack(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	int64_t bytes;

	if (vrrp_need(parse, node, 2, "regex_stack START MAX"))
		for (unsigned i = 1; i <= 2; i++)
			conf_read_int(&parse->common, &node->line.words[i], 1, INT32_MAX, &bytes);
}

static void checker_parse_regex_options(struct vrrp_parse *parse, void *object,
					const struct vrrp_node *node)
{
	static const char *const names[] = {
		"allow_empty_class", "alt_bsux", "auto_callout", "caseless", "dollar_endonly",
		"dotall", "dupnames", "extended", "firstline", "match_unset_backref", "multiline",
		"never_ucp", "never_utf", "no_auto_capture", "no_auto_possess", "no_dotstar_anchor",
		"no_start_optimize", "ucp", "ungreedy", "utf", "never_backslash_c",
		"alt_circumflex",
		"alt_verbnames", "use_offset_limit", NULL,
	};

	if (!vrrp_need(parse, node, 1, "regex_options caseless"))
		return;
	for (unsigned i = 1; i < node->line.count; i++) {
		const char *const *name = names;

		while (*name != NULL && strcmp(*name, node->line.words[i].text) != 0)
			name++;
		if (*name == NULL)
			conf_error_unknown(&parse->common, &node->line.words[i],
					   "option of a regular expression", names);
	}
}

/* --- files --- */

static void checker_parse_weight(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	bool reverse = false;
	int weight;

	if (vrrp_need(parse, node, 1, "weight 5 [reverse]"))
		vrrp_read_weight_within(parse, &node->line, 1, INT32_MAX, &weight, &reverse);
}

static void checker_parse_user(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	const struct conf_word *words = node->line.words;

	if (!vrrp_need(parse, node, 1, "user USER [GROUP]"))
		return;
	if (getpwnam(words[1].text) == NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_unresolved, words[1].span,
			    "there is no user '%s' to run scripts as", words[1].text);
	if (node->line.count > 2 && getgrnam(words[2].text) == NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_unresolved, words[2].span,
			    "there is no group '%s' to run scripts as", words[2].text);
	vrrp_warn_rest(parse, &node->line, 3);
}

/* --- rows --- */

static const struct conf_choice checker_types[] = {
	{ "A", 1, "" }, { "NS", 2, "" }, { "CNAME", 5, "" }, { "SOA", 6, "" },
	{ "MX", 15, "" }, { "TXT", 16, "" }, { "AAAA", 28, "" }, { NULL, 0, NULL },
};

static const struct conf_choice checker_protocols[] = {
	{ "1.0", 0, "" }, { "1.0C", 1, "" }, { "1.0c", 1, "" }, { "1.1", 2, "" }, { NULL, 0, NULL },
};

#define US_MAX INT64_C(4294967295)
#define ROW(place, word, example)                                                                  \
	.doc = { word, "Read and checked, of a check of a real server.", example, "0.3" },         \
	.where = place
#define PARSE(place, word, example, function)                                                      \
	{ ROW(place, word, example), .type = VRRP_PARSE, .parse = function }
#define COUNT(place, word, low, high)                                                              \
	{ ROW(place, word, word " 5"), .type = VRRP_UNSIGNED, .min = low, .max = high }
#define SECONDS(place, word, low)                                                                  \
	{ ROW(place, word, word " 5"), .type = VRRP_SECONDS, .min = low, .max = US_MAX }
#define FLAG(place, word) { ROW(place, word, word), .type = VRRP_FLAG }
#define WORD(place, word, example) { ROW(place, word, example), .type = VRRP_STRING }
#define FIELD(place, word, example, structure, field)                                              \
	{ ROW(place, word, example), .type = VRRP_STRING, .offset = offsetof(structure, field) }
#define BLOCK(place, word, function)                                                               \
	{ ROW(place, word, word " {"), .type = VRRP_PARSE, .block = true, .parse = function }
#define CHECKER(word) BLOCK(VRRP_REAL_SERVER, word, virtual_parse_check)

const struct vrrp_keyword vrrp_keywords_checkers[] = {
	CHECKER("TCP_CHECK"), CHECKER("HTTP_GET"), CHECKER("SSL_GET"), CHECKER("SMTP_CHECK"),
	CHECKER("DNS_CHECK"), CHECKER("MISC_CHECK"), CHECKER("PING_CHECK"), CHECKER("UDP_CHECK"),
	CHECKER("BFD_CHECK"), CHECKER("FILE_CHECK"),
	PARSE(VRRP_CHECK_CONNECT, "connect_ip", "connect_ip 10.1.1.81", checker_parse_ip),
	PARSE(VRRP_CHECK_CONNECT, "bindto", "bindto 10.1.1.20", checker_parse_ip),
	COUNT(VRRP_CHECK_CONNECT, "connect_port", 1, 65535),
	COUNT(VRRP_CHECK_CONNECT, "bind_port", 1, 65535),
	WORD(VRRP_CHECK_CONNECT, "bind_if", "bind_if eth0"),
	COUNT(VRRP_CHECK_CONNECT, "fwmark", 0, 2147483647),
	SECONDS(VRRP_CHECK_CONNECT, "connect_timeout", 1),
	FLAG(VRRP_CHECK_CONNECT | VRRP_CHECK_MISC, "alpha"),
	COUNT(VRRP_CHECK_CONNECT | VRRP_CHECK_MISC, "retry", 0, 2147483647),
	SECONDS(VRRP_CHECK_CONNECT | VRRP_CHECK_MISC, "delay_before_retry", 0),
	SECONDS(VRRP_CHECK_CONNECT | VRRP_CHECK_MISC, "warmup", 0),
	SECONDS(VRRP_CHECK_CONNECT | VRRP_CHECK_MISC, "delay_loop", 1),
	FLAG(VRRP_CHECK_CONNECT | VRRP_CHECK_MISC, "log_all_failures"),
	BLOCK(VRRP_CHECK_HTTP, "url", checker_parse_url),
	{ ROW(VRRP_CHECK_HTTP, "http_protocol", "http_protocol 1.1"), .type = VRRP_CHOICE,
	  .choices = checker_protocols },
	FLAG(VRRP_CHECK_HTTP, "fast_recovery"),
	FLAG(VRRP_CHECK_HTTP, "enable_sni"),
	WORD(VRRP_CHECK_HTTP, "sni_name", "sni_name www.example.com"),
	{ ROW(VRRP_CHECK_HTTP, "nb_get_retry", "nb_get_retry 5"), .type = VRRP_PARSE,
	  .modern = "retry" },
	FLAG(VRRP_CHECK_HTTP | VRRP_CHECK_URL, "tls_compliant"),
	WORD(VRRP_CHECK_HTTP | VRRP_CHECK_URL, "virtualhost", "virtualhost www.example.com"),
	FIELD(VRRP_CHECK_URL, "path", "path /", struct virtual_url, path),
	PARSE(VRRP_CHECK_URL, "digest", "digest 9b3a0c85a887a256d6939da88aabd8cd",
	      checker_parse_digest),
	PARSE(VRRP_CHECK_URL, "status_code", "status_code 200-299 503", checker_parse_status),
	WORD(VRRP_CHECK_URL, "regex", "regex \"ok\""),
	FLAG(VRRP_CHECK_URL, "regex_no_match"),
	PARSE(VRRP_CHECK_URL, "regex_options", "regex_options caseless dotall",
	      checker_parse_regex_options),
	PARSE(VRRP_CHECK_URL, "regex_stack", "regex_stack 1000 50000", checker_parse_stack),
	COUNT(VRRP_CHECK_URL, "regex_min_offset", 0, 2147483647),
	COUNT(VRRP_CHECK_URL, "regex_max_offset", 0, 2147483647),
	WORD(VRRP_CHECK_SMTP, "helo_name", "helo_name node1"),
	BLOCK(VRRP_CHECK_SMTP, "host", checker_parse_host),
	{ ROW(VRRP_CHECK_DNS, "type", "type A"), .type = VRRP_CHOICE, .choices = checker_types },
	WORD(VRRP_CHECK_DNS, "name", "name example.com"),
	PARSE(VRRP_CHECK_MISC, "misc_path", "misc_path \"/bin/true a\"", checker_parse_path),
	COUNT(VRRP_CHECK_MISC, "misc_timeout", 0, 2147483647),
	FLAG(VRRP_CHECK_MISC, "misc_dynamic"),
	PARSE(VRRP_CHECK_MISC, "user", "user root", checker_parse_user),
	PARSE(VRRP_CHECK_UDP, "payload", "payload 01 02", checker_parse_payload),
	PARSE(VRRP_CHECK_UDP, "require_reply", "require_reply 01 XX", checker_parse_reply),
	{ ROW(VRRP_CHECK_UDP, "min_reply_length", "min_reply_length 5"), .type = VRRP_UNSIGNED,
	  .max = 65535, .offset = offsetof(struct virtual_check, min_reply) },
	{ ROW(VRRP_CHECK_UDP, "max_reply_length", "max_reply_length 255"), .type = VRRP_UNSIGNED,
	  .max = 65535, .offset = offsetof(struct virtual_check, max_reply) },
	FIELD(VRRP_CHECK_BFD, "name", "name B1", struct virtual_check, name),
	FLAG(VRRP_CHECK_BFD, "alpha"),
	FIELD(VRRP_CHECK_FILE, "track_file", "track_file F1", struct virtual_check, name),
	PARSE(VRRP_CHECK_FILE, "weight", "weight 5 reverse", checker_parse_weight),
	FLAG(VRRP_CHECK_FILE, "dynamic"),
	VRRP_KEYWORDS_END,
};
