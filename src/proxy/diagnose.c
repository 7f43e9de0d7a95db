/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/diagnose.c - `-dD`: what is right in haproxy.cfg, and rarely meant. */
#include "proxy/reading.h"

static void diagnose_server(struct conf_parse *parse, const struct server_conf *server)
{
	if (server->weight == 0)
		diag_add(parse->report, DIAG_NOTE, &diag_no_effect, server->span, NULL,
			 "server '%s/%s' has a weight of 0: no balance algorithm will choose it",
			 server->backend->name, server->name);
}

void proxy_diagnose(struct conf_parse *parse)
{
	const struct proxy_conf *conf = reading_conf(parse);

	if (conf->late_global.source != NULL)
		diag_add(parse->report, DIAG_NOTE, &diag_wrong_place, conf->late_global,
			 "put it first", "this 'global' comes after other sections");
	for (const struct section *section = conf->sections; section != NULL;
	     section = section->next)
		for (const struct server_conf *server = section->back.servers;
		     section_connects(section) && server != NULL; server = server->next)
			diagnose_server(parse, server);
}
