/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/action_resolve.c - do-resolve: a name of the request is looked up, and its
 * address put into a variable, while this stream alone waits. The thread asks with
 * a resolver of its own (server_name.h), as the section says how often and how long.
 */
#include <string.h>

#include "base/arena.h"
#include "dns/lookup.h"
#include "dns/resolver.h"
#include "proxy/action.h"
#include "proxy/reading.h"
#include "proxy/server_name.h"
#include "proxy/stream.h"

struct resolve_args {
	const struct expr_var *var;
	const char *resolvers;
	struct diag_span span;		/* of `resolvers` */
	int prefer;
	struct expr *name;
	struct dns_conf *dns;
};

/* In the transaction's memory. */
struct resolve_wait {
	struct dns_lookup lookup;
	struct stream *stream;
};

/* ---- reading ---- */

/* Part number `index` between the parentheses, and where it stands; at NULL: there is none. */
static struct slice resolve_part(const struct conf_word *word, unsigned index,
				 struct diag_span *ret_span)
{
	struct slice rest = action_inside(word);

	for (;; index--) {
		const char *comma = memchr(rest.at, ',', rest.len);
		size_t len = comma != NULL ? (size_t)(comma - rest.at) : rest.len;

		*ret_span = conf_word_part(word, (size_t)(rest.at - word->text), len);
		if (index == 0)
			return (struct slice){ rest.at, len };
		if (comma == NULL)
			return (struct slice){ NULL, 0 };
		rest = slice_skip(rest, len + 1);
	}
}

static bool resolve_read_prefer(struct conf_parse *parse, const struct conf_word *word,
				struct resolve_args *args)
{
	static const struct conf_choice families[] = {
		{ "ipv4", AF_INET, "IPv4 first." },
		{ "ipv6", AF_INET6, "IPv6 first." },
		{ NULL, 0, NULL },
	};
	struct conf_word one;
	struct slice part = resolve_part(word, 2, &one.span);

	args->prefer = AF_INET6;
	if (part.at == NULL)
		return true;
	one.text = arena_strndup(parse->arena, part.at, part.len);
	return conf_read_choice(parse, &one, families, "family", &args->prefer);
}

static bool resolve_read_parens(struct conf_parse *parse, const struct conf_word *word,
				struct resolve_args *args)
{
	struct diag_span span;
	struct slice part = resolve_part(word, 3, &span);

	if (part.at != NULL) {
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, span, NULL,
			 "nothing may stand behind the family");
		return false;
	}
	part = resolve_part(word, 0, &span);
	args->var = expr_var_read(parse, part, span);
	if (args->var == NULL)
		return false;
	part = resolve_part(word, 1, &args->span);
	if (part.len == 0) {
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, word->span,
			 "write do-resolve(<variable>,<resolvers>[,ipv4|ipv6])",
			 "it is not said which resolvers section to ask");
		return false;
	}
	args->resolvers = arena_strndup(parse->arena, part.at, part.len);
	return resolve_read_prefer(parse, word, args);
}

static unsigned resolve_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			     const struct conf_line *line, unsigned at)
{
	struct resolve_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));

	if (!action_need(parse, rule, line, at, 1, "<expression>") ||
	    !resolve_read_parens(parse, &line->words[at], args))
		return 0;
	args->name = action_expr(parse, section, rule, &line->words[at + 1]);
	return args->name != NULL ? at + 2 : 0;
}

static void resolve_find(struct conf_parse *parse, const struct section *section,
			 const struct rule *rule)
{
	struct resolve_args *args = rule->args;

	args->dns = proxy_resolvers_find(reading_conf(parse), args->resolvers);
	if (args->dns == NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_unknown_name, args->span, NULL,
			 "there is no resolvers section '%s'", args->resolvers);
	else
		args->dns->looks_up |= !section->disabled;
}

/* ---- running ---- */

/* In the resolver's turn: the stream goes on in its own. */
static void resolve_answered(struct dns_lookup *lookup)
{
	struct stream *stream = container_of(lookup, struct resolve_wait, lookup)->stream;

	loop_file_again(stream->worker->loop, &stream->client.file);
}

static void resolve_store(const struct resolve_args *args, struct rule_run *run,
			  const struct dns_lookup *lookup)
{
	const struct net_endpoint *where = &lookup->where;
	struct expr_sample sample = { .type = EXPR_ADDRESS };

	if (where->family == AF_UNSPEC)
		return;
	sample.value.address.family = where->family == AF_INET ? 4 : 6;
	memcpy(sample.value.address.ip, where->ip, sizeof(where->ip));
	action_set_var(run, args->var, &sample);
}

/* Should an answer get lost: all that the section allows is over by then. */
static struct moment resolve_deadline(const struct dns_conf *dns, const struct rule_run *run)
{
	uint64_t tries = dns->retries > 1 ? (uint64_t)dns->retries : 1;

	return moment_after(run->waiting_since,
			    (2 * tries + 1) * dns->timeout_retry_ms * 1000 + 1000000);
}

static enum rule_verdict resolve_begin(const struct resolve_args *args, struct rule_run *run)
{
	struct dns_resolver *resolver = names_for_lookups(run->stream->worker, args->dns);
	struct expr_sample sample = { 0 };
	char name[DNS_NAME_BYTES];
	struct resolve_wait *wait;
	struct slice text;

	if (resolver == NULL || !expr_get_as(args->name, run->context, EXPR_STRING, &sample))
		return RULE_NEXT;
	text = sample.value.text;
	if (text.len == 0 || text.len >= sizeof(name) || memchr(text.at, '\0', text.len) != NULL)
		return RULE_NEXT;
	memcpy(name, text.at, text.len);
	name[text.len] = '\0';
	wait = bump_alloc(&run->txn->memory, sizeof(*wait));
	if (wait == NULL)
		return RULE_NEXT;
	*wait = (struct resolve_wait){ .stream = run->stream,
				       .lookup.on_answer = resolve_answered };
	if (!dns_lookup_begin(&wait->lookup, resolver, name, args->prefer)) {
		resolve_store(args, run, &wait->lookup);
		return RULE_NEXT;
	}
	run->txn->lookup = &wait->lookup;
	run->wait_until = resolve_deadline(args->dns, run);
	return RULE_WAIT;
}

/* inspect-delay bounds the wait of content rules; without one the section alone does. */
static bool resolve_is_late(const struct rule_run *run)
{
	const struct stream *stream = run->stream;
	struct moment from = stream->http ? run->txn->head_at : stream->entered;
	struct moment now = worker_now(stream->worker);
	uint32_t delay_ms;

	if (run->list != RULES_REQUEST_CONTENT)
		return !moment_before(now, run->wait_until);
	delay_ms = stream->backend != NULL ? stream_back(stream)->inspect_delay
					   : stream_front(stream)->inspect_delay;
	return delay_ms != 0 && moment_since(from, now) >= (uint64_t)delay_ms * 1000;
}

static enum rule_verdict resolve_run(const struct rule *rule, struct rule_run *run)
{
	struct dns_lookup *lookup = run->txn->lookup;

	if (!run->in_action)
		return resolve_begin(rule->args, run);
	if (lookup->name != NULL && !resolve_is_late(run))
		return RULE_WAIT;
	dns_lookup_cancel(lookup);
	run->txn->lookup = NULL;
	resolve_store(rule->args, run, lookup);
	return RULE_NEXT;
}

const struct rule_action rule_actions_resolve[] = {
	{ .doc = { .name = "do-resolve", .since = "0.5",
		   .summary = "Look a name up in a resolvers section, and put its address into a "
			      "variable.",
		   .example = "http-request do-resolve(txn.ip,default,ipv4) hdr(host),host_only" },
	  .lists = IN_REQUEST | IN_CONTENT, .parens = true, .parse = resolve_read,
	  .run = resolve_run, .resolve = resolve_find },
	{ .doc = { .name = NULL } },
};
