/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/keywords_sync.c - vrrp_sync_group (man keepalived.conf, "VRRP synchronization group(s)"). */
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "vrrp/keyword.h"

enum { GROUP_OWNER = 255 };

static void group_parse_block(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	const struct conf_word *name = vrrp_block_name(parse, node, "vrrp_sync_group NAME {");
	struct vrrp_group_draft *draft;

	if (name == NULL)
		return;
	for (draft = parse->groups; draft != NULL; draft = draft->next)
		if (strcmp(draft->conf.name, name->text) == 0)
			vrrp_block_duplicate(parse, name, "vrrp_sync_group", draft->conf.span);
	draft = arena_zalloc(parse->common.arena, sizeof(*draft));
	draft->conf.name = name->text;
	draft->conf.span = name->span;
	draft->smtp_alert = -1;
	vrrp_parse_block(parse, VRRP_GROUP, draft, node);
	*parse->groups_tail = draft;
	parse->groups_tail = &draft->next;
}

/* Each word of the block names an instance. */
static void group_parse_members(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_group_draft *draft = object;

	for (unsigned i = 0; i < node->line.count; i++)
		*ARENA_APPEND(parse->common.arena, draft->members, draft->member_count) =
			&node->line.words[i];
}

static void group_parse_alert(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_group_draft *draft = object;
	bool on = true;

	if (node->line.count > 1 && !vrrp_read_bool(parse, &node->line.words[1], &on))
		return;
	draft->smtp_alert = on;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void group_parse_global_tracking(struct vrrp_parse *parse, void *object,
					const struct vrrp_node *node)
{
	struct vrrp_group_draft *draft = object;

	draft->conf.tracking_weight = true;
	vrrp_report(parse, DIAG_WARNING, &diag_old_form, node->line.words[0].span,
		    "'global_tracking' is an old form: write the track_* blocks in the group");
	vrrp_warn_rest(parse, &node->line, 1);
}

/* --- when the file is known --- */

static struct vrrp_draft *group_find_instance(struct vrrp_parse *parse,
					      const struct conf_word *word)
{
	const char **names = NULL, *nearest;
	size_t count = 0;

	for (struct vrrp_draft *d = parse->drafts; d != NULL; d = d->next) {
		if (strcmp(d->conf.name, word->text) == 0)
			return d;
		*ARENA_APPEND(parse->common.arena, names, count) = d->conf.name;
	}
	*ARENA_APPEND(parse->common.arena, names, count) = NULL;
	nearest = diag_closest(word->text, names);
	diag_add(parse->common.report, DIAG_ERROR, &diag_unknown_name, word->span,
		 nearest == NULL ? NULL :
				   arena_printf(parse->common.arena, "did you mean '%s'?", nearest),
		 "there is no vrrp_instance '%s'", word->text);
	return NULL;
}

static void group_finish_member(struct vrrp_parse *parse, struct vrrp_group_draft *draft,
				const struct conf_word *word)
{
	struct vrrp_draft *member = group_find_instance(parse, word);
	struct vrrp_group_conf *group = &draft->conf;

	if (member == NULL)
		return;
	if (member->conf.group_conf != NULL) {
		vrrp_report(parse, DIAG_ERROR, &diag_duplicate, word->span,
			    "instance '%s' is in sync group '%s' already", word->text,
			    member->conf.group_conf->name);
		return;
	}
	member->conf.group_conf = group;
	*ARENA_APPEND(parse->common.arena, group->members, group->member_count) = &member->conf;
	vrrp_tracks_finish_member(parse, group, &member->conf.tracks);
}

static void group_check(struct vrrp_parse *parse, const struct vrrp_group_conf *group)
{
	unsigned owners = 0;

	for (unsigned i = 0; i < group->member_count; i++)
		owners += group->members[i]->priority == GROUP_OWNER;
	if (group->member_count == 0)
		vrrp_report(parse, DIAG_ERROR, &diag_missing, group->span,
			    "sync group '%s' has no instance in 'group'", group->name);
	else if (group->member_count == 1)
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, group->span,
			    "sync group '%s' has one instance: there is nobody to change "
			    "state with", group->name);
	if (owners != 0 && owners != group->member_count)
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, group->span,
			    "sync group '%s' has members that own their addresses (priority 255) "
			    "and others: tracking moves only those",
			    group->name);
}

static void group_finish_mail(struct vrrp_parse *parse, struct vrrp_group_draft *draft)
{
	if (draft->smtp_alert < 0)
		draft->smtp_alert = parse->smtp_alert_vrrp >= 0 ? parse->smtp_alert_vrrp
								: parse->smtp_alert;
	draft->conf.smtp_alert = draft->smtp_alert > 0;
}

void vrrp_groups_finish(struct vrrp_parse *parse)
{
	struct vrrp_group_conf **tail = &parse->conf->groups;

	for (struct vrrp_group_draft *draft = parse->groups; draft != NULL; draft = draft->next) {
		vrrp_tracks_finish(parse, &draft->conf.tracks, draft->track_lines);
		for (unsigned i = 0; i < draft->member_count; i++)
			group_finish_member(parse, draft, draft->members[i]);
		group_check(parse, &draft->conf);
		group_finish_mail(parse, draft);
		draft->conf.index = parse->conf->group_count++;
		*tail = &draft->conf;
		tail = &draft->conf.next;
	}
}

/* --- rows --- */

#define GROUP(field) offsetof(struct vrrp_group_conf, field)

#define NOTIFY(word, field, when)                                                                  \
	{                                                                                          \
		.doc = { word, "Script to run " when ": SCRIPT [USER [GROUP]].",                   \
			 word " \"/usr/local/bin/vrrp-changed now\"", "0.3" },                     \
		.where = VRRP_GROUP, .type = VRRP_COMMAND, .offset = GROUP(notify.field),          \
	}

const struct vrrp_keyword vrrp_keywords_sync[] = {
	{
		.doc = { "vrrp_sync_group", "Instances that change state together.",
			 "vrrp_sync_group VG_1 {", "0.3" },
		.where = VRRP_TOP, .type = VRRP_PARSE, .block = true, .parse = group_parse_block,
	},
	{
		.doc = { "group", "The names of the instances.", "group {", "0.3" },
		.where = VRRP_GROUP, .type = VRRP_LIST, .block = true,
		.parse = group_parse_members,
	},
	NOTIFY("notify", any, "at each change, with GROUP, the name, the state and 0"),
	NOTIFY("notify_master", master, "when all are MASTER"),
	NOTIFY("notify_backup", backup, "when all are BACKUP"),
	NOTIFY("notify_fault", fault, "on FAULT"),
	NOTIFY("notify_stop", stop, "on stop"),
	{
		.doc = { "smtp_alert", "Sends mail at each change of the group.", "smtp_alert",
			 "0.3" },
		.where = VRRP_GROUP, .type = VRRP_PARSE, .preset = "as global_defs says",
		.parse = group_parse_alert,
	},
	{
		.doc = { "notify_priority_changes",
			 "Tells priority changes of the members on the FIFOs.",
			 "notify_priority_changes on", "0.3" },
		.where = VRRP_GROUP, .type = VRRP_FLAG, .offset = GROUP(notify.priority_changes),
		.preset = "off",
	},
	{
		.doc = { "sync_group_tracking_weight",
			 "Members' own weights count, though they may give them different "
			 "priorities.",
			 "sync_group_tracking_weight", "0.3" },
		.where = VRRP_GROUP, .type = VRRP_FLAG, .offset = GROUP(tracking_weight),
		.preset = "off",
	},
	{
		.doc = { "global_tracking", "Old word for sync_group_tracking_weight.",
			 "global_tracking", "0.3" },
		.where = VRRP_GROUP, .type = VRRP_PARSE, .parse = group_parse_global_tracking,
	},
	VRRP_KEYWORDS_END,
};
