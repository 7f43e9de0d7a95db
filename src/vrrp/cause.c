/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/cause.c - see cause.h. */
#include "vrrp/cause.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "vrrp/group.h"

/* After silence, a farewell, or a master that must yield. */
static void cause_of_takeover(const struct vrrp_instance *instance, const char *peer, char *ret)
{
	switch (instance->last_event) {
	case MACHINE_HEARD_ZERO:
		snprintf(ret, INSTANCE_CAUSE, "%s gave up (priority 0)", peer);
		break;
	case MACHINE_HEARD_WORSE:
		snprintf(ret, INSTANCE_CAUSE, "%s has priority %u against %u here", peer,
			 instance->last.priority, instance->machine.priority);
		break;
	default:
		snprintf(ret, INSTANCE_CAUSE, "no advertisement for %lu ms",
			 (unsigned long)(machine_down_us(&instance->machine) / 1000));
		break;
	}
}

static void cause_of_yielding(const struct vrrp_instance *instance, const char *peer, char *ret)
{
	if (instance->last.priority == instance->machine.priority)
		snprintf(ret, INSTANCE_CAUSE, "%s has the same priority %u and a higher address",
			 peer, instance->last.priority);
	else
		snprintf(ret, INSTANCE_CAUSE, "%s has priority %u against %u here", peer,
			 instance->last.priority, instance->machine.priority);
}

void cause_text(const struct vrrp_instance *instance, enum machine_event event,
		char ret[INSTANCE_CAUSE])
{
	char peer[IP_TEXT];

	ip_text(&instance->last.source, peer);
	switch (event) {
	case MACHINE_DOWN_DUE: cause_of_takeover(instance, peer, ret); break;
	case MACHINE_ASKED: snprintf(ret, INSTANCE_CAUSE, "%s hands over", peer); break;
	case MACHINE_HANDED_OVER: snprintf(ret, INSTANCE_CAUSE, "handed over to %s", peer); break;
	case MACHINE_LEAD:
	case MACHINE_YIELD: group_cause(instance, ret); break;
	case MACHINE_LATE:
		snprintf(ret, INSTANCE_CAUSE, "this process did not run for a while: "
					      "another may be MASTER now");
		break;
	case MACHINE_HEARD_BETTER: cause_of_yielding(instance, peer, ret); break;
	case MACHINE_FAULT:
	case MACHINE_STOP: snprintf(ret, INSTANCE_CAUSE, "%s", instance->fault); break;
	case MACHINE_CLEAR:
		snprintf(ret, INSTANCE_CAUSE, "it is over: %.180s", instance->fault);
		break;
	case MACHINE_RESTART:
		snprintf(ret, INSTANCE_CAUSE, "vrrp process restarted, it goes on");
		break;
	case MACHINE_START:
	case MACHINE_START_AS_MASTER: snprintf(ret, INSTANCE_CAUSE, "started"); break;
	default: snprintf(ret, INSTANCE_CAUSE, "(event %d)", (int)event); break;
	}
}
