/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/server_request.c - see server_request.h. */
#include "proxy/server_request.h"

#include <stdlib.h>
#include <string.h>

#include "proxy/server_admin.h"
#include "proxy/worker.h"

/* A weight of 0 may have been the last. */
static void request_tell(struct worker *worker, const struct backend *backend, bool was_up)
{
	if (was_up && backend->usable_active + backend->usable_backup == 0)
		log_printf(worker->log, &backend->section->log, LOG_LEVEL_EMERG,
			   "%s %s has no server available!",
			   section_accepts(backend->section) ? "proxy" : "backend",
			   backend->section->name);
}

const char *server_request_weight(struct worker *worker, struct server *server, const char *text)
{
	const struct backend *backend = server->backend;
	bool was_up = backend->usable_active + backend->usable_backup != 0;
	char *end;
	long long weight = strtoll(text, &end, 10);
	bool relative = strcmp(end, "%") == 0;

	if (*text == '\0')
		return "Require <weight> or <weight%>.\n";
	if (end == text)
		return "Empty weight string empty or preceded by garbage";
	if (*end != '\0' && !relative)
		return "Trailing garbage in weight string";
	if (relative && weight < 0)
		return "Relative weight must be positive.\n";
	if (!relative && (weight < 0 || weight > 256))
		return "Absolute weight can only be between 0 and 256 inclusive.\n";
	if (relative)
		weight = weight > 25600 ? 256 : weight * server->conf->weight / 100;
	if (!server_set_weight(server, weight > 256 ? 256 : (uint32_t)weight))
		return "Backend is using a static LB algorithm and only accepts weights "
		       "'0%' and '100%'.\n";
	request_tell(worker, backend, was_up);
	return NULL;
}

const char *server_request_maxconn(struct server *server, const char *text)
{
	char *end;
	long long maxconn = strtoll(text, &end, 10);

	if (*text == '\0')
		return "Require <maxconn>.\n";
	if (end == text)
		return "maxconn string empty or preceded by garbage";
	if (*end != '\0')
		return "Trailing garbage in maxconn string";
	server_set_maxconn(server, maxconn < 0	       ? 0
				   : maxconn > INT32_MAX ? INT32_MAX
							 : (uint32_t)maxconn);
	return NULL;
}
