/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/keywords_global.c - the blocks of the file, and global_defs. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "vrrp/keyword.h"

/* --- blocks --- */

static void top_parse_global(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	vrrp_warn_rest(parse, &node->line, 1);
	vrrp_parse_block(parse, VRRP_GLOBAL, parse->conf, node);
}

const struct conf_word *vrrp_block_name(struct vrrp_parse *parse, const struct vrrp_node *node,
					const char *usage)
{
	if (!vrrp_need(parse, node, 1, usage))
		return NULL;
	vrrp_warn_rest(parse, &node->line, 2);
	return &node->line.words[1];
}

void vrrp_block_duplicate(struct vrrp_parse *parse, const struct conf_word *name, const char *what,
			  struct diag_span first)
{
	vrrp_report(parse, DIAG_ERROR, &diag_duplicate, name->span,
		    "%s '%s' is already defined in line %u", what, name->text, first.line);
}

static void top_parse_script(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	const struct conf_word *name = vrrp_block_name(parse, node, "vrrp_script NAME {");
	struct vrrp_script_conf *script;

	if (name == NULL)
		return;
	for (script = parse->conf->scripts; script != NULL; script = script->next)
		if (strcmp(script->name, name->text) == 0) {
			vrrp_block_duplicate(parse, name, "vrrp_script", script->span);
			break;
		}
	script = arena_zalloc(parse->common.arena, sizeof(*script));
	*script = (struct vrrp_script_conf){
		.name = name->text, .span = name->span,
		.interval_us = 1000000, .rise = 1, .fall = 1,
	};
	vrrp_parse_block(parse, VRRP_SCRIPT, script, node);
	*parse->scripts_tail = script;
	parse->scripts_tail = &script->next;
}

static void top_parse_instance(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	const struct conf_word *name = vrrp_block_name(parse, node, "vrrp_instance NAME {");
	struct vrrp_draft *draft;

	if (name == NULL)
		return;
	for (draft = parse->drafts; draft != NULL; draft = draft->next)
		if (strcmp(draft->conf.name, name->text) == 0) {
			vrrp_block_duplicate(parse, name, "vrrp_instance", draft->conf.span);
			break;
		}
	draft = arena_zalloc(parse->common.arena, sizeof(*draft));
	draft->conf = (struct vrrp_instance_conf){
		.name = name->text, .span = name->span, .priority = 100,
		.advert_interval_us = 1000000,
	};
	vrrp_garp_clear(&draft->conf.garp);
	draft->smtp_alert = draft->auth_type = -1;
	vrrp_parse_block(parse, VRRP_INSTANCE, draft, node);
	*parse->drafts_tail = draft;
	parse->drafts_tail = &draft->next;
}

const struct vrrp_keyword vrrp_keywords_top[] = {
	{
		.doc = { "global_defs", "Settings of the whole program.", "global_defs {", "0.1" },
		.where = VRRP_TOP, .type = VRRP_PARSE, .block = true,
		.parse = top_parse_global,
	},
	{
		.doc = { "vrrp_script", "A script that is run again and again, and whose exit "
					"status instances track.",
			 "vrrp_script chk_haproxy {", "0.1" },
		.where = VRRP_TOP, .type = VRRP_PARSE, .block = true,
		.parse = top_parse_script,
	},
	{
		.doc = { "vrrp_instance",
			 "A virtual router: addresses that the elected node holds.",
			 "vrrp_instance VI_1 {", "0.1" },
		.where = VRRP_TOP, .type = VRRP_PARSE, .block = true,
		.parse = top_parse_instance,
	},
	VRRP_KEYWORDS_END,
};

/* --- global_defs --- */

/* What goes into a command of SMTP as it is. */
static bool global_is_address(struct vrrp_parse *parse, const struct conf_word *word)
{
	bool fine = word->text[0] != '\0' && strlen(word->text) <= 254;

	for (const char *c = word->text; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == '<' || *c == '>' || *c == 0x7f)
			fine = false;
	if (!fine)
		vrrp_report(parse, DIAG_ERROR, &diag_bad_address, word->span,
			    "'%s' is not a mail address", word->text);
	return fine;
}

static void global_parse_sender(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;

	if (!vrrp_need(parse, node, 1, "notification_email_from ADDRESS") ||
	    !global_is_address(parse, &node->line.words[1]))
		return;
	conf->notification_email_from = node->line.words[1].text;
	vrrp_warn_rest(parse, &node->line, 2);
}

/* Each word of the block is an address. */
static void global_parse_emails(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;
	size_t count = 0;

	while (conf->notification_emails != NULL && conf->notification_emails[count] != NULL)
		count++;
	for (unsigned i = 0; i < node->line.count; i++) {
		struct arena *arena = parse->common.arena;

		if (!global_is_address(parse, &node->line.words[i]))
			continue;
		*ARENA_APPEND(arena, conf->notification_emails, count) =
			arena_strdup(arena, node->line.words[i].text);
		conf->notification_emails = arena_grow(arena, conf->notification_emails, count,
						       sizeof(*conf->notification_emails));
		conf->notification_emails[count] = NULL;
	}
}

/* `smtp_server HOST [PORT]`; HOST may be an address of either family or a name. */
static void global_parse_smtp_server(struct vrrp_parse *parse, void *object,
				     const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;
	const struct conf_line *line = &node->line;
	int64_t port;

	if (!vrrp_need(parse, node, 1, "smtp_server HOST [PORT]"))
		return;
	if (line->words[1].text[0] == '\0' || strpbrk(line->words[1].text, "/@?#% \t") != NULL) {
		vrrp_report(parse, DIAG_ERROR, &diag_bad_address, line->words[1].span,
			    "'%s' is not the name or address of a mail server",
			    line->words[1].text);
		return;
	}
	conf->smtp_host = line->words[1].text;
	parse->smtp_span = line->words[1].span;
	if (line->count > 2 && conf_read_int(&parse->common, &line->words[2], 1, 65535, &port))
		conf->smtp_port = (uint16_t)port;
	vrrp_warn_rest(parse, line, 3);
}

static void global_parse_lvs_id(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;

	vrrp_report(parse, DIAG_WARNING, &diag_old_form, node->line.words[0].span,
		    "'lvs_id' is an old form of 'router_id'");
	if (vrrp_need(parse, node, 1, "router_id NAME") && conf->router_id == NULL)
		conf->router_id = node->line.words[1].text;
}

static void global_parse_script_user(struct vrrp_parse *parse, void *object,
				     const struct vrrp_node *node)
{
	if (!vrrp_need(parse, node, 1, "script_user USER [GROUP]"))
		return;
	parse->script_user = &node->line.words[1];
	parse->script_group = node->line.count > 2 ? &node->line.words[2] : NULL;
	parse->conf->script_user = parse->script_user->text;
	vrrp_warn_rest(parse, &node->line, 3);
}

static void global_parse_alert(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	bool vrrp_only = strcmp(node->line.words[0].text, "smtp_alert_vrrp") == 0, on = true;

	if (node->line.count > 1 && !vrrp_read_bool(parse, &node->line.words[1], &on))
		return;
	*(vrrp_only ? &parse->smtp_alert_vrrp : &parse->smtp_alert) = on;
	vrrp_warn_rest(parse, &node->line, 2);
}

#define CONF(field) offsetof(struct vrrp_conf, field)

const struct vrrp_keyword vrrp_keywords_global[] = {
	{
		.doc = { "notification_email", "Who gets mail about changes of state.",
			 "notification_email {", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_LIST, .block = true,
		.parse = global_parse_emails,
	},
	{
		.doc = { "notification_email_from", "The sender of that mail.",
			 "notification_email_from keepalived@example.com", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .parse = global_parse_sender,
		.preset = "USER@HOST",
	},
	{
		.doc = { "smtp_server", "The mail server: a name or address, and a port.",
			 "smtp_server 10.1.1.25 25", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .parse = global_parse_smtp_server,
	},
	{
		.doc = { "smtp_connect_timeout", "Seconds to wait for the mail server.",
			 "smtp_connect_timeout 30", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_SECONDS, .offset = CONF(smtp_connect_timeout_us),
		.preset = "30", .min = 1000000, .max = INT64_C(3600000000),
	},
	{
		.doc = { "smtp_helo_name", "The name to greet the mail server with.",
			 "smtp_helo_name node1.example.com", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_STRING, .offset = CONF(smtp_helo_name),
		.preset = "HOST",
	},
	{
		.doc = { "smtp_alert", "Whether instances send mail that do not say.",
			 "smtp_alert on", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .preset = "off",
		.parse = global_parse_alert,
	},
	{
		.doc = { "smtp_alert_vrrp", "As smtp_alert, and taken before it.",
			 "smtp_alert_vrrp on", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .preset = "smtp_alert",
		.parse = global_parse_alert,
	},
	{
		.doc = { "router_id", "The name of this node in mail and logs.",
			 "router_id node1", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_STRING, .offset = CONF(router_id),
		.preset = "HOST",
	},
	{
		.doc = { "lvs_id", "Old form of router_id.", "lvs_id node1", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .parse = global_parse_lvs_id,
	},
	{
		.doc = { "script_user", "The user, and group, that scripts run as.",
			 "script_user nobody", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .parse = global_parse_script_user,
		.preset = "keepalived_script if that user exists, else root",
	},
	{
		.doc = { "enable_script_security",
			 "Does not run scripts as root that others than root could replace.",
			 "enable_script_security", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_FLAG, .offset = CONF(enable_script_security),
		.preset = "off",
	},
	{
		.doc = { "proxy_fault_delay",
			 "relevo's own: seconds that the proxy may make no progress before this "
			 "node gives its addresses up.",
			 "proxy_fault_delay 0.5", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_SECONDS, .offset = CONF(proxy_fault_delay_us),
		.preset = "0.5", .min = 50000, .max = INT64_C(3600000000),
	},
	VRRP_KEYWORDS_END,
};
