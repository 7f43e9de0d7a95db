/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_errors.c - the last malformed message of each frontend and backend
 * (management manual 9.3 "show errors"), in HAProxy's form but for the three
 * lines of its parser's state: in their place stands what is wrong.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "admin/cli_commands.h"
#include "proxy/malformed.h"

enum { ERRORS_WIDTH = 70, ERRORS_ALL = -1 };

struct errors_walk {
	unsigned next;			/* section, times kinds */
	int64_t id;			/* negative: every one */
	bool kinds[MALFORMED_KINDS];
};

static const char *errors_date(uint64_t wall_us, char text[40])
{
	time_t seconds = (time_t)(wall_us / 1000000);
	size_t len = 0;
	struct tm tm;

	if (localtime_r(&seconds, &tm) != NULL)
		len = strftime(text, 32, "%d/%b/%Y:%H:%M:%S", &tm);
	snprintf(text + len, 40 - len, ".%03u", (unsigned)(wall_us / 1000 % 1000));
	return text;
}

/* As it is printed: 1, 2 or 4 bytes. */
static unsigned errors_byte(char byte, char text[5])
{
	static const char plain[] = "\t\n\r\033\\", letters[] = "tnre\\";
	const char *at = memchr(plain, byte, strlen(plain));

	if (at != NULL)
		return (unsigned)snprintf(text, 5, "\\%c", letters[at - plain]);
	if ((unsigned char)byte > 127 || !isprint((unsigned char)byte))
		return (unsigned)snprintf(text, 5, "\\x%02X", (unsigned char)byte);
	return (unsigned)snprintf(text, 5, "%c", byte);
}

/* One line, from `at` on; returns where the next begins. */
static size_t errors_print_line(struct strbuf *out, struct slice bytes, size_t at, bool goes_on)
{
	unsigned width = 0;
	char text[5];

	strbuf_printf(out, "  %05zu%c ", at, goes_on ? '+' : ' ');
	while (at < bytes.len) {
		unsigned len = errors_byte(bytes.at[at], text);

		if (width + len > ERRORS_WIDTH)
			break;
		width += len;
		strbuf_add(out, text, len);
		if (bytes.at[at++] == '\n')
			break;
	}
	strbuf_puts(out, "\n");
	return at;
}

static void errors_print_bytes(struct strbuf *out, struct slice bytes)
{
	size_t at = 0;

	while (at < bytes.len)
		at = errors_print_line(out, bytes, at, at != 0 && bytes.at[at - 1] != '\n');
}

static void errors_print_parties(struct strbuf *out, const struct malformed *one, bool response)
{
	struct slice server = malformed_server(one);
	char ip[NET_TEXT];

	strbuf_printf(out,
		      "  %s %s (#%" PRId64 "), server %.*s (#%" PRId64 "), "
		      "event #%" PRIu64 ", src ", response ? "frontend" : "backend",
		      one->other != NULL ? one->other->name : "<NONE>",
		      one->other != NULL ? one->other->id : -1,
		      one->server_id >= 0 ? (int)server.len : 6,
		      one->server_id >= 0 ? server.at : "<NONE>", one->server_id, one->number);
	if (one->src.family == AF_UNIX)
		strbuf_puts(out, "unix:1\n");
	else
		strbuf_printf(out, "%s:%u\n", net_endpoint_text(&one->src, ip), one->src.port);
}

static void errors_print(struct strbuf *out, const struct section *section,
			 enum malformed_kind kind, const struct malformed *one)
{
	bool response = kind == MALFORMED_RESPONSE;
	char date[40];

	strbuf_printf(out, " \n[%s] %s %s (#%" PRId64 "): invalid %s\n",
		      errors_date(one->wall_us, date), response ? "backend" : "frontend",
		      section->name, section->id, response ? "response" : "request");
	errors_print_parties(out, one, response);
	strbuf_printf(out,
		      "  buffer starts at %u (including 0 out), %zu free,\n"
		      "  len %zu, wraps at %u, error at position %zu\n"
		      "  %s :\n  \n",
		      one->start, one->size - one->len, one->len, one->size, one->at, one->why);
	errors_print_bytes(out, malformed_bytes(one));
}

/* Either party's id will do, as with HAProxy. */
static bool errors_concerns(const struct malformed *one, const struct section *section, int64_t id)
{
	return id < 0 || section->id == id || (one->other != NULL && one->other->id == id);
}

/* One message a call: each may be as long as a buffer. */
static bool errors_more(struct cli_run *run)
{
	struct errors_walk *walk = run->state;
	unsigned index = walk->next / MALFORMED_KINDS, kind = walk->next % MALFORMED_KINDS;
	struct proxy_part part;
	struct malformed *one = NULL;

	if (index >= proxy_part_end(run->proxy))
		return false;
	walk->next++;
	if (walk->kinds[kind] && proxy_part_at(run->proxy, index, &part))
		one = malformed_last(run->proxy->malformed, part.section, kind);
	if (one != NULL && errors_concerns(one, part.section, walk->id))
		errors_print(run->out, part.section, kind, one);
	free(one);
	return true;
}

static void errors_end(struct cli_run *run)
{
	free(run->state);
}

/* A name, else a number as HAProxy reads it: 0 is nobody's, less than that everybody's. */
static int64_t errors_id(const struct cli_run *run, const char *word)
{
	struct proxy_part part;

	if (*word == '\0')
		return ERRORS_ALL;
	for (unsigned at = 0; proxy_part_next(run->proxy, &at, &part);)
		if (strcmp(part.section->name, word) == 0)
			return part.section->id;
	return atoi(word);
}

static void errors_show(struct cli_run *run)
{
	int64_t id = errors_id(run, cli_word(run, 2));
	bool requests = strcmp(cli_word(run, 3), "response") != 0;
	bool responses = strcmp(cli_word(run, 3), "request") != 0;
	struct errors_walk *walk;
	char date[40];

	if (id == 0) {
		cli_error(run, "No such proxy.\n");
		return;
	}
	walk = run->state = calloc(1, sizeof(*walk));
	run->end = errors_end;
	if (walk == NULL)
		return;
	*walk = (struct errors_walk){ .id = id,
				      .kinds = { [MALFORMED_REQUEST] = requests,
						 [MALFORMED_RESPONSE] = responses } };
	strbuf_printf(run->out, "Total events captured on [%s] : %" PRIu64 "\n",
		      errors_date(wall_now_us(), date), malformed_total(run->proxy->malformed));
	run->more = errors_more;
}

const struct cli_command cli_commands_errors[] = {
	{ .doc = { .name = "show errors", .since = "0.5",
		   .summary = "The last malformed request and response of each, as they came.",
		   .example = "show errors web request" },
	  .arguments = "[<px>] [request|response]", .level = CLI_OPERATOR, .run = errors_show },
	CLI_COMMANDS_END,
};
