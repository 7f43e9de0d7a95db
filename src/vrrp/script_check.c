/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/script_check.c - a vrrp_script. */
#include "vrrp/script_check.h"

#include "base/macros.h"

bool script_count_result(struct script_count *count, bool success)
{
	enum script_state now = success ? SCRIPT_UP : SCRIPT_DOWN;
	unsigned needed = success ? count->rise : count->fall;

	if (now == count->state) {
		count->run = 0;
		return false;
	}
	if (count->state != SCRIPT_UNKNOWN && ++count->run < needed)
		return false;
	count->state = now;
	count->run = 0;
	return true;
}

static void check_result(struct script_check *check, int status)
{
	if (check->stopped || !script_count_result(&check->count, status == 0))
		return;
	check->status = status;
	check->on_change(check);
}

static void check_run(struct script_check *check);

static void check_on_late(struct script_child *child)
{
	check_result(container_of(child, struct script_check, child), SCRIPT_TIMED_OUT);
}

static void check_on_end(struct script_child *child, int status)
{
	struct script_check *check = container_of(child, struct script_check, child);

	if (!child->late) /* else it was counted when its time was up */
		check_result(check, status);
	if (check->overdue && !check->stopped)
		check_run(check);
}

static void check_on_interval(struct loop *loop, struct loop_timer *timer)
{
	struct script_check *check = container_of(timer, struct script_check, timer);

	if (check->child.pid != 0)
		check->overdue = true;
	else
		check_run(check);
}

static void check_run(struct script_check *check)
{
	struct moment next = moment_after(moment_now(), check->conf->interval_us);

	check->overdue = false;
	if (loop_timer_arm(check->loop, &check->timer, next) < 0)
		check_result(check, SCRIPT_COULD_NOT_RUN);
	if (script_child_start(&check->child, check->loop, check->running, &check->conf->command,
			       NULL, check->conf->timeout_us) < 0)
		check_result(check, SCRIPT_COULD_NOT_RUN);
}

void script_check_start(struct script_check *check, struct loop *loop, struct list *running,
			const struct vrrp_script_conf *conf,
			void (*on_change)(struct script_check *))
{
	*check = (struct script_check){
		.conf = conf,
		.count = { .rise = conf->rise, .fall = conf->fall,
			   .state = conf->init_fail ? SCRIPT_DOWN : SCRIPT_UNKNOWN },
		.loop = loop, .running = running, .on_change = on_change,
		.timer.on_expire = check_on_interval,
		.child = { .on_late = check_on_late, .on_end = check_on_end },
	};
	check_run(check);
}

void script_check_stop(struct script_check *check)
{
	check->stopped = true;
	loop_timer_disarm(check->loop, &check->timer);
	script_child_stop(&check->child);
}
