/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords_program.c - the program and the files around it: network
 * namespace, pid files, reloads at a time, dumps, names of /etc/iproute2.
 */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "vrrp/keyword.h"

#define NO_LVS "there are no virtual servers to check or to balance"
#define NO_SNMP "there is no SNMP"

enum { PROGRAM_NAME = 64 };	/* of a namespace or an instance: part of a path */

/* A word that becomes part of a path; false after a report. */
static bool program_read_name(struct vrrp_parse *parse, const struct vrrp_node *node,
			      const char *usage, const char **ret_name)
{
	const struct conf_word *word = &node->line.words[1];

	if (!vrrp_need(parse, node, 1, usage))
		return false;
	if (*ret_name != NULL) {
		vrrp_report(parse, DIAG_ERROR, &diag_duplicate, word->span, "it is '%s' already",
			    *ret_name);
		return false;
	}
	if (word->text[0] == '\0' || word->text[0] == '.' || strchr(word->text, '/') != NULL ||
	    strlen(word->text) > PROGRAM_NAME) {
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, word->span,
			    "'%s' cannot be a name: it becomes part of a path", word->text);
		return false;
	}
	*ret_name = word->text;
	vrrp_warn_rest(parse, &node->line, 2);
	return true;
}

static void program_parse_namespace(struct vrrp_parse *parse, void *object,
				    const struct vrrp_node *node)
{
	program_read_name(parse, node, "net_namespace NAME", &parse->conf->net_namespace);
}

static void program_parse_instance(struct vrrp_parse *parse, void *object,
				   const struct vrrp_node *node)
{
	program_read_name(parse, node, "instance NAME", &parse->conf->instance_name);
}

static bool program_is_absolute(struct vrrp_parse *parse, const struct conf_word *word)
{
	if (word->text[0] == '/' && strlen(word->text) < PATH_MAX - 16)
		return true;
	vrrp_report(parse, DIAG_ERROR, &diag_bad_value, word->span, "'%s' is not an absolute path",
		    word->text);
	return false;
}

/* `reload_file [PATH]` */
static void program_parse_reload_file(struct vrrp_parse *parse, void *object,
				      const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;

	conf->reload_file = "";
	if (node->line.count > 1 && program_is_absolute(parse, &node->line.words[1]))
		conf->reload_file = node->line.words[1].text;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void program_parse_time_file(struct vrrp_parse *parse, void *object,
				    const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;

	if (vrrp_need(parse, node, 1, "reload_time_file PATH") &&
	    program_is_absolute(parse, &node->line.words[1]))
		conf->reload_time_file = node->line.words[1].text;
	vrrp_warn_rest(parse, &node->line, 2);
}

/* Names are looked up while the file is read: the word holds from this line on. */
static void program_parse_directory(struct vrrp_parse *parse, void *object,
				    const struct vrrp_node *node)
{
	const char *word = node->line.words[0].text;
	bool etc = strcmp(word, "iproute_etc_dir") == 0;

	if (vrrp_need(parse, node, 1, "iproute_etc_dir PATH") &&
	    program_is_absolute(parse, &node->line.words[1]))
		*(etc ? &parse->name_dirs.etc : &parse->name_dirs.usr) = node->line.words[1].text;
	vrrp_warn_rest(parse, &node->line, 2);
}

/* --- rows --- */

#define CONF(field) offsetof(struct vrrp_conf, field)
#define GLOBAL(word, summary, example, version)                                                    \
	.doc = { word, summary, example, version }, .where = VRRP_GLOBAL
#define IGNORED(word, example, kind, low, high, version, reason)                                   \
	{ GLOBAL(word, "Accepted.", example, version), .type = VRRP_IGNORED, .checked = kind,      \
	  .min = low, .max = high, .why = reason }
#define TOP(word, example, kind, reason)                                                           \
	{ .doc = { word, "Accepted.", example, "0.3" }, .where = VRRP_TOP, .type = VRRP_IGNORED,   \
	  .checked = kind, .why = reason }

const struct vrrp_keyword vrrp_keywords_program[] = {
	{ GLOBAL("set_supplementary_groups",
		 "Scripts have all groups of their user, as if each said USER :GROUP.",
		 "set_supplementary_groups", "0.4"),
	  .type = VRRP_FLAG, .offset = CONF(supplementary_groups), .preset = "off" },
	{ GLOBAL("use_symlink_paths", "Accepted.", "use_symlink_paths on", "0.4"),
	  .type = VRRP_IGNORED, .checked = VRRP_FLAG,
	  .why = "links in the paths of scripts are always followed anew at each run" },
	{ GLOBAL("iproute_etc_dir",
		 "Where names of tables, protocols and the like are looked up first, from this "
		 "line on.",
		 "iproute_etc_dir /etc/iproute2", "0.4"),
	  .type = VRRP_PARSE, .preset = "/etc/iproute2", .parse = program_parse_directory },
	{ GLOBAL("iproute_usr_dir", "Where they are looked up next.",
		 "iproute_usr_dir /usr/share/iproute2", "0.4"),
	  .type = VRRP_PARSE, .preset = "/usr/share/iproute2", .parse = program_parse_directory },
	{ GLOBAL("reload_time_file",
		 "A file with the time of a reload: [YY]YY-MM-DD HH:MM:SS or HH:MM:SS, with Z for "
		 "UTC.",
		 "reload_time_file /run/relevo/reload", "0.4"),
	  .type = VRRP_PARSE, .parse = program_parse_time_file },
	{ GLOBAL("reload_repeat",
		 "That file stays after the reload: a time without a date is one of each day.",
		 "reload_repeat", "0.4"),
	  .type = VRRP_FLAG, .offset = CONF(reload_repeat), .preset = "off" },
	{ GLOBAL("reload_file",
		 "A file that is made, or emptied, before a reload reads the configuration, and "
		 "removed after.",
		 "reload_file /run/relevo/reading", "0.4"),
	  .type = VRRP_PARSE, .parse = program_parse_reload_file },
	IGNORED("reload_check_config", "reload_check_config", VRRP_PARSE, 0, 0, "0.3",
		"a file with errors never replaces the one that runs"),
	IGNORED("tmp_config_directory", "tmp_config_directory /tmp", VRRP_STRING, 0, 0, "0.3",
		"no copy of the configuration is written"),
	{ GLOBAL("state_dump_file", "Where SIGUSR1 writes the data.", "state_dump_file /tmp/data",
		 "0.3"),
	  .type = VRRP_STRING, .offset = CONF(state_dump_file),
	  .preset = "/tmp/keepalived.data" },
	{ GLOBAL("stats_dump_file", "Where SIGUSR2 writes the statistics.",
		 "stats_dump_file /tmp/stats", "0.3"),
	  .type = VRRP_STRING, .offset = CONF(stats_dump_file),
	  .preset = "/tmp/keepalived.stats" },
	{ GLOBAL("json_dump_file", "Where the signal JSON writes.", "json_dump_file /tmp/json",
		 "0.3"),
	  .type = VRRP_STRING, .offset = CONF(json_dump_file),
	  .preset = "/tmp/keepalived.json" },
	{ GLOBAL("json_version",
		 "The form of that file: 1 is an array of instances, 2 an object with it as "
		 "`vrrp`, and with `track_process`.",
		 "json_version 2", "0.4"),
	  .type = VRRP_UNSIGNED, .offset = CONF(json_version), .preset = "1", .min = 1, .max = 2 },
	{ GLOBAL("data_use_instance", "Accepted.", "data_use_instance", "0.3"),
	  .type = VRRP_IGNORED, .checked = VRRP_FLAG,
	  .why = "state_dump_file says where the data are written" },
	IGNORED("config_save_dir", "config_save_dir /tmp/save", VRRP_STRING, 0, 0, "0.3",
		"no copies are kept: what a reload refuses is said to whoever asked for it"),
	IGNORED("snmp_socket", "snmp_socket unix:/var/agentx/master", VRRP_STRING, 0, 0, "0.3",
		NO_SNMP),
	IGNORED("snmp_vs_stats_update_interval", "snmp_vs_stats_update_interval 5", VRRP_UNSIGNED,
		0, INT32_MAX, "0.3", NO_SNMP),
	IGNORED("snmp_rs_stats_update_interval", "snmp_rs_stats_update_interval 5", VRRP_UNSIGNED,
		0, INT32_MAX, "0.3", NO_SNMP),
	IGNORED("dbus_service_name", "dbus_service_name org.keepalived.Vrrp1", VRRP_STRING, 0, 0,
		"0.3", "D-Bus is off, as long as enable_dbus does not say otherwise"),
	IGNORED("dbus_no_interface_name", "dbus_no_interface_name none", VRRP_STRING, 0, 0, "0.4",
		"D-Bus is off, as long as enable_dbus does not say otherwise"),
	{ .doc = { "net_namespace",
		   "The network namespace that everything runs in; a reload cannot change it.",
		   "net_namespace blue", "0.4" },
	  .where = VRRP_TOP, .type = VRRP_PARSE, .parse = program_parse_namespace },
	TOP("net_namespace_ipvs", "net_namespace_ipvs blue", VRRP_STRING, NO_LVS),
	TOP("namespace_with_ipsets", "namespace_with_ipsets", VRRP_PARSE, "relevo uses no ipsets"),
	{ .doc = { "instance",
		   "A name in the names of pid files, for several keepaliveds of one machine.",
		   "instance blue", "0.4" },
	  .where = VRRP_TOP, .type = VRRP_PARSE, .parse = program_parse_instance },
	{ .doc = { "use_pid_dir", "Pid files are in /run/keepalived.", "use_pid_dir", "0.4" },
	  .where = VRRP_TOP, .type = VRRP_FLAG, .offset = CONF(use_pid_dir), .preset = "off" },
	{ .doc = { "child_wait_time", "Accepted.", "child_wait_time 5", "0.3" }, .where = VRRP_TOP,
	  .type = VRRP_IGNORED, .checked = VRRP_UNSIGNED, .max = 86400,
	  .why = "processes that are told to stop do so at once, or are ended" },
	VRRP_KEYWORDS_END,
};
