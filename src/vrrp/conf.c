/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/conf.c - keepalived.conf from bytes to struct vrrp_conf. */
#include "vrrp/conf.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "vrrp/keyword.h"

/* The host name's first label. */
static const char *conf_default_id(struct arena *arena)
{
	char name[256] = "localhost";

	gethostname(name, sizeof(name) - 1);
	return arena_strndup(arena, name, strcspn(name, "."));
}

static struct vrrp_conf *conf_new(void)
{
	struct arena *arena = arena_new();
	struct vrrp_conf *conf = arena_zalloc(arena, sizeof(*conf));

	*conf = (struct vrrp_conf){
		.arena = arena,
		.smtp_port = 25,
		.smtp_connect_timeout_us = 30000000,
		.proxy_fault_delay_us = 500000,
		.startup_timeout_us = 10000000,
		.shutdown_timeout_us = 10000000,
	};
	conf->version = 2;
	conf->umask = -1;
	conf->json_version = 1;
	conf->nft_table = "relevo";
	conf->nft_priority = -1;
	conf->down_timer_adverts = 3;
	ip_parse("224.0.0.18", &conf->mcast_group4);
	ip_parse("ff02::12", &conf->mcast_group6);
	vrrp_garp_clear(&conf->garp);
	return conf;
}

static void conf_parse(struct vrrp_conf *conf, struct diag_report *report,
		       struct vrrp_node *statements, bool check)
{
	struct vrrp_node file = { .children = statements };
	struct vrrp_parse parse = {
		.common = { .arena = conf->arena, .report = report },
		.conf = conf, .check = check,
		.smtp_alert = -1, .smtp_alert_vrrp = -1, .next_rule_priority = 16384,
		.presets.conf = { .version = 2, .down_timer_adverts = 3 },
	};

	conf->statements = statements;
	parse.drafts_tail = &parse.drafts;
	parse.groups_tail = &parse.groups;
	parse.scripts_tail = &conf->scripts;
	parse.commands_tail = &parse.commands;
	vrrp_parse_block(&parse, VRRP_TOP, conf, &file);
	vrrp_parse_finish(&parse);
}

static struct vrrp_lexer_options conf_lexer(struct vrrp_conf *conf, const char *config_id,
					    struct diag_report *report)
{
	return (struct vrrp_lexer_options){
		.arena = conf->arena, .report = report,
		.config_id = config_id == NULL ? conf_default_id(conf->arena) : config_id,
	};
}

struct vrrp_conf *vrrp_conf_open(const char *file, const struct vrrp_conf_how *how,
				 struct diag_report *report)
{
	struct vrrp_conf *conf = conf_new();
	struct vrrp_lexer_options options = conf_lexer(conf, how->config_id, report);

	options.all_files = how->all_files;
	conf_parse(conf, report, vrrp_lex_file(&options, file), how->check || how->vrrp_only);
	if (how->net_namespace != NULL)
		conf->net_namespace = arena_strdup(conf->arena, how->net_namespace);
	return conf;
}

struct vrrp_conf *vrrp_conf_read(const char *file, const char *config_id,
				 struct diag_report *report)
{
	return vrrp_conf_open(file, &(struct vrrp_conf_how){ .config_id = config_id }, report);
}

struct vrrp_conf *vrrp_conf_check(const char *file, const char *config_id,
				  struct diag_report *report)
{
	return vrrp_conf_open(file,
			      &(struct vrrp_conf_how){ .config_id = config_id, .check = true },
			      report);
}

bool vrrp_conf_namespace(const char *file, const char *config_id, char *ret_name, size_t size)
{
	struct diag_report *report = diag_report_new();
	struct vrrp_conf *conf = conf_new();
	struct vrrp_lexer_options options = conf_lexer(conf, config_id, report);
	const struct vrrp_node *node = vrrp_lex_file(&options, file);

	while (node != NULL && (node->line.count < 2 ||
				strcmp(node->line.words[0].text, "net_namespace") != 0))
		node = node->next;
	if (node != NULL)
		snprintf(ret_name, size, "%s", node->line.words[1].text);
	vrrp_conf_free(conf);
	diag_report_free(report);
	return node != NULL;
}

struct vrrp_conf *vrrp_conf_read_text(const char *name, const char *text, size_t len,
				      const char *config_id, struct diag_report *report)
{
	struct vrrp_conf *conf = conf_new();
	struct vrrp_lexer_options options = conf_lexer(conf, config_id, report);

	conf_parse(conf, report, vrrp_lex_text(&options, name, text, len), false);
	return conf;
}

void vrrp_conf_free(struct vrrp_conf *conf)
{
	if (conf != NULL)
		arena_free(conf->arena);
}
