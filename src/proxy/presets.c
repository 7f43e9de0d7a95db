/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/presets.c - the documented defaults: those of the rows, and those of
 * fields that no row writes by itself.
 */
#include "lb/algo.h"
#include "proxy/reading.h"

void global_preset(struct conf_parse *parse, struct proxy_global *global)
{
	conf_apply_presets(parse, CONF_GLOBAL, global);
	global->uid = -1;
	global->gid = -1;
}

void server_preset(struct conf_parse *parse, struct server_conf *server)
{
	conf_apply_option_presets(parse, proxy_server_options, server);
	server->address.fd = -1;
	server->source.fd = -1;
	server->check_address.fd = -1;
	server->agent_address.fd = -1;
}

void section_preset(struct conf_parse *parse, struct section *section)
{
	conf_apply_presets(parse, CONF_DFLB, section);
	section->mode = PROXY_MODE_TCP;
	section->stats.uri = "/haproxy?stats";
	section->back.lb.algo = lb_algo_find("roundrobin");
	section->back.lb.random_draws = 2;
	section->back.redispatch_interval = -1;
	section->http.retry_on = HTTP_RETRY_CONN_FAILURE;
	section->http.forwardfor.name = "X-Forwarded-For";
	section->http.originalto.name = "X-Original-To";
	section->back.source.fd = -1;
	section->alert.level = LOG_LEVEL_ALERT;
	server_preset(parse, &section->back.default_server);
}

void bind_preset(struct bind_conf *bind)
{
	bind->listener.address.fd = -1;
	bind->listener.unix_uid = -1;
	bind->listener.unix_gid = -1;
	bind->listener.unix_mode = -1;
	bind->level = CLI_OPERATOR;
}
