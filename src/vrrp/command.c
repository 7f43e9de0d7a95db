/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/command.c - scripts as configured: argv, the file to execute, the user
 * (man keepalived.conf, "SCRIPTS").
 *
 * Commands are noted while the file is read and resolved at its end, since
 * script_user and enable_script_security may stand after them.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "vrrp/keyword.h"

#define COMMAND_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* --- noting --- */

struct vrrp_pending_command *vrrp_command_pending(struct vrrp_parse *parse,
						  struct vrrp_command *command)
{
	struct vrrp_pending_command *pending;

	for (pending = parse->commands; pending != NULL; pending = pending->next)
		if (pending->command == command)
			return pending;
	pending = arena_zalloc(parse->common.arena, sizeof(*pending));
	pending->command = command;
	*parse->commands_tail = pending;
	parse->commands_tail = &pending->next;
	return pending;
}

void vrrp_command_add(struct vrrp_parse *parse, struct vrrp_command *command,
		      const struct conf_line *line, unsigned at)
{
	struct vrrp_pending_command *pending = vrrp_command_pending(parse, command);

	command->span = line->words[at].span;
	pending->text = line->words[at].text;
	if (at + 1 < line->count)
		pending->user = &line->words[at + 1];
	if (at + 2 < line->count)
		pending->group = &line->words[at + 2];
	vrrp_warn_rest(parse, line, at + 3);
}

/* --- argv --- */

char **vrrp_command_split(struct arena *arena, const char *text)
{
	char **argv = NULL, *out = arena_zalloc(arena, strlen(text) + 1);
	size_t count = 0;

	while (*(text += strspn(text, " \t\r\n")) != '\0') {
		*ARENA_APPEND(arena, argv, count) = out;
		while (*text != '\0' && strchr(" \t\r\n", *text) == NULL) {
			const char *end;

			if (*text != '\'' && *text != '"') {
				text += *text == '\\' && text[1] != '\0';
				*out++ = *text++;
				continue;
			}
			end = strchr(text + 1, *text);
			if (end == NULL)
				return NULL;
			memcpy(out, text + 1, (size_t)(end - text - 1));
			out += end - text - 1;
			text = end + 1;
		}
		if (*text != '\0')
			text++;
		*out++ = '\0';
	}
	*ARENA_APPEND(arena, argv, count) = NULL;
	return argv;
}

/* --- the file --- */

static bool command_is_executable(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/* The absolute path of argv[0]; NULL with errno set. */
static const char *command_find(struct arena *arena, const char *name)
{
	const char *dirs = getenv("PATH");
	char absolute[PATH_MAX];

	errno = ENOENT;
	if (strchr(name, '/') != NULL) {
		if (name[0] != '/') {
			if (realpath(name, absolute) == NULL)
				return NULL;
			name = absolute;
		}
		errno = access(name, F_OK) == 0 ? EACCES : ENOENT;
		return command_is_executable(name) ? arena_strdup(arena, name) : NULL;
	}
	for (dirs = dirs == NULL ? COMMAND_PATH : dirs; *dirs != '\0';) {
		size_t len = strcspn(dirs, ":");
		const char *path = arena_printf(arena, "%.*s/%s", (int)len, dirs, name);

		if (len > 0 && dirs[0] == '/' && command_is_executable(path))
			return path;
		dirs += len + (dirs[len] == ':');
	}
	errno = ENOENT;
	return NULL;
}

/* Whether others than root may replace `path`, or a directory on the way to it. */
static bool command_is_unsafe(const char *path, char ret_what[PATH_MAX])
{
	struct stat status;
	char *slash;

	if (realpath(path, ret_what) == NULL)
		return true;
	for (;;) {
		const char *name = ret_what[0] == '\0' ? "/" : ret_what;

		if (stat(name, &status) < 0 || status.st_uid != 0 ||
		    (status.st_mode & S_IWOTH) != 0 ||
		    ((status.st_mode & S_IWGRP) != 0 && status.st_gid != 0))
			return true;
		if (ret_what[0] == '\0')
			return false;
		slash = strrchr(ret_what, '/');
		*slash = '\0';
	}
}

/* --- the user --- */

struct command_user {
	bool known, failed;
	uid_t uid;
	gid_t gid;
	bool all_groups;	/* `:` before the group, or set_supplementary_groups */
};

enum { COMMAND_GROUPS = 64 };

/* Every group of the user, as they are now. */
static void command_set_groups(struct vrrp_parse *parse, struct vrrp_command *command)
{
	const struct passwd *passwd = getpwuid(command->uid);
	int count = COMMAND_GROUPS;
	gid_t *groups = arena_zalloc(parse->common.arena, COMMAND_GROUPS * sizeof(*groups));

	if (passwd == NULL)
		return;
	if (getgrouplist(passwd->pw_name, command->gid, groups, &count) < 0) {
		groups = arena_zalloc(parse->common.arena, (size_t)count * sizeof(*groups));
		if (getgrouplist(passwd->pw_name, command->gid, groups, &count) < 0)
			return;
	}
	command->groups = groups;
	command->group_count = (unsigned)count;
}

static bool command_user_find(struct vrrp_parse *parse, const struct conf_word *user,
			      const struct conf_word *group, struct command_user *ret)
{
	const struct passwd *passwd = getpwnam(user->text);
	const char *name = group != NULL ? group->text : "";
	const struct group *found;

	if (passwd == NULL) {
		vrrp_report(parse, DIAG_ERROR, &diag_unresolved, user->span,
			    "there is no user '%s' to run scripts as", user->text);
		return false;
	}
	ret->uid = passwd->pw_uid;
	ret->gid = passwd->pw_gid;
	ret->all_groups = name[0] == ':';
	name += ret->all_groups;
	if (name[0] == '\0')
		return true;
	found = getgrnam(name);
	if (found == NULL) {
		vrrp_report(parse, DIAG_ERROR, &diag_unresolved, group->span,
			    "there is no group '%s' to run scripts as", name);
		return false;
	}
	ret->gid = found->gr_gid;
	return true;
}

/* Neither script_user nor a user of the command: keepalived_script, or who we are. */
static void command_user_fallback(struct vrrp_parse *parse, const struct vrrp_command *command,
				  struct command_user *ret)
{
	const struct passwd *passwd = getpwnam("keepalived_script");

	if (passwd != NULL) {
		ret->uid = passwd->pw_uid;
		ret->gid = passwd->pw_gid;
		return;
	}
	ret->uid = geteuid();
	ret->gid = getegid();
	ret->failed = parse->conf->enable_script_security;
	if (ret->failed)
		diag_add(parse->common.report, DIAG_ERROR, &diag_unresolved, command->span,
			 "write 'script_user USER' in global_defs",
			 "enable_script_security needs a user for scripts, and there is no user "
			 "'keepalived_script'");
	else if (ret->uid == 0)
		diag_add(parse->common.report, DIAG_WARNING, &diag_unresolved, command->span,
			 "write 'script_user USER' in global_defs",
			 "scripts run as root, since there is no user 'keepalived_script'");
}

/* The default user, looked up for the first command that needs it. */
static bool command_default_user(struct vrrp_parse *parse, const struct vrrp_command *command,
				 struct command_user *user)
{
	if (!user->known) {
		if (parse->script_user != NULL)
			user->failed = !command_user_find(parse, parse->script_user,
							  parse->script_group, user);
		else
			command_user_fallback(parse, command, user);
		user->known = true;
	}
	return !user->failed;
}

/* --- resolving --- */

static void command_disable(struct vrrp_command *command)
{
	command->argv = NULL;
	command->path = NULL;
}

/* Keepalived does not run what it cannot find or must not trust; neither do we. */
static void command_check(struct vrrp_parse *parse, struct vrrp_command *command)
{
	char unsafe[PATH_MAX];

	command->path = command_find(parse->common.arena, command->argv[0]);
	if (command->path == NULL) {
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, command->span,
			    "'%s' cannot be run (%s): the script is disabled", command->argv[0],
			    strerror(errno));
		command_disable(command);
	} else if (parse->conf->enable_script_security && command->uid == 0 &&
		   command_is_unsafe(command->path, unsafe)) {
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, command->span,
			    "'%s' runs as root and '%s' may be changed by others: the script is "
			    "disabled", command->argv[0], unsafe[0] == '\0' ? "/" : unsafe);
		command_disable(command);
	}
}

static void command_resolve(struct vrrp_parse *parse, struct vrrp_pending_command *pending,
			    struct command_user *default_user)
{
	struct vrrp_command *command = pending->command;
	struct command_user user = { 0 };
	bool found;

	command->argv = vrrp_command_split(parse->common.arena, pending->text);
	if (command->argv == NULL || command->argv[0] == NULL) {
		vrrp_report(parse, DIAG_ERROR, &diag_bad_quoting, command->span, "%s",
			    command->argv == NULL ? "a quote in the command is not closed" :
						    "the command is empty");
		command_disable(command);
		return;
	}
	if (pending->user != NULL) {
		found = command_user_find(parse, pending->user, pending->group, &user);
	} else {
		found = command_default_user(parse, command, default_user);
		user = *default_user;
	}
	command->uid = user.uid;
	command->gid = user.gid;
	if (found && (user.all_groups || parse->conf->supplementary_groups))
		command_set_groups(parse, command);
	if (found)
		command_check(parse, command);
}

/* As a script's user, but nobody is warned of root: it runs nothing. */
static void command_resolve_owner(struct vrrp_parse *parse,
				  const struct vrrp_pending_command *pending)
{
	const struct conf_word *name = pending->user, *group = pending->group;
	struct command_user user = { .uid = geteuid(), .gid = getegid() };

	if (name == NULL) {
		name = parse->script_user;
		group = parse->script_group;
	}
	if (name != NULL && !command_user_find(parse, name, group, &user))
		return;
	pending->fifo->uid = user.uid;
	pending->fifo->gid = user.gid;
}

void vrrp_commands_resolve(struct vrrp_parse *parse)
{
	struct command_user default_user = { 0 };

	for (struct vrrp_pending_command *p = parse->commands; p != NULL; p = p->next) {
		if (p->text != NULL)
			command_resolve(parse, p, &default_user);
		if (p->fifo != NULL)
			command_resolve_owner(parse, p);
	}
}
