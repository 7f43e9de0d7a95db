/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/action_connection.c - actions on the client's connection: its addresses and packets. */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "net/option.h"
#include "proxy/action.h"
#include "proxy/reading.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

static unsigned expr_read_one(struct conf_parse *parse, struct section *section,
			      struct rule *rule, const struct conf_line *line, unsigned at)
{
	if (!action_need(parse, rule, line, at, 1, "<expression>"))
		return 0;
	rule->args = action_expr(parse, section, rule, &line->words[at + 1]);
	return rule->args != NULL ? at + 2 : 0;
}

/* The port stays, but for that of a UNIX socket, which has none. */
static void set_address(struct net_endpoint *endpoint, const struct expr_address *address)
{
	endpoint->family = address->family == 4 ? AF_INET : AF_INET6;
	memcpy(endpoint->ip, address->ip, sizeof(endpoint->ip));
}

static enum rule_verdict address_set(const struct rule *rule, struct rule_run *run,
				     struct net_endpoint *endpoint)
{
	struct expr_sample sample = { 0 };

	if (endpoint != NULL &&
	    expr_get_as(rule->args, run->context, EXPR_ADDRESS, &sample))
		set_address(endpoint, &sample.value.address);
	return RULE_NEXT;
}

/* A port needs an address to stand with: any. */
static enum rule_verdict port_set(const struct rule *rule, struct rule_run *run,
				  struct net_endpoint *endpoint)
{
	struct expr_sample sample = { 0 };

	if (endpoint == NULL || !expr_get_as(rule->args, run->context, EXPR_INT, &sample))
		return RULE_NEXT;
	if (endpoint->family != AF_INET && endpoint->family != AF_INET6)
		*endpoint = (struct net_endpoint){ .family = AF_INET };
	endpoint->port = (uint16_t)sample.value.integer;
	return RULE_NEXT;
}

static enum rule_verdict connection_set_src(const struct rule *rule, struct rule_run *run)
{
	return address_set(rule, run, &run->stream->src);
}

static enum rule_verdict connection_set_src_port(const struct rule *rule, struct rule_run *run)
{
	return port_set(rule, run, &run->stream->src);
}

/* Its other half is the kernel's to tell, unless it was asked already. */
static struct net_endpoint *run_dst(struct rule_run *run)
{
	struct net_endpoint *dst = stream_own_dst(run->stream);

	run->context->dst = dst;
	return dst;
}

static enum rule_verdict connection_set_dst(const struct rule *rule, struct rule_run *run)
{
	return address_set(rule, run, run_dst(run));
}

static enum rule_verdict connection_set_dst_port(const struct rule *rule, struct rule_run *run)
{
	return port_set(rule, run, run_dst(run));
}

/* ---- set-tos, set-mark and their kin ---- */

struct packet_args {
	uint32_t value;
	struct expr *expr;	/* NULL: `value` */
};

static unsigned packet_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			    const struct conf_line *line, unsigned at, uint32_t most)
{
	struct packet_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));
	const struct conf_word *word = &line->words[at + 1];
	char *end;
	unsigned long long value;

	if (!action_need(parse, rule, line, at, 1,
			 most == 255 ? "<0..255> or <expression>" : "<number> or <expression>"))
		return 0;
	if (*word->text < '0' || *word->text > '9') {
		args->expr = action_expr(parse, section, rule, word);
		return args->expr != NULL ? at + 2 : 0;
	}
	value = strtoull(word->text, &end, 0);
	if (end == word->text || *end != '\0' || value > most) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_number, word->span, NULL,
			 "'%s' is not a number from 0 to %u", word->text, most);
		return 0;
	}
	args->value = (uint32_t)value;
	return at + 2;
}

static unsigned tos_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			 const struct conf_line *line, unsigned at)
{
	return packet_read(parse, section, rule, line, at, 255);
}

static unsigned mark_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			  const struct conf_line *line, unsigned at)
{
	reading_conf(parse)->sets_marks = true;
	return packet_read(parse, section, rule, line, at, UINT32_MAX);
}

static bool packet_value(const struct rule *rule, struct rule_run *run, uint32_t *ret)
{
	const struct packet_args *args = rule->args;
	struct expr_sample sample = { 0 };

	*ret = args->value;
	if (args->expr == NULL)
		return true;
	if (!expr_get_as(args->expr, run->context, EXPR_INT, &sample))
		return false;
	*ret = (uint32_t)sample.value.integer;
	return true;
}

/* A kernel that will not is no reason to refuse the client. */
static enum rule_verdict tos_run(const struct rule *rule, struct rule_run *run)
{
	uint32_t tos;

	if (packet_value(rule, run, &tos))
		net_set_tos(run->stream->client.file.fd, (int)(tos & 255));
	return RULE_NEXT;
}

static enum rule_verdict mark_run(const struct rule *rule, struct rule_run *run)
{
	uint32_t mark;

	if (packet_value(rule, run, &mark))
		net_set_mark(run->stream->client.file.fd, mark);
	return RULE_NEXT;
}

/* connect.c sets them before the first packet: the connection is this transaction's alone. */
static enum rule_verdict server_tos_run(const struct rule *rule, struct rule_run *run)
{
	uint32_t tos;

	if (packet_value(rule, run, &tos)) {
		run->txn->server_tos = (int)(tos & 255);
		run->txn->has_server_tos = true;
	}
	return RULE_NEXT;
}

static enum rule_verdict server_mark_run(const struct rule *rule, struct rule_run *run)
{
	uint32_t mark;

	if (packet_value(rule, run, &mark)) {
		run->txn->server_mark = mark;
		run->txn->has_server_mark = true;
	}
	return RULE_NEXT;
}

/* ---- expect-proxy ---- */

static unsigned header_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			    const struct conf_line *line, unsigned at)
{
	if (!action_need(parse, rule, line, at, 1, "layer4"))
		return 0;
	if (strcmp(line->words[at + 1].text, "layer4") == 0)
		return at + 2;
	conf_error_unknown(parse, &line->words[at + 1], "layer",
			   (const char *const[]){ "layer4", NULL });
	return 0;
}

static enum rule_verdict header_run(const struct rule *rule, struct rule_run *run)
{
	run->stream->expects_header = true;
	return RULE_NEXT;
}

/* ---- set-nice ---- */

static unsigned nice_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			  const struct conf_line *line, unsigned at)
{
	int64_t nice;

	if (!action_need(parse, rule, line, at, 1, "<-1024..1024>") ||
	    !conf_read_int(parse, &line->words[at + 1], INT32_MIN, INT32_MAX, &nice))
		return 0;
	diag_add(parse->report, DIAG_WARNING, &diag_no_effect, rule->span,
		 "remove the line: all clients get the same turns here",
		 "'set-nice' has no effect");
	return at + 2;
}

static enum rule_verdict nice_run(const struct rule *rule, struct rule_run *run)
{
	return RULE_NEXT;
}

#define IN_ANY_REQUEST (IN_TCP | IN_REQUEST)
#define IN_PACKETS (IN_TCP | IN_RESPONSE_CONTENT | IN_REQUEST | IN_RESPONSE)

const struct rule_action rule_actions_connection[] = {
	{ ACTION_DOC("set-src", "Take another address as the client's.",
		     "http-request set-src req.hdr(x-forwarded-for)"),
	  .lists = IN_ANY_REQUEST, .parse = expr_read_one, .run = connection_set_src },
	{ ACTION_DOC("set-src-port", "Take another port as the client's.",
		     "http-request set-src-port int(0)"),
	  .lists = IN_ANY_REQUEST, .parse = expr_read_one, .run = connection_set_src_port },
	{ ACTION_DOC("set-dst", "Take another address as the one the client asked for.",
		     "http-request set-dst str(192.0.2.1)"),
	  .lists = IN_ANY_REQUEST, .parse = expr_read_one, .run = connection_set_dst },
	{ ACTION_DOC("set-dst-port", "Take another port as the one the client asked for.",
		     "http-request set-dst-port int(4000)"),
	  .lists = IN_ANY_REQUEST, .parse = expr_read_one, .run = connection_set_dst_port },
	{ .doc = { .name = "expect-proxy", .since = "0.3",
		   .summary = "This connection begins with a PROXY protocol header.",
		   .example = "tcp-request connection expect-proxy layer4 if { src 10.0.0.0/8 }" },
	  .lists = IN_CONNECTION, .parse = header_read, .run = header_run },
	{ ACTION_DOC("set-tos", "Mark packets to the client with a type of service.",
		     "tcp-request connection set-tos 0x10 if { src 10.0.0.0/8 }"),
	  .lists = IN_PACKETS, .parse = tos_read, .run = tos_run },
	{ ACTION_DOC("set-mark", "Give packets to the client a mark of the kernel's.",
		     "http-request set-mark 0x20 if { path_beg /bulk }"),
	  .lists = IN_PACKETS, .parse = mark_read, .run = mark_run },
	{ .doc = { .name = "set-fc-mark", .since = "0.3",
		   .summary = "The newer name of 'set-mark': a number, or an expression.",
		   .example = "http-request set-fc-mark int(32)" },
	  .lists = IN_PACKETS, .parse = mark_read, .run = mark_run },
	{ .doc = { .name = "set-bc-mark", .since = "0.3",
		   .summary = "Give packets to the server a mark, on a connection of its own.",
		   .example = "http-request set-bc-mark 0x20 if { path_beg /bulk }" },
	  .lists = IN_CONTENT | IN_REQUEST, .parse = mark_read, .run = server_mark_run },
	{ .doc = { .name = "set-bc-tos", .since = "0.3",
		   .summary = "Give packets to the server a type of service, on a connection of "
			      "its own.",
		   .example = "http-request set-bc-tos 0x10 if { path_beg /bulk }" },
	  .lists = IN_CONTENT | IN_REQUEST, .parse = tos_read, .run = server_tos_run },
	{ .doc = { .name = "set-fc-tos", .since = "0.3",
		   .summary = "The newer name of 'set-tos': a number, or an expression.",
		   .example = "http-request set-fc-tos int(16)" },
	  .lists = IN_PACKETS, .parse = tos_read, .run = tos_run },
	{ ACTION_DOC("set-nice", "No effect: all clients get the same turns here.",
		     "http-request set-nice 0"),
	  .lists = IN_CONTENT | IN_RESPONSE_CONTENT | IN_REQUEST | IN_RESPONSE,
	  .parse = nice_read, .run = nice_run },
	{ .doc = { .name = NULL } },
};
