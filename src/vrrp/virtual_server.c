/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/virtual_server.c - virtual_server and its real servers, and checks of them. */
#include "vrrp/virtual_server.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"

/* --- addresses --- */

/* `ADDRESS [PORT]` in words[at]; *ret_port is 0 without one. */
static bool virtual_read_endpoint(struct vrrp_parse *parse, const struct conf_line *line,
				  unsigned at, struct ip *ret_ip, int64_t *ret_port)
{
	*ret_port = 0;
	if (!vrrp_read_ip(parse, &line->words[at], 0, ret_ip))
		return false;
	if (at + 1 < line->count && strcmp(line->words[at + 1].text, "0") != 0 &&
	    !conf_read_int(&parse->common, &line->words[at + 1], 1, 65535, ret_port))
		return false;
	vrrp_warn_rest(parse, line, at + 2);
	return true;
}

/* --- real servers --- */

static void virtual_parse_server_method(struct vrrp_parse *parse, void *object,
					const struct vrrp_node *node)
{
	virtual_parse_method(parse, &((struct virtual_server *)object)->method, node);
}

static void virtual_parse_real_method(struct vrrp_parse *parse, void *object,
				      const struct vrrp_node *node)
{
	virtual_parse_method(parse, &((struct virtual_real_server *)object)->method, node);
}

static void virtual_check_family(struct vrrp_parse *parse, const struct virtual_server *server,
				 const struct virtual_method *method, const struct ip *ip,
				 struct diag_span span)
{
	if (server->family != 0 && ip->family != server->family && method->kind != VIRTUAL_TUN)
		vrrp_report(parse, DIAG_ERROR, &diag_conflict, span,
			    "a server of the other address family needs lvs_method TUN");
}

static void virtual_parse_real(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct virtual_server *server = object;
	struct virtual_real_server real = {
		.server = server, .weight = 1, .method = server->method,
	};
	struct ip ip;
	int64_t port;

	server->server_count++; /* a bad one is not missing too */
	vrrp_parse_block(parse, VRRP_REAL_SERVER, &real, node);
	if (vrrp_need(parse, node, 1, "real_server ADDRESS [PORT] {") &&
	    virtual_read_endpoint(parse, &node->line, 1, &ip, &port))
		virtual_check_family(parse, server, &real.method, &ip, node->line.words[1].span);
	server->weight += real.weight;
}

/* --- words with a meaning beside their value --- */

static void virtual_parse_persistence(struct vrrp_parse *parse, void *object,
				      const struct vrrp_node *node)
{
	struct virtual_server *server = object;
	int64_t seconds;

	server->persistent = true;
	if (node->line.count > 1)
		conf_read_int(&parse->common, &node->line.words[1], 1, 31 * 86400, &seconds);
	vrrp_warn_rest(parse, &node->line, 2);
}

/* A netmask, or a prefix. */
static void virtual_parse_granularity(struct vrrp_parse *parse, void *object,
				      const struct vrrp_node *node)
{
	const struct conf_word *word = &node->line.words[1];
	struct ip mask;
	int64_t prefix;

	((struct virtual_server *)object)->persistent = true;
	if (!vrrp_need(parse, node, 1, "persistence_granularity 255.255.255.0"))
		return;
	if (strchr(word->text, '.') != NULL)
		vrrp_read_ip(parse, word, AF_INET, &mask);
	else
		conf_read_int(&parse->common, word, 1, 128, &prefix);
}

static void virtual_parse_sorry(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct virtual_server *server = object;
	struct ip ip;
	int64_t port;

	if (vrrp_need(parse, node, 1, "sorry_server ADDRESS [PORT]") &&
	    virtual_read_endpoint(parse, &node->line, 1, &ip, &port)) {
		server->has_sorry_server = true;
		virtual_check_family(parse, server, &server->method, &ip, node->line.words[1].span);
	}
}

static void virtual_parse_of_sorry(struct vrrp_parse *parse, void *object,
				   const struct vrrp_node *node)
{
	const struct virtual_server *server = object;
	struct virtual_method method;

	if (!server->has_sorry_server)
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, node->line.words[0].span,
			    "'%s' has no effect before a sorry_server", node->line.words[0].text);
	if (strcmp(node->line.words[0].text, "sorry_server_lvs_method") == 0)
		virtual_parse_method(parse, &method, node);
}

/* A flag of one scheduler: `sh-port`, `mh-fallback`, `hashed`. */
static void virtual_parse_scheduler_flag(struct vrrp_parse *parse, void *object,
					 const struct vrrp_node *node)
{
	const struct virtual_server *server = object;
	const char *word = node->line.words[0].text;
	const char *needed = strncmp(word, "mh-", 3) == 0 ? "mh" : "sh";

	if (server->scheduler == NULL || strcmp(server->scheduler, needed) != 0)
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, node->line.words[0].span,
			    "'%s' has no effect without 'lvs_sched %s' before it", word, needed);
}

static void virtual_parse_scheduler(struct vrrp_parse *parse, void *object,
				    const struct vrrp_node *node)
{
	static const char *const names[] = { "rr", "wrr", "lc", "wlc", "lblc", "sh", "mh", "dh",
					     "fo",
					     "ovf", "lblcr", "sed", "nq", "twos", NULL };
	struct virtual_server *server = object;

	if (!vrrp_need(parse, node, 1, "lvs_sched wlc"))
		return;
	server->scheduler = node->line.words[1].text;
	for (const char *const *name = names; *name != NULL; name++)
		if (strcmp(*name, server->scheduler) == 0) {
			vrrp_warn_rest(parse, &node->line, 2);
			return;
		}
	conf_error_unknown(&parse->common, &node->line.words[1], "scheduler", names);
}

static void virtual_parse_family(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	static const struct conf_choice families[] = {
		{ "inet", AF_INET, "IPv4." },
		{ "inet6", AF_INET6, "IPv6." },
		{ NULL, 0, NULL },
	};
	struct virtual_server *server = object;
	int family;

	if (!vrrp_need(parse, node, 1, "ip_family inet|inet6") ||
	    !conf_read_choice(&parse->common, &node->line.words[1], families, "family", &family))
		return;
	if (server->family != 0 && server->family != family)
		vrrp_report(parse, DIAG_ERROR, &diag_conflict, node->line.words[1].span,
			    "the virtual server's address is of the other family");
	server->family = family;
}

/* --- what the words of a virtual server mean together --- */

static void virtual_check_given(struct vrrp_parse *parse, struct virtual_server *server)
{
	if (!server->is_fwmark && server->protocol == 0) {
		vrrp_report(parse, DIAG_WARNING, &diag_missing, server->span,
			    "without a protocol it is UDP");
		server->protocol = IPPROTO_UDP;
	}
	if (server->scheduler == NULL)
		vrrp_report(parse, DIAG_WARNING, &diag_missing, server->span,
			    "without lvs_sched it is wlc");
	if (server->method.kind == VIRTUAL_NO_METHOD)
		vrrp_report(parse, DIAG_WARNING, &diag_missing, server->span,
			    "without lvs_method it is NAT");
	if (!server->is_fwmark && !server->has_port && !server->persistent)
		vrrp_report(parse, DIAG_WARNING, &diag_missing, server->span,
			    "without a port a virtual server is persistent");
	if (server->one_packet && server->protocol != IPPROTO_UDP && !server->is_fwmark)
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, server->ops_span,
			    "'ops' has no effect but with UDP");
}

static void virtual_check_quorum(struct vrrp_parse *parse, struct virtual_server *server)
{
	if (server->server_count > 0 && server->quorum > server->weight) {
		vrrp_report(parse, DIAG_WARNING, &diag_conflict,
			    server->quorum_span.source != NULL ? server->quorum_span : server->span,
			    "the real servers weigh %llu, less than the quorum of %u",
			    (unsigned long long)server->weight, server->quorum);
		server->quorum = (unsigned)server->weight;
	}
	if (server->hysteresis_span.source != NULL && server->hysteresis >= server->quorum)
		vrrp_report(parse, DIAG_WARNING, &diag_conflict, server->hysteresis_span,
			    "a hysteresis of %u is not below the quorum", server->hysteresis);
}

static void virtual_parse_ops(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct virtual_server *server = object;

	server->one_packet = true;
	server->ops_span = node->line.words[0].span;
}

static void virtual_parse_quorum(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	struct virtual_server *server = object;
	bool quorum = strcmp(node->line.words[0].text, "quorum") == 0;
	int64_t value;

	if (!vrrp_need(parse, node, 1, "quorum 1") ||
	    !conf_read_int(&parse->common, &node->line.words[1], quorum, UINT_MAX, &value))
		return;
	*(quorum ? &server->quorum : &server->hysteresis) = (unsigned)value;
	*(quorum ? &server->quorum_span : &server->hysteresis_span) = node->line.words[1].span;
	vrrp_warn_rest(parse, &node->line, 2);
}

/* --- blocks --- */

static bool virtual_read_head(struct vrrp_parse *parse, const struct conf_line *line,
			      struct virtual_server *server)
{
	const struct conf_word *word = &line->words[1];
	struct ip ip;
	int64_t port;

	if (strcmp(word->text, "fwmark") == 0) {
		server->is_fwmark = server->has_port = true;
		return virtual_read_fwmark(parse, line, 2);
	}
	if (strcmp(word->text, "group") == 0) {
		server->has_port = true;
		if (line->count > 2 && virtual_is_group(parse, line->words[2].text))
			return true;
		vrrp_report(parse, DIAG_ERROR, &diag_unknown_name,
			    line->words[line->count > 2 ? 2 : 1].span,
			    "there is no such virtual_server_group before this line");
		return false;
	}
	if (!virtual_read_endpoint(parse, line, 1, &ip, &port))
		return false;
	server->family = ip.family;
	server->has_port = port != 0;
	return true;
}

static void virtual_refuse(struct vrrp_parse *parse, struct diag_span span)
{
	diag_add(parse->common.report, parse->check ? DIAG_WARNING : DIAG_ERROR,
		 &diag_not_supported, span,
		 "a listen section of haproxy.cfg balances TCP and HTTP",
		 "relevo does not run virtual_server yet: it is read and checked only");
}

static void virtual_parse_server(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	struct virtual_server server = { .span = node->line.words[0].span, .quorum = 1 };

	if (!vrrp_need(parse, node, 1, "virtual_server ADDRESS PORT {"))
		return;
	virtual_refuse(parse, server.span);
	virtual_read_head(parse, &node->line, &server);
	vrrp_parse_block(parse, VRRP_VIRTUAL_SERVER, &server, node);
	if (server.server_count == 0)
		vrrp_report(parse, DIAG_ERROR, &diag_missing, server.span,
			    "the virtual server has no real_server");
	virtual_check_given(parse, &server);
	virtual_check_quorum(parse, &server);
}

static void virtual_parse_ssl(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	union virtual_unused unused;

	vrrp_warn_rest(parse, &node->line, 1);
	vrrp_parse_block(parse, VRRP_SSL, &unused, node);
}

/* --- rows --- */

#define WHAT ", of a virtual server."
#define SERVER(word, example) .doc = { word, "Read and checked" WHAT, example, "0.3" },            \
	.where = VRRP_VIRTUAL_SERVER
#define BOTH(word, example) .doc = { word, "Read and checked" WHAT, example, "0.3" },              \
	.where = VRRP_VIRTUAL_SERVER | VRRP_REAL_SERVER
#define REAL(word, example)                                                                        \
	.doc = { word, "Read and checked, of a real server.", example, "0.3" },                    \
	.where = VRRP_REAL_SERVER
#define TOP(word, summary, example) .doc = { word, summary, example, "0.3" }, .where = VRRP_TOP,   \
	.type = VRRP_PARSE, .block = true
#define US_MAX INT64_C(4294967295)
#define SERVER_PARSE(word, example, function)                                                      \
	{ SERVER(word, example), .type = VRRP_PARSE, .parse = function }
#define SERVER_FLAG(word) { SERVER(word, word), .type = VRRP_FLAG }
#define BOTH_SECONDS(word, low)                                                                    \
	{ BOTH(word, word " 5"), .type = VRRP_SECONDS, .min = low, .max = US_MAX }
#define REAL_COUNT(word) { REAL(word, word " 5"), .type = VRRP_UNSIGNED, .max = 2147483647 }
#define SCRIPT_ROW(where_row) { where_row, .type = VRRP_PARSE, .parse = virtual_parse_script }
#define SSL_ROW(word)                                                                              \
	{ .doc = { word, "Read and checked, of SSL_GET.", word " /etc/ssl/file", "0.3" },          \
	  .where = VRRP_SSL, .type = VRRP_STRING }

static const struct conf_choice virtual_protocols[] = {
	{ "TCP", IPPROTO_TCP, "TCP." },
	{ "UDP", IPPROTO_UDP, "UDP." },
	{ "SCTP", IPPROTO_SCTP, "SCTP." },
	{ NULL, 0, NULL },
};

/* A script: its quotes, and the user that is to run it, are checked with all others. */
static void virtual_parse_script(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	struct vrrp_command *command = arena_zalloc(parse->common.arena, sizeof(*command));

	if (vrrp_need(parse, node, 1, "notify_up PATH [USER [GROUP]]") && vrrp_closed(parse, node))
		vrrp_command_add(parse, command, &node->escaped, 1);
}

const struct vrrp_keyword vrrp_keywords_virtual_server[] = {
	{ TOP("virtual_server", "Read and checked; relevo does not run it yet.",
	      "virtual_server 10.1.1.80 80 {"),
	  .parse = virtual_parse_server },
	{ TOP("virtual_server_group", "Addresses that share a virtual_server.",
	      "virtual_server_group WEB {"),
	  .parse = virtual_parse_group },
	{ TOP("SSL", "Keys for SSL_GET checks.", "SSL {"), .parse = virtual_parse_ssl },
	SSL_ROW("password"), SSL_ROW("ca"), SSL_ROW("certificate"), SSL_ROW("key"),
	SERVER_PARSE("lvs_sched", "lvs_sched wlc", virtual_parse_scheduler),
	SERVER_PARSE("lb_algo", "lb_algo wlc", virtual_parse_scheduler),
	SERVER_PARSE("lvs_method", "lvs_method NAT", virtual_parse_server_method),
	SERVER_PARSE("lb_kind", "lb_kind NAT", virtual_parse_server_method),
	{ SERVER("protocol", "protocol TCP"), .type = VRRP_CHOICE, .choices = virtual_protocols,
	  .offset = offsetof(struct virtual_server, protocol) },
	SERVER_PARSE("persistence_timeout", "persistence_timeout 50", virtual_parse_persistence),
	SERVER_PARSE("persistence_granularity", "persistence_granularity 255.255.255.0",
		     virtual_parse_granularity),
	{ SERVER("persistence_engine", "persistence_engine sip"), .type = VRRP_STRING },
	SERVER_FLAG("ha_suspend"), SERVER_FLAG("flag-1"), SERVER_FLAG("flag-2"),
	SERVER_FLAG("flag-3"), SERVER_FLAG("omega"),
	SERVER_PARSE("ops", "ops", virtual_parse_ops),
	SERVER_PARSE("hashed", "hashed", virtual_parse_scheduler_flag),
	SERVER_PARSE("sh-port", "sh-port", virtual_parse_scheduler_flag),
	SERVER_PARSE("sh-fallback", "sh-fallback", virtual_parse_scheduler_flag),
	SERVER_PARSE("mh-port", "mh-port", virtual_parse_scheduler_flag),
	SERVER_PARSE("mh-fallback", "mh-fallback", virtual_parse_scheduler_flag),
	SERVER_PARSE("quorum", "quorum 1", virtual_parse_quorum),
	SERVER_PARSE("hysteresis", "hysteresis 0", virtual_parse_quorum),
	SCRIPT_ROW(SERVER("quorum_up", "quorum_up /bin/true")),
	SCRIPT_ROW(SERVER("quorum_down", "quorum_down /bin/true")),
	SERVER_PARSE("ip_family", "ip_family inet", virtual_parse_family),
	SERVER_PARSE("sorry_server", "sorry_server 10.1.1.90 80", virtual_parse_sorry),
	SERVER_PARSE("sorry_server_inhibit", "sorry_server_inhibit", virtual_parse_of_sorry),
	SERVER_PARSE("sorry_server_lvs_method", "sorry_server_lvs_method NAT",
		     virtual_parse_of_sorry),
	{ SERVER("real_server", "real_server 10.1.1.81 80 {"), .type = VRRP_PARSE, .block = true,
	  .parse = virtual_parse_real },
	{ BOTH("virtualhost", "virtualhost www.example.com"), .type = VRRP_STRING },
	{ BOTH("snmp_name", "snmp_name web"), .type = VRRP_STRING },
	{ BOTH("smtp_alert", "smtp_alert on"), .type = VRRP_FLAG },
	{ BOTH("alpha", "alpha"), .type = VRRP_FLAG },
	{ BOTH("inhibit_on_failure", "inhibit_on_failure"), .type = VRRP_FLAG },
	{ BOTH("retry", "retry 3"), .type = VRRP_UNSIGNED, .max = 2147483647 },
	BOTH_SECONDS("connect_timeout", 1), BOTH_SECONDS("delay_before_retry", 0),
	BOTH_SECONDS("warmup", 0), BOTH_SECONDS("delay_loop", 1),
	{ REAL("weight", "weight 1"), .type = VRRP_UNSIGNED, .max = 2147483647,
	  .offset = offsetof(struct virtual_real_server, weight) },
	{ REAL("lvs_method", "lvs_method NAT"), .type = VRRP_PARSE,
	  .parse = virtual_parse_real_method },
	REAL_COUNT("uthreshold"), REAL_COUNT("lthreshold"),
	SCRIPT_ROW(REAL("notify_up", "notify_up /bin/true")),
	SCRIPT_ROW(REAL("notify_down", "notify_down /bin/true")),
	VRRP_KEYWORDS_END,
};
