/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/presets.c - the documented defaults. A test compares them with the
 * presets that the keyword rows show to people.
 */
#include "lb/algo.h"
#include "proxy/reading.h"

void global_preset(struct proxy_global *global)
{
	global->uid = -1;
	global->gid = -1;
	global->bufsize = 16384;
	global->pipesize = 1024 * 1024;
	global->maxaccept = 4;
	global->maxpollevents = 200;
}

void server_preset(struct server_conf *server)
{
	server->address.fd = -1;
	server->source.fd = -1;
	server->check_address.fd = -1;
	server->weight = 1;
	server->inter_ms = 2000;
	server->rise = 2;
	server->fall = 3;
	server->error_limit = 10;
	server->on_error = SERVER_ON_ERROR_FAIL_CHECK;
}

void section_preset(struct section *section)
{
	section->mode = PROXY_MODE_TCP;
	section->stats.uri = "/haproxy?stats";
	section->back.lb.algo = lb_algo_find("roundrobin");
	section->back.lb.random_draws = 2;
	section->back.retries = 3;
	section->back.redispatch_interval = -1;
	section->back.source.fd = -1;
	server_preset(&section->back.default_server);
}

void bind_preset(struct bind_conf *bind)
{
	bind->listener.address.fd = -1;
	bind->listener.unix_uid = -1;
	bind->listener.unix_gid = -1;
	bind->listener.unix_mode = -1;
}
