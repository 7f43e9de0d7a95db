/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/http_error.c - answers of ours as the operator wants them: errorfile,
 * errorloc, http-error, of the backend before the frontend; monitor-uri; and
 * the redirect that `redir` makes of a server.
 */
#include <string.h>

#include "http/reply.h"
#include "proxy/http_conf.h"
#include "proxy/reply.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

static const struct section *front_of(const struct txn *txn)
{
	return txn->stream->listener->frontend->section;
}

/* The operator's, or at NULL: this section has none, or wants it as it was. */
static struct slice section_reply(struct txn *txn, const struct section *section, unsigned status)
{
	const struct http_error_conf *error = section->http.errors;
	struct expr_context context;

	while (error != NULL && error->status != status)
		error = error->next;
	if (error == NULL || error->return_args == NULL)
		return error != NULL ? error->reply : (struct slice){ NULL, 0 };
	txn_context(txn, &context);
	return reply_build(error->return_args, txn, &context);
}

struct slice http_error_reply(struct txn *txn, unsigned status)
{
	const struct backend *backend = txn->stream->backend;
	struct slice reply = { NULL, 0 };

	txn->reply_status = (uint16_t)status;
	if (backend != NULL && backend->section != front_of(txn))
		reply = section_reply(txn, backend->section, status);
	if (reply.at == NULL)
		reply = section_reply(txn, front_of(txn), status);
	if (reply.at == NULL)
		reply = http_reply_builtin(status);
	return reply.at != NULL ? reply : http_reply_builtin(500);
}

bool http_monitor(struct txn *txn)
{
	const struct http_conf *conf = &front_of(txn)->http;
	const struct http_condition *fail = conf->monitor_fail;
	unsigned status = 200;
	struct expr_context context;

	if (conf->monitor_uri == NULL || !slice_is(txn->request.path, conf->monitor_uri))
		return false;
	txn_context(txn, &context);
	for (; fail != NULL && status == 200; fail = fail->next)
		if (acl_condition_true(fail->condition, &context))
			status = 503;
	txn_reply(txn, http_error_reply(txn, status), 'L', 'R');
	return true;
}

bool http_server_redirects(struct txn *txn, const struct server *server)
{
	struct slice path = txn->redirect_path;
	struct reply_field fields[] = {
		{ SLICE("cache-control"), SLICE("no-cache") },
		{ SLICE("content-length"), SLICE("0") },
		{ SLICE("location"), { NULL, 0 } },
	};
	struct out location = { 0 };

	if (server->conf->redir == NULL || path.at == NULL)
		return false;
	location.size = strlen(server->conf->redir) + path.len;
	location.bytes = bump_alloc(&txn->memory, location.size);
	if (location.bytes == NULL)
		return false;
	out_text(&location, server->conf->redir);
	out_put(&location, path);
	fields[2].value = out_slice(&location);
	txn_reply(txn, reply_message(&txn->memory, 302, fields, ARRAY_LEN(fields), SLICE("")), 'L',
		  'C');
	return txn->reply.at != NULL;
}
