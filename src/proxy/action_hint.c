/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/action_hint.c - `http-request early-hint`: a 103 response ahead of the
 * real one (RFC 8297). Hints of rules that follow each other without a
 * condition go out as one.
 *
 * It is sent at once: nothing else is on its way to the client while a
 * request is looked at, and a client that takes no more bytes does without.
 */
#include <errno.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "proxy/action.h"
#include "proxy/stream.h"

struct hint_args {
	struct slice name;
	struct format *value;
};

static unsigned hint_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			  const struct conf_line *line, unsigned at)
{
	struct hint_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));

	if (!action_need(parse, rule, line, at, 2, "<name> <format>") ||
	    !action_header_name(parse, &line->words[at + 1], &args->name))
		return 0;
	args->value = action_format(parse, section, rule, &line->words[at + 2]);
	return args->value != NULL ? at + 3 : 0;
}

/* "Name: value", behind those of the rules before. False: no memory. */
static bool hint_add(const struct hint_args *args, struct rule_run *run)
{
	struct slice value = format_text(args->value, run->context);
	struct slice *hints = &run->txn->early_hints;

	if (value.at == NULL)
		return false;
	*hints = action_join(&run->txn->memory, *hints, args->name, SLICE(": "));
	if (hints->at != NULL)
		*hints = action_join(&run->txn->memory, *hints, value, SLICE("\r\n"));
	return hints->at != NULL;
}

/* False: the client has got a part of it, after which no answer can follow. */
static bool hint_send(struct rule_run *run)
{
	struct txn *txn = run->txn;
	struct slice message = action_join(&txn->memory, SLICE("HTTP/1.1 103 Early Hints\r\n"),
					   txn->early_hints, SLICE("\r\n"));
	ssize_t sent;

	txn->early_hints = (struct slice){ NULL, 0 };
	if (message.at == NULL)
		return true;
	do
		sent = send(run->stream->client.file.fd, message.at, message.len,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent > 0)
		txn->bytes_out += (uint64_t)sent;
	return sent <= 0 || (size_t)sent == message.len;
}

static enum rule_verdict hint_run(const struct rule *rule, struct rule_run *run)
{
	const struct rule *next = rule->next;

	if (run->txn->request.minor == 0) /* HTTP/1.0 knows no 1xx (RFC 9110, 15.2) */
		return RULE_NEXT;
	if (!hint_add(rule->args, run))
		return action_done(run, false);
	if (next != NULL && next->action == rule->action && next->condition == NULL)
		return RULE_NEXT;
	return hint_send(run) ? RULE_NEXT : RULE_REJECT;
}

const struct rule_action rule_actions_hint[] = {
	{ ACTION_DOC("early-hint", "Tell the client what it will need, ahead of the answer.",
		     "http-request early-hint Link \"</style.css>; rel=preload; as=style\""),
	  .lists = IN_REQUEST, .parse = hint_read, .run = hint_run },
	{ .doc = { .name = NULL } },
};
