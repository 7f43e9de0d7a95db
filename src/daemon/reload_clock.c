/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/reload_clock.c - see reload_clock.h. */
#include "daemon/reload_clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
	CLOCK_LINE = 32,		/* longer than any time */
	CLOCK_TEXT = PATH_MAX + 100,
	CLOCK_LOOK_US = 30 * 1000 * 1000,
};

/* ---- what the file says ---- */

/* Whether `text` is like `form`, in which 0 stands for any digit. */
static bool clock_is_like(const char *text, const char *form)
{
	for (; *form != '\0'; form++, text++)
		if (*form == '0' ? *text < '0' || *text > '9' : *text != *form)
			return false;
	return *text == '\0';
}

static int clock_number(const char **at, size_t digits)
{
	int value = 0;

	for (; digits > 0; digits--)
		value = value * 10 + (*(*at)++ - '0');
	(*at)++; /* what stands between */
	return value;
}

/* A day that there is not, as 02-30, becomes another one: such is no time. */
static int clock_make(struct tm tm, bool utc, time_t *ret)
{
	struct tm made = tm;

	if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
		return -EINVAL;
	made.tm_isdst = -1;
	*ret = utc ? timegm(&made) : mktime(&made);
	return *ret != (time_t)-1 && tm.tm_mday == made.tm_mday && tm.tm_mon == made.tm_mon ?
		       0 : -EINVAL;
}

static int clock_parse_daily(struct tm tm, bool utc, time_t now, time_t *ret)
{
	int error = clock_make(tm, utc, ret);

	if (error == 0 && *ret <= now) {
		struct tm tomorrow = tm;

		tomorrow.tm_mday++;
		tomorrow.tm_isdst = -1;
		*ret = utc ? timegm(&tomorrow) : mktime(&tomorrow);
	}
	return error;
}

int reload_clock_parse(const char *text, time_t now, time_t *ret_when)
{
	static const char *const forms[] = { "00:00:00", "00-00-00 00:00:00",
					     "0000-00-00 00:00:00" };
	char line[CLOCK_LINE] = "";
	size_t len = strlen(text), form = 0;
	const char *at = line;
	struct tm tm;
	bool utc;

	if (len == 0 || len >= sizeof(line))
		return -EINVAL;
	utc = text[len - 1] == 'Z';
	memcpy(line, text, len - utc);
	while (form < ARRAY_LEN(forms) && !clock_is_like(line, forms[form]))
		form++;
	if (form == ARRAY_LEN(forms) ||
	    (utc ? gmtime_r(&now, &tm) : localtime_r(&now, &tm)) == NULL)
		return -EINVAL;
	if (form > 0) {
		tm.tm_year = clock_number(&at, form == 1 ? 2 : 4) + (form == 1 ? 100 : -1900);
		tm.tm_mon = clock_number(&at, 2) - 1;
		tm.tm_mday = clock_number(&at, 2);
	}
	tm.tm_hour = clock_number(&at, 2);
	tm.tm_min = clock_number(&at, 2);
	tm.tm_sec = clock_number(&at, 2);
	if (form == 0)
		return clock_parse_daily(tm, utc, now, ret_when);
	int error = clock_make(tm, utc, ret_when);
	return error == 0 && *ret_when <= now ? -ERANGE : error;
}

/* ---- the file ---- */

static void clock_say(struct reload_clock *clock, enum log_level level, const char *what,
		      const char *detail)
{
	char text[CLOCK_TEXT];

	snprintf(text, sizeof(text), "%s: %s%s", clock->path, what, detail);
	clock->say(clock, level, text);
}

static void clock_arm(struct reload_clock *clock)
{
	time_t now = time(NULL);
	uint64_t left = clock->when > now ? (uint64_t)(clock->when - now) * 1000000 : 0;

	if (loop_timer_arm(clock->loop, &clock->timer,
			   moment_after(moment_now(),
					left < CLOCK_LOOK_US ? left : CLOCK_LOOK_US)) < 0)
		clock_say(clock, LOG_LEVEL_ERR, "no reload: ", strerror(ENOMEM));
}

static void clock_cancel(struct reload_clock *clock)
{
	if (clock->when != 0)
		clock_say(clock, LOG_LEVEL_NOTICE, "the reload is called off", "");
	clock->when = 0;
	loop_timer_disarm(clock->loop, &clock->timer);
}

static void clock_schedule(struct reload_clock *clock, time_t when)
{
	struct tm tm;
	char date[32];

	localtime_r(&when, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	clock->when = when;
	clock_say(clock, LOG_LEVEL_NOTICE, "reload at ", date);
	clock_arm(clock);
}

/* Reads the first line; -ENOENT: there is no file. */
static int clock_read(const struct reload_clock *clock, char ret_line[CLOCK_LINE])
{
	int fd = open(clock->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, ret_line, CLOCK_LINE - 1);
	close(fd);
	if (len < 0)
		return -errno;
	ret_line[len] = '\0';
	ret_line[strcspn(ret_line, "\n")] = '\0';
	return 0;
}

static void clock_look(struct reload_clock *clock)
{
	char line[CLOCK_LINE];
	time_t when = 0;
	int error = clock_read(clock, line);

	/* one that is only just being written is not yet wrong */
	if (error == 0 && line[0] != '\0')
		error = reload_clock_parse(line, time(NULL), &when);
	if (error == 0 && when != 0 && when == clock->when)
		return;
	clock_cancel(clock);
	if (error == 0 && when != 0)
		clock_schedule(clock, when);
	else if (error == -ERANGE)
		clock_say(clock, LOG_LEVEL_WARNING, "that time is past: ", line);
	else if (error == -EINVAL)
		clock_say(clock, LOG_LEVEL_WARNING, "this is no time of a reload: ", line);
}

static void clock_on_change(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct reload_clock *clock = container_of(file, struct reload_clock, watch);
	char events[4096] __attribute__((aligned(8)));
	const char *slash = strrchr(clock->path, '/');
	bool ours = false;
	ssize_t len;

	while ((len = read(file->fd, events, sizeof(events))) > 0)
		for (ssize_t at = 0; at < len;) {
			const struct inotify_event *event = (const void *)(events + at);

			ours |= event->len != 0 && strcmp(event->name, slash + 1) == 0;
			at += (ssize_t)sizeof(*event) + event->len;
		}
	if (ours)
		clock_look(clock);
}

static void clock_on_timer(struct loop *loop, struct loop_timer *timer)
{
	struct reload_clock *clock = container_of(timer, struct reload_clock, timer);

	if (clock->when == 0)
		return;
	if (time(NULL) < clock->when) {
		clock_arm(clock);
		return;
	}
	clock->when = 0;
	if (!clock->repeat && unlink(clock->path) < 0 && errno != ENOENT)
		clock_say(clock, LOG_LEVEL_WARNING, "cannot be removed: ", strerror(errno));
	if (clock->repeat)
		clock_look(clock);
	clock->on_due(clock);
}

/* ---- all ---- */

static void clock_watch(struct reload_clock *clock)
{
	char directory[PATH_MAX];
	size_t len = (size_t)(strrchr(clock->path, '/') - clock->path);
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	snprintf(directory, sizeof(directory), "%.*s", (int)(len > 0 ? len : 1), clock->path);
	if (fd < 0 ||
	    inotify_add_watch(fd, directory, IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
				       IN_DELETE | IN_ONLYDIR) < 0 ||
	    loop_file_add(clock->loop, &clock->watch, fd, clock_on_change) < 0) {
		clock_say(clock, LOG_LEVEL_WARNING, "its directory cannot be watched: ",
			  strerror(errno));
		if (fd >= 0)
			close(fd);
		clock->watch.fd = -1;
	}
}

void reload_clock_init(struct reload_clock *clock, struct loop *loop)
{
	clock->loop = loop;
	clock->watch.fd = -1;
	clock->timer.on_expire = clock_on_timer;
}

void reload_clock_set(struct reload_clock *clock, const struct vrrp_conf *conf)
{
	reload_clock_close(clock);
	clock->path = conf != NULL ? conf->reload_time_file : NULL;
	clock->repeat = conf != NULL && conf->reload_repeat;
	if (clock->path == NULL)
		return;
	clock_watch(clock);
	clock_look(clock);
}

void reload_clock_close(struct reload_clock *clock)
{
	loop_timer_disarm(clock->loop, &clock->timer);
	if (clock->watch.fd >= 0)
		loop_file_close(clock->loop, &clock->watch);
	clock->watch.fd = -1;
	clock->when = 0;
	clock->path = NULL;
}
