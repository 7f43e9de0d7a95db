/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/operator.c - see operator.h.
 *
 * A hand-over ends when no instance that was MASTER is so any more, or when
 * the ones asked have not taken over within the time that machine.c gives them.
 */
#include "vrrp/operator.h"

#include <stdio.h>
#include <string.h>

#include "vrrp/instance.h"
#include "vrrp/process.h"

static struct page_command *operator_command(struct vrrp_process *process)
{
	return &process->args->page->command;
}

static void operator_say(struct vrrp_process *process, const char *instance, const char *text)
{
	struct page_command *command = operator_command(process);
	size_t len = strnlen(command->answer, sizeof(command->answer) - 1);

	snprintf(command->answer + len, sizeof(command->answer) - len, "%s%s%s\n", instance,
		 instance[0] != '\0' ? ": " : "", text);
}

static void operator_fail(struct vrrp_process *process, const char *instance, const char *text)
{
	operator_command(process)->failed = 1;
	operator_say(process, instance, text);
}

static bool operator_means(struct vrrp_process *process, const struct vrrp_instance *instance)
{
	const char *name = process->operator.instance;

	return name[0] == '\0' || strcmp(name, instance->conf->name) == 0;
}

static void operator_reassess(struct vrrp_process *process)
{
	for (unsigned i = 0; i < process->instance_count; i++)
		instance_reassess(&process->instances[i], "maintenance");
}

static void operator_end(struct vrrp_process *process)
{
	struct operator *operator = &process->operator;

	if (operator->maintenance) {
		atomic_store(&process->args->page->maintenance, 1);
		operator_say(process, "",
			     "this node does not claim until `relevo maintenance off`");
		operator_reassess(process);
	}
	operator->busy = false;
	atomic_store(&operator_command(process)->answered, operator->number);
}

/* Asks a successor of each master; in maintenance one without any just gives up afterwards. */
static void operator_hand_over(struct vrrp_process *process)
{
	bool maintenance = process->operator.maintenance;
	unsigned asked = 0, known = 0;

	for (unsigned i = 0; i < process->instance_count; i++) {
		struct vrrp_instance *instance = &process->instances[i];
		const struct peer *peer = peering_successor(instance);

		if (!operator_means(process, instance))
			continue;
		known++;
		instance->handing = instance->machine.state == PAGE_VRRP_MASTER && peer != NULL;
		if (instance->machine.state != PAGE_VRRP_MASTER)
			continue;
		if (peer != NULL) {
			memcpy(instance->successor, peer->last.name, sizeof(instance->successor));
			instance_event(instance, MACHINE_HAND_OVER);
		} else if (!maintenance) {
			operator_fail(process, instance->conf->name,
				      "not handed over: no other node of relevo is there that "
				      "would serve, with a file that agrees with ours");
		}
		asked++;
	}
	if (known == 0)
		operator_fail(process, process->operator.instance,
			      "there is no such vrrp_instance");
	else if (asked == 0 && !maintenance)
		operator_fail(process, "", "this node is not MASTER of any instance");
}

static void operator_begin(struct vrrp_process *process)
{
	struct page_command *command = operator_command(process);

	process->operator = (struct operator){
		.busy = true,
		.maintenance = command->kind == PAGE_MAINTENANCE_ON,
		.number = atomic_load(&command->asked),
	};
	memcpy(process->operator.instance, command->instance, sizeof(command->instance) - 1);
	command->failed = 0;
	command->answer[0] = '\0';
	if (command->kind == PAGE_MAINTENANCE_OFF) {
		atomic_store(&process->args->page->maintenance, 0);
		operator_say(process, "", "this node takes part in elections again");
		operator_reassess(process);
	} else {
		operator_hand_over(process);
	}
}

/* True once it is known how the instance's hand-over ended. */
static bool operator_ended(struct vrrp_process *process, struct vrrp_instance *instance,
			   struct moment now)
{
	char text[200];

	if (!instance->handing)
		return true;
	if (instance->machine.state == PAGE_VRRP_MASTER &&
	    moment_before(now, instance->machine.yield_until))
		return false;
	instance->handing = false;
	if (instance->machine.state == PAGE_VRRP_MASTER) {
		snprintf(text, sizeof(text), "%s did not take over; this node goes on as MASTER",
			 instance->successor);
		operator_fail(process, instance->conf->name, text);
	} else {
		snprintf(text, sizeof(text),
			 "handed over to %s within %.1f ms; it had the addresses before they "
			 "were removed here: no gap", instance->successor,
			 (double)moment_since(instance->peering.asked_at, instance->left) / 1000);
		operator_say(process, instance->conf->name, text);
	}
	return true;
}

void operator_tick(struct vrrp_process *process, struct moment now)
{
	struct page_command *command = operator_command(process);
	bool ended = true;

	if (!process->operator.busy) {
		if (atomic_load(&command->asked) == atomic_load(&command->answered))
			return;
		operator_begin(process);
	}
	for (unsigned i = 0; i < process->instance_count; i++)
		ended &= operator_ended(process, &process->instances[i], now);
	if (ended)
		operator_end(process);
}
