/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/script_herald.c - see script_herald.h. */
#include "vrrp/script_herald.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"

enum { HERALD_FIFOS = 2 }; /* notify_fifo, vrrp_notify_fifo */

struct script_herald {
	struct script_herald_args args;
	struct notify_fifo fifos[HERALD_FIFOS];
	struct notified {
		struct script_herald *herald;
		struct script_notify notify;
	} *instances, *groups, *gone;	/* by index; of the configuration before */
	unsigned instance_count, group_count, gone_count;
};

static void herald_on_trouble(struct script_notify *notify, const char *what)
{
	struct script_herald *herald = container_of(notify, struct notified, notify)->herald;
	const struct notify_subject *subject = &notify->subject;
	char text[FIFO_LINE];

	snprintf(text, sizeof(text), "%s '%s': %s",
		 subject->kind[0] == 'G' ? "sync group" : "instance", subject->name, what);
	herald->args.say(herald->args.context, LOG_LEVEL_WARNING, text);
}

/* --- telling --- */

static void herald_fifos(struct script_herald *herald, const struct notify_subject *subject,
			 const char *state, unsigned priority)
{
	char line[FIFO_LINE];
	size_t len = notify_fifo_line(line, subject->kind, subject->name, state, priority);

	for (unsigned i = 0; i < HERALD_FIFOS; i++)
		notify_fifo_write(&herald->fifos[i], line, len);
}

static void herald_tell(struct notified *notified, uint32_t state, uint32_t priority)
{
	herald_fifos(notified->herald, &notified->notify.subject, notify_state_name(state),
		     priority);
	script_notify_change(&notified->notify, (struct notify_change){ state, priority });
}

static void herald_about_instance(struct notified *notified, const struct scripts_message *message)
{
	const struct notify_subject *subject = &notified->notify.subject;
	bool master = message->state == PAGE_VRRP_MASTER;

	switch (message->kind) {
	case SCRIPTS_NOTIFY:
		herald_tell(notified, message->state, message->priority);
		break;
	case SCRIPTS_RX_LOWER:
		herald_tell(notified, NOTIFY_RX_LOWER, message->priority);
		break;
	case SCRIPTS_SAME:
		herald_fifos(notified->herald, subject, notify_state_name(message->state),
			     message->priority);
		break;
	case SCRIPTS_PRIORITY:
		herald_fifos(notified->herald, subject,
			     master ? "MASTER_PRIORITY" : "BACKUP_PRIORITY", message->priority);
		break;
	}
}

void script_herald_message(struct script_herald *herald, const struct scripts_message *message)
{
	unsigned index = message->index;

	if (message->kind == SCRIPTS_NOTIFY_GROUP && index < herald->group_count)
		herald_tell(&herald->groups[index], message->state, 0);
	else if (message->kind == SCRIPTS_SAME_GROUP && index < herald->group_count)
		herald_fifos(herald, &herald->groups[index].notify.subject,
			     notify_state_name(message->state), 0);
	else if (index < herald->instance_count)
		herald_about_instance(&herald->instances[index], message);
}

/* --- instances that a reload took away --- */

static bool herald_has(const struct vrrp_conf *conf, const char *name)
{
	for (const struct vrrp_instance_conf *i = conf->instances; i != NULL; i = i->next)
		if (strcmp(i->name, name) == 0)
			return true;
	return false;
}

/* The priority it last had, which stays on the page. */
static uint32_t herald_priority(const struct page *page, const struct vrrp_instance_conf *conf)
{
	for (unsigned i = 0; i < PAGE_INSTANCES; i++)
		if (strcmp(page->instance[i].name, conf->name) == 0)
			return atomic_load(&page->instance[i].priority);
	return conf->priority;
}

static void herald_gone(struct script_herald *herald)
{
	const struct scripts_args *args = herald->args.scripts;

	for (unsigned i = 0; i < herald->gone_count; i++) {
		struct notified *notified = &herald->gone[i];
		const struct vrrp_instance_conf *conf = args->before->instances;

		while (&conf->notify != notified->notify.subject.conf)
			conf = conf->next;
		if (herald_has(args->conf, conf->name))
			continue;
		herald_tell(notified,
			    conf->notify.is_deleted ? (uint32_t)NOTIFY_DELETED
						    : (uint32_t)PAGE_VRRP_FAULT,
			    herald_priority(args->page, conf));
	}
}

/* --- opening --- */

static void herald_add(struct script_herald *herald, struct notified *notified,
		       struct notify_subject subject)
{
	notified->herald = herald;
	script_notify_init(&notified->notify, herald->args.loop, herald->args.running, subject);
	notified->notify.on_trouble = herald_on_trouble;
}

static struct notified *herald_add_instances(struct script_herald *herald,
					     const struct vrrp_conf *conf, unsigned *ret_count)
{
	unsigned count = conf == NULL ? 0 : conf->instance_count;
	struct notified *made = calloc(count + 1, sizeof(*made));

	if (made == NULL || conf == NULL)
		return made;
	for (const struct vrrp_instance_conf *i = conf->instances; i != NULL; i = i->next)
		herald_add(herald, &made[i->index],
			   (struct notify_subject){ "INSTANCE", i->name, &i->notify });
	*ret_count = count;
	return made;
}

static struct notified *herald_add_groups(struct script_herald *herald,
					  const struct vrrp_conf *conf)
{
	struct notified *made = calloc(conf->group_count + 1, sizeof(*made));

	if (made == NULL)
		return NULL;
	for (const struct vrrp_group_conf *g = conf->groups; g != NULL; g = g->next)
		herald_add(herald, &made[g->index],
			   (struct notify_subject){ "GROUP", g->name, &g->notify });
	herald->group_count = conf->group_count;
	return made;
}

static bool herald_same_path(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static void herald_open_fifos(struct script_herald *herald)
{
	const struct vrrp_conf *conf = herald->args.scripts->conf;
	const struct vrrp_conf *before = herald->args.scripts->before;
	const struct vrrp_fifo_conf *fifos[] = { &conf->fifo, &conf->vrrp_fifo };

	for (unsigned i = 0; i < HERALD_FIFOS; i++) {
		notify_fifo_open(&herald->fifos[i], herald->args.loop, fifos[i], herald->args.say,
				 herald->args.context);
		/* The one before us has made it, and leaves it to us. */
		if (before != NULL && (herald_same_path(fifos[i]->path, before->fifo.path) ||
				       herald_same_path(fifos[i]->path, before->vrrp_fifo.path)))
			herald->fifos[i].made = true;
	}
}

struct script_herald *script_herald_open(const struct script_herald_args *args)
{
	struct script_herald *herald = calloc(1, sizeof(*herald));

	if (herald == NULL)
		return NULL;
	herald->args = *args;
	herald->instances =
		herald_add_instances(herald, args->scripts->conf, &herald->instance_count);
	herald->groups = herald_add_groups(herald, args->scripts->conf);
	herald->gone = herald_add_instances(herald, args->scripts->before, &herald->gone_count);
	if (herald->instances == NULL || herald->groups == NULL || herald->gone == NULL) {
		free(herald->instances);
		free(herald->groups);
		free(herald->gone);
		free(herald);
		return NULL;
	}
	herald_open_fifos(herald);
	herald_gone(herald);
	return herald;
}

/* --- the end --- */

static bool herald_are_idle(const struct notified *notified, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!script_notify_is_idle(&notified[i].notify))
			return false;
	return true;
}

bool script_herald_is_idle(const struct script_herald *herald)
{
	return herald_are_idle(herald->instances, herald->instance_count) &&
	       herald_are_idle(herald->groups, herald->group_count) &&
	       herald_are_idle(herald->gone, herald->gone_count);
}

void script_herald_reap(struct script_herald *herald)
{
	for (unsigned i = 0; i < HERALD_FIFOS; i++)
		notify_fifo_reap(&herald->fifos[i]);
}

void script_herald_close(struct script_herald *herald, bool retired)
{
	if (herald == NULL)
		return;
	for (unsigned i = 0; i < HERALD_FIFOS; i++) {
		herald->fifos[i].made = herald->fifos[i].made && !retired;
		notify_fifo_close(&herald->fifos[i]);
	}
	free(herald->instances);
	free(herald->groups);
	free(herald->gone);
	free(herald);
}
