/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/keywords_notify.c - who is told of changes beside the notify scripts of states: FIFOs. */
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "vrrp/keyword.h"

/* --- FIFOs --- */

/* `WORD FIFO [USER [GROUP]]`. */
static void notify_read_fifo(struct vrrp_parse *parse, const struct vrrp_node *node,
			     struct vrrp_fifo_conf *fifo)
{
	const struct conf_line *line = &node->escaped;
	struct vrrp_pending_command *owner;

	if (!vrrp_need(parse, node, 1, "vrrp_notify_fifo /run/keepalived.fifo [USER [GROUP]]") ||
	    !vrrp_closed(parse, node))
		return;
	if (line->words[1].text[0] != '/') {
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, line->words[1].span,
			    "'%s' is not an absolute path", line->words[1].text);
		return;
	}
	if (fifo->path != NULL) {
		vrrp_report(parse, DIAG_WARNING, &diag_duplicate, line->words[0].span,
			    "'%s' is given already; this line is not read", line->words[0].text);
		return;
	}
	fifo->path = line->words[1].text;
	owner = vrrp_command_pending(parse, arena_zalloc(parse->common.arena,
							 sizeof(struct vrrp_command)));
	owner->fifo = fifo;
	owner->user = line->count > 2 ? &line->words[2] : NULL;
	owner->group = line->count > 3 ? &line->words[3] : NULL;
	vrrp_warn_rest(parse, line, 4);
}

static void notify_parse_fifo(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	notify_read_fifo(parse, node, &parse->conf->fifo);
}

static void notify_parse_vrrp_fifo(struct vrrp_parse *parse, void *object,
				   const struct vrrp_node *node)
{
	notify_read_fifo(parse, node, &parse->conf->vrrp_fifo);
}

void vrrp_fifos_finish(struct vrrp_parse *parse)
{
	struct vrrp_conf *conf = parse->conf;
	struct vrrp_fifo_conf *fifos[] = { &conf->fifo, &conf->vrrp_fifo };

	for (unsigned i = 0; i < 2; i++)
		if (fifos[i]->path == NULL && fifos[i]->script.argv != NULL) {
			vrrp_report(parse, DIAG_WARNING, &diag_no_effect, fifos[i]->script.span,
				    "without its FIFO the script is not run");
			fifos[i]->script.argv = NULL;
		}
	if (conf->fifo.path != NULL && conf->vrrp_fifo.path != NULL &&
	    strcmp(conf->fifo.path, conf->vrrp_fifo.path) == 0) {
		diag_add(parse->common.report, DIAG_WARNING, &diag_duplicate,
			 (struct diag_span){ 0 }, NULL,
			 "notify_fifo and vrrp_notify_fifo are both '%s': the second is not "
			 "written", conf->fifo.path);
		conf->vrrp_fifo.path = NULL;
		conf->vrrp_fifo.script.argv = NULL;
	}
}

/* --- instances --- */

/* `notify_deleted [SCRIPT [USER [GROUP]]]`. */
static void notify_parse_deleted(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	draft->conf.notify.is_deleted = true;
	if (node->line.count > 1 && vrrp_closed(parse, node))
		vrrp_command_add(parse, &draft->conf.notify.deleted, &node->escaped, 1);
}

/* --- rows --- */

#define CONF(field) offsetof(struct vrrp_conf, field)
#define INSTANCE(field) offsetof(struct vrrp_instance_conf, field)

const struct vrrp_keyword vrrp_keywords_notify[] = {
	{
		.doc = { "notify_fifo",
			 "A FIFO that a line is written to at each change: FIFO [USER [GROUP]].",
			 "notify_fifo /run/keepalived.fifo", "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .parse = notify_parse_fifo,
	},
	{
		.doc = { "notify_fifo_script",
			 "A script that reads the FIFO, whose path is its last argument.",
			 "notify_fifo_script /usr/local/bin/read-changes", "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_COMMAND, .offset = CONF(fifo.script),
	},
	{
		.doc = { "vrrp_notify_fifo",
			 "As notify_fifo; with relevo there is no difference.",
			 "vrrp_notify_fifo /run/vrrp.fifo", "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .parse = notify_parse_vrrp_fifo,
	},
	{
		.doc = { "vrrp_notify_fifo_script",
			 "A script that reads the FIFO, whose path is its last argument.",
			 "vrrp_notify_fifo_script /usr/local/bin/read-changes", "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_COMMAND, .offset = CONF(vrrp_fifo.script),
	},
	{
		.doc = { "vrrp_notify_priority_changes",
			 "Tells priority changes on the FIFOs: MASTER_PRIORITY, BACKUP_PRIORITY.",
			 "vrrp_notify_priority_changes on", "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_FLAG, .offset = CONF(notify_priority_changes),
		.preset = "off",
	},
	{
		.doc = { "notify_priority_changes",
			 "Tells this instance's priority changes on the FIFOs.",
			 "notify_priority_changes on", "0.3" },
		.where = VRRP_INSTANCE, .type = VRRP_FLAG,
		.offset = INSTANCE(notify.priority_changes), .preset = "off",
	},
	{
		.doc = { "notify_master_rx_lower_pri",
			 "Script to run when a master hears an advert of lower priority: SCRIPT "
			 "[USER [GROUP]].",
			 "notify_master_rx_lower_pri /usr/local/bin/claim-again", "0.3" },
		.where = VRRP_INSTANCE, .type = VRRP_COMMAND,
		.offset = INSTANCE(notify.rx_lower_prio),
	},
	{
		.doc = { "notify_deleted",
			 "Says DELETED, and not FAULT, when a reload takes the instance away; and "
			 "a script to run then: [SCRIPT [USER [GROUP]]].",
			 "notify_deleted /usr/local/bin/vrrp-deleted", "0.3" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .parse = notify_parse_deleted,
	},
	VRRP_KEYWORDS_END,
};
