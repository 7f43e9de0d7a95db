/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_userlist.c - `userlist` sections: users, their passwords and
 * groups (configuration manual 3.4). Membership may be written with the group
 * or with the user; when the section ends both become the users' groups.
 */
#include <crypt.h>
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

/* A `group` line, or a user's `groups`, until the section ends. */
struct userlist_group {
	struct userlist_group *next;
	const char *name;
	struct userlist_names {
		const struct conf_word *word;	/* NULL: there are none */
		const char **names;		/* ends in NULL */
		size_t count;
	} users;
};

/* A user while the section is read. */
struct userlist_reading_user {
	struct userlist_user user;	/* first: the list goes through it */
	struct userlist_names groups;
};

struct userlist_section {
	struct userlist *list;		/* NULL: a scratch section */
	struct userlist_user **last;
	struct userlist_user *users;
	struct userlist_group *groups;
};

static struct userlist_reading_user *userlist_reading(struct userlist_user *user)
{
	return container_of(user, struct userlist_reading_user, user);
}

/* "a,b,c" */
static struct userlist_names userlist_split(struct arena *arena, const struct conf_word *word)
{
	struct userlist_names names = {.word = word};
	const char *at = word->text;

	while (*at != '\0') {
		size_t len = strcspn(at, ",");

		if (len != 0)
			*ARENA_APPEND(arena, names.names, names.count) =
				arena_strndup(arena, at, len);
		at += len + (at[len] == ',');
	}
	*ARENA_APPEND(arena, names.names, names.count) = NULL;
	names.count--;
	return names;
}

static struct userlist_group *userlist_find_group(const struct userlist_section *section,
						  const char *name)
{
	for (struct userlist_group *group = section->groups; group != NULL; group = group->next)
		if (strcmp(group->name, name) == 0)
			return group;
	return NULL;
}

static struct userlist_user *userlist_find_user(const struct userlist_section *section,
						const char *name)
{
	for (struct userlist_user *user = section->users; user != NULL; user = user->next)
		if (strcmp(user->name, name) == 0)
			return user;
	return NULL;
}

static void userlist_report_twice(struct conf_parse *parse, const struct conf_word *word,
				  const char *what)
{
	diag_add(parse->report, DIAG_WARNING, &diag_duplicate, word->span, NULL,
		 "the %s '%s' is there already; this line is ignored", what, word->text);
}

static void userlist_read_group(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct userlist_section *section = object;
	struct userlist_group *group;

	if (!conf_need_words(parse, line, at, 1, 3, "group <name> [users <user>[,<user>]...]"))
		return;
	if (at + 1 < line->count && strcmp(line->words[at + 1].text, "users") != 0) {
		conf_error_unknown(parse, &line->words[at + 1], "argument",
				   (const char *const[]){ "users", NULL });
		return;
	}
	if (userlist_find_group(section, line->words[at].text) != NULL) {
		userlist_report_twice(parse, &line->words[at], "group");
		return;
	}
	group = arena_zalloc(parse->arena, sizeof(*group));
	group->name = line->words[at].text;
	if (at + 2 < line->count)
		group->users = userlist_split(parse->arena, &line->words[at + 2]);
	group->next = section->groups;
	section->groups = group;
}

/* A password that crypt(3) cannot check, or never makes, locks its user out. */
static void userlist_check_password(struct conf_parse *parse, const struct conf_word *word)
{
	struct crypt_data *data = arena_zalloc(parse->arena, sizeof(*data));
	const char *hash = crypt_r("", word->text, data);

	if (hash == NULL || *hash == '*')
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, word->span,
			 "write 'insecure-password' if it is not encrypted",
			 "this is no password as crypt(3) makes them");
	else if (strlen(hash) != strlen(word->text))
		diag_add(parse->report, DIAG_WARNING, &diag_bad_value, word->span, NULL,
			 "no password can match: crypt(3) makes %zu characters of this, not %zu",
			 strlen(hash), strlen(word->text));
}

static bool userlist_read_option(struct conf_parse *parse, const struct conf_line *line,
				 unsigned at, struct userlist_reading_user *user)
{
	const char *option = line->words[at].text;
	const struct conf_word *value = &line->words[at + 1];
	bool plain = strcmp(option, "insecure-password") == 0;
	bool groups = strcmp(option, "groups") == 0;

	if (!plain && !groups && strcmp(option, "password") != 0) {
		conf_error_unknown(parse, &line->words[at], "argument",
				   (const char *const[]){ "groups", "insecure-password", "password",
							  NULL });
		return false;
	}
	if (!conf_need_words(parse, line, at, 2, UINT32_MAX, NULL))
		return false;
	if (groups) {
		user->groups = userlist_split(parse->arena, value);
		return true;
	}
	user->user.password = value->text;
	user->user.plain = plain;
	if (!plain)
		userlist_check_password(parse, value);
	return true;
}

static void userlist_read_user(struct conf_parse *parse, void *object,
			       const struct conf_line *line, unsigned at, bool no)
{
	struct userlist_section *section = object;
	struct userlist_reading_user *user;

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX,
			     "user <name> [password|insecure-password <text>] [groups "
			     "<group>,...]"))
		return;
	if (userlist_find_user(section, line->words[at].text) != NULL) {
		userlist_report_twice(parse, &line->words[at], "user");
		return;
	}
	user = arena_zalloc(parse->arena, sizeof(*user));
	user->user.name = line->words[at].text;
	for (at++; at < line->count; at += 2)
		if (!userlist_read_option(parse, line, at, user))
			return;
	*section->last = &user->user;
	section->last = &user->user.next;
}

static void *userlist_open(struct conf_parse *parse, const struct conf_line *line)
{
	struct proxy_conf *conf = reading_conf(parse);
	struct userlist_section *section = arena_zalloc(parse->arena, sizeof(*section));

	section->last = &section->users;
	if (line == NULL)
		return section;
	if (!conf_need_words(parse, line, 1, 1, 1, "userlist <name>"))
		return NULL;
	if (proxy_userlist_find(conf, line->words[1].text) != NULL) {
		diag_add(parse->report, DIAG_WARNING, &diag_duplicate, line->words[1].span, NULL,
			 "the userlist '%s' is there already; this one is ignored",
			 line->words[1].text);
		return section;
	}
	section->list = arena_zalloc(parse->arena, sizeof(*section->list));
	section->list->name = line->words[1].text;
	section->list->next = conf->userlists;
	conf->userlists = section->list;
	return section;
}

static void userlist_report_missing(struct conf_parse *parse, const struct conf_word *word,
				    const char *what, const char *name)
{
	diag_add(parse->report, DIAG_ERROR, &diag_unknown_name, word->span, NULL,
		 "this userlist has no %s '%s'", what, name);
}

static bool userlist_has(const char *const *names, const char *name)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* The user's own groups, and those that name the user. */
static void userlist_join_groups(struct conf_parse *parse, const struct userlist_section *section,
				 struct userlist_reading_user *user)
{
	struct userlist_names *own = &user->groups;
	const char **groups = NULL;
	size_t count = 0;

	for (size_t i = 0; i < own->count; i++)
		if (userlist_find_group(section, own->names[i]) == NULL)
			userlist_report_missing(parse, own->word, "group", own->names[i]);
	for (const struct userlist_group *group = section->groups; group != NULL;
	     group = group->next)
		if (userlist_has(own->names, group->name) ||
		    userlist_has(group->users.names, user->user.name))
			*ARENA_APPEND(parse->arena, groups, count) = group->name;
	*ARENA_APPEND(parse->arena, groups, count) = NULL;
	user->user.groups = groups;
}

static void userlist_close(struct conf_parse *parse, void *object)
{
	struct userlist_section *section = object;

	for (const struct userlist_group *group = section->groups; group != NULL;
	     group = group->next)
		for (size_t i = 0; i < group->users.count; i++)
			if (userlist_find_user(section, group->users.names[i]) == NULL)
				userlist_report_missing(parse, group->users.word, "user",
							group->users.names[i]);
	for (struct userlist_user *user = section->users; user != NULL; user = user->next)
		userlist_join_groups(parse, section, userlist_reading(user));
	if (section->list != NULL)
		section->list->users = section->users;
}

const struct conf_section proxy_section_userlist = {
	.doc = { .name = "userlist", .since = "0.2",
		 .summary = "Users with passwords and groups, for http_auth() and 'auth' rules.",
		 .example = "userlist admins" },
	.where = CONF_USERLIST,
	.open = userlist_open,
	.close = userlist_close,
};

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.2", .summary = what, .example = line }

const struct conf_keyword proxy_keywords_userlist[] = {
	{ DOC("group", "A group, with those of its users that do not name it themselves.",
	      "group operators"),
	  .where = CONF_USERLIST, .type = CONF_PARSE, .parse = userlist_read_group },
	{ DOC("user", "A user: the password, encrypted as by crypt(3) or plain, and the groups.",
	      "user tiger insecure-password PASSWORD"),
	  .where = CONF_USERLIST, .type = CONF_PARSE, .parse = userlist_read_user },
	CONF_KEYWORDS_END,
};
