/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords_system.c - how processes run: priorities, processors, names,
 * scripts around the whole program, and what the kernel is asked for.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "vrrp/keyword.h"

#define REAL_TIME "the vrrp process always runs in real time with its memory locked"
#define NO_LVS "there are no virtual servers to check or to balance"
#define BFD_INSIDE "BFD sessions run in the vrrp process"
#define REREAD "what the kernel could not deliver is read again"

/* --- processors --- */

static void system_parse_cpus(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;
	int64_t cpu;

	if (!vrrp_need(parse, node, 1, "vrrp_cpu_affinity 0 1"))
		return;
	for (unsigned i = 1; i < node->line.count; i++)
		if (conf_read_int(&parse->common, &node->line.words[i], 0, 63, &cpu))
			conf->cpus |= UINT64_C(1) << cpu;
}

/* The same for a process that there is not: `object` is not written. */
static void system_check_cpus(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_conf scratch = { 0 };

	system_parse_cpus(parse, &scratch, node);
}

static void system_parse_runtime(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;
	int64_t us;

	if (!vrrp_need(parse, node, 1, "vrrp_rlimit_rttime 10000") ||
	    !conf_read_int(&parse->common, &node->line.words[1], 1, INT32_MAX, &us))
		return;
	conf->rlimit_rttime_us = (uint64_t)us;
	vrrp_warn_rest(parse, &node->line, 2);
}

/* `max_auto_priority [-1..99]` */
static void system_check_auto(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	int64_t priority;

	if (node->line.count > 1)
		conf_read_int(&parse->common, &node->line.words[1], -1, 99, &priority);
	vrrp_warn_rest(parse, &node->line, 2);
}

/* --- scripts of the whole program --- */

static void system_parse_script(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;
	bool startup = strcmp(node->line.words[0].text, "startup_script") == 0;
	struct vrrp_command *command = startup ? &conf->startup_script : &conf->shutdown_script;

	if (!vrrp_need(parse, node, 1, "startup_script PATH [USER [GROUP]]") ||
	    !vrrp_closed(parse, node))
		return;
	if (command->span.source != NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_duplicate, node->line.words[0].span,
			    "there is one '%s' only", node->line.words[0].text);
	else
		vrrp_command_add(parse, command, &node->escaped, 1);
}

/* --- umask --- */

/* Bits as open(2) names them, without `S_`: IWGRP|IWOTH. */
static const struct conf_choice system_bits[] = {
	{ "IRUSR", 0400, "Reading by the owner." },  { "IWUSR", 0200, "Writing by the owner." },
	{ "IXUSR", 0100, "Running by the owner." },  { "IRGRP", 040, "Reading by the group." },
	{ "IWGRP", 020, "Writing by the group." },   { "IXGRP", 010, "Running by the group." },
	{ "IROTH", 04, "Reading by others." },	     { "IWOTH", 02, "Writing by others." },
	{ "IXOTH", 01, "Running by others." },	     { NULL, 0, NULL },
};

static bool system_read_bits(struct vrrp_parse *parse, const struct conf_word *word, int *ret)
{
	const char *at = word->text;

	while (*at != '\0') {
		size_t len = strcspn(at, "|");
		struct conf_word bit = *word;
		int value;

		bit.text = arena_strndup(parse->common.arena, at, len);
		if (len > 0 && !conf_read_choice(&parse->common, &bit, system_bits, "bit", &value))
			return false;
		*ret |= len > 0 ? value : 0;
		at += len + (at[len] == '|');
	}
	return true;
}

static void system_parse_umask(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;
	const struct conf_word *word = &node->line.words[1];
	int bits = 0;
	char *end;

	if (!vrrp_need(parse, node, 1, "umask 022"))
		return;
	if (word->text[0] >= '0' && word->text[0] <= '9') {
		long value = strtol(word->text, &end, 0);

		if (*end != '\0' || value > 0777) {
			vrrp_report(parse, DIAG_ERROR, &diag_bad_number, word->span,
				    "'%s' is not a umask from 0 to 0777", word->text);
			return;
		}
		bits = (int)value;
		vrrp_warn_rest(parse, &node->line, 2);
	} else {
		for (unsigned i = 1; i < node->line.count; i++)
			if (!system_read_bits(parse, &node->line.words[i], &bits))
				return;
	}
	conf->umask = bits;
}

/* --- words that the lexer acted on, or nothing does --- */

static void system_parse_seed(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	int64_t seed;

	if (vrrp_need(parse, node, 1, "random_seed 1") &&
	    conf_read_int(&parse->common, &node->line.words[1], 0, UINT32_MAX, &seed))
		vrrp_warn_rest(parse, &node->line, 2);
}

static void system_parse_checks(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
}

/* --- the socket of adverts --- */

static void system_parse_policy(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	const struct conf_word *word = &node->line.words[1];
	int64_t bytes;

	if (!vrrp_need(parse, node, 1, "vrrp_rx_bufs_policy MTU|ADVERT|BYTES"))
		return;
	if (strcasecmp(word->text, "MTU") == 0 || strcasecmp(word->text, "ADVERT") == 0)
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, word->span,
			    "'%s' has no effect: a socket holds what the system's default is, "
			    "which is more", word->text);
	else if (conf_read_int(&parse->common, word, 1, INT32_MAX, &bytes))
		parse->presets.conf.receive_buffer = (unsigned)bytes;
	vrrp_warn_rest(parse, &node->line, 2);
}

/* --- the packet filter --- */

static bool system_is_name(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				      "0123456789";

	return strlen(text) < 32 && text[strspn(text, letters)] == '\0' &&
	       (text[0] < '0' || text[0] > '9');
}

static void system_parse_nftables(struct vrrp_parse *parse, void *object,
				  const struct vrrp_node *node)
{
	const struct conf_word *word = &node->line.words[1];
	struct vrrp_conf *conf = object;

	conf->nft_table = "keepalived";
	if (node->line.count < 2)
		return;
	/* The name becomes a word of nftables' language. */
	if (!system_is_name(word->text))
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, word->span,
			    "'%s' cannot be the name of a table", word->text);
	conf->nft_table = word->text;
	vrrp_warn_rest(parse, &node->line, 2);
}

/* `dynamic_interfaces [allow_if_changes]` */
static void system_parse_dynamic(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;

	conf->dynamic_interfaces = true;
	if (node->line.count > 1 && strcmp(node->line.words[1].text, "allow_if_changes") != 0)
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, node->line.words[1].span,
			    "write 'dynamic_interfaces' or 'dynamic_interfaces allow_if_changes'");
	vrrp_warn_rest(parse, &node->line, 2);
}

/* --- rows --- */

#define CONF(field) offsetof(struct vrrp_conf, field)
#define GLOBAL(word, summary, example)                                                             \
	.doc = { word, summary, example, "0.3" }, .where = VRRP_GLOBAL
#define IGNORED(word, example, kind, low, high, reason)                                            \
	{ GLOBAL(word, "Accepted.", example), .type = VRRP_IGNORED, .checked = kind, .min = low,   \
	  .max = high, .why = reason }
#define OTHER_PROCESS(process, reason)                                                             \
	IGNORED(process "_priority", process "_priority -5", VRRP_INT, -20, 19, reason),           \
	IGNORED(process "_rt_priority", process "_rt_priority 50", VRRP_UNSIGNED, 1, 99, reason),  \
	IGNORED(process "_rlimit_rttime", process "_rlimit_rttime 10000", VRRP_UNSIGNED, 1,        \
		INT32_MAX, reason),                                                                \
	{ GLOBAL(process "_rlimit_rtime", "Old form of the same with rttime.",                     \
		 process "_rlimit_rtime 10000"),                                                   \
	  .type = VRRP_PARSE, .modern = process "_rlimit_rttime" },                                \
	IGNORED(process "_no_swap", process "_no_swap", VRRP_PARSE, 0, 0, reason),                 \
	IGNORED(process "_process_name", process "_process_name name", VRRP_STRING, 0, 0, reason), \
	{ GLOBAL(process "_cpu_affinity", "Accepted.", process "_cpu_affinity 0 1"),               \
	  .type = VRRP_IGNORED, .parse = system_check_cpus, .why = reason }

const struct vrrp_keyword vrrp_keywords_system[] = {
	{ GLOBAL("vrrp_rt_priority", "The real-time priority of the vrrp process.",
		 "vrrp_rt_priority 50"),
	  .type = VRRP_INT, .offset = CONF(rt_priority), .preset = "20", .min = 1, .max = 99 },
	{ GLOBAL("vrrp_rlimit_rttime",
		 "Microseconds that the vrrp process may run without waiting; beyond that it is "
		 "ended and started again.",
		 "vrrp_rlimit_rttime 10000"),
	  .type = VRRP_PARSE, .parse = system_parse_runtime },
	{ GLOBAL("vrrp_rlimit_rtime", "Old form of vrrp_rlimit_rttime.",
		 "vrrp_rlimit_rtime 10000"),
	  .type = VRRP_PARSE, .modern = "vrrp_rlimit_rttime" },
	{ GLOBAL("vrrp_cpu_affinity", "The processors that the vrrp process may run on.",
		 "vrrp_cpu_affinity 0 1"),
	  .type = VRRP_PARSE, .parse = system_parse_cpus },
	{ GLOBAL("vrrp_process_name", "The name of the vrrp process in ps.",
		 "vrrp_process_name keepalived_vrrp"),
	  .type = VRRP_STRING, .offset = CONF(process_name), .preset = "relevo: vrrp" },
	IGNORED("vrrp_priority", "vrrp_priority -20", VRRP_INT, -20, 19, REAL_TIME),
	IGNORED("vrrp_no_swap", "vrrp_no_swap", VRRP_PARSE, 0, 0, REAL_TIME),
	{ GLOBAL("max_auto_priority", "Accepted.", "max_auto_priority 99"),
	  .type = VRRP_IGNORED, .parse = system_check_auto, .why = REAL_TIME },
	IGNORED("min_auto_priority_delay", "min_auto_priority_delay 1000000", VRRP_UNSIGNED, 1,
		10000000, REAL_TIME),
	IGNORED("process_names", "process_names", VRRP_PARSE, 0, 0,
		"relevo's processes always carry names"),
	IGNORED("process_name", "process_name keepalived", VRRP_STRING, 0, 0,
		"relevo's processes always carry names"),
	IGNORED("lvs_process_name", "lvs_process_name name", VRRP_STRING, 0, 0, NO_LVS),
	OTHER_PROCESS("checker", NO_LVS),
	OTHER_PROCESS("bfd", BFD_INSIDE),
	{ GLOBAL("startup_script", "Runs once before anything starts: PATH [USER [GROUP]].",
		 "startup_script /bin/true root"),
	  .type = VRRP_PARSE, .parse = system_parse_script },
	{ GLOBAL("shutdown_script", "Runs once when everything has ended: PATH [USER [GROUP]].",
		 "shutdown_script /bin/true root"),
	  .type = VRRP_PARSE, .parse = system_parse_script },
	{ GLOBAL("startup_script_timeout", "Seconds that startup_script may take.",
		 "startup_script_timeout 10"),
	  .type = VRRP_SECONDS, .offset = CONF(startup_timeout_us), .preset = "10",
	  .min = 1000000, .max = 1000000000 },
	{ GLOBAL("shutdown_script_timeout", "Seconds that shutdown_script may take.",
		 "shutdown_script_timeout 10"),
	  .type = VRRP_SECONDS, .offset = CONF(shutdown_timeout_us), .preset = "10",
	  .min = 1000000, .max = 1000000000 },
	{ GLOBAL("umask", "The umask of files: a number, or bits as IWGRP|IWOTH.",
		 "umask IWGRP|IWOTH"),
	  .type = VRRP_PARSE, .parse = system_parse_umask },
	{ GLOBAL("include_check", "What an include insists on from this line on.",
		 "include_check match wildcard_match"),
	  .type = VRRP_PARSE, .parse = system_parse_checks },
	{ GLOBAL("random_seed", "Makes ${_RANDOM} give the same numbers each time.",
		 "random_seed 1"),
	  .type = VRRP_PARSE, .parse = system_parse_seed },
	{ GLOBAL("log_unknown_vrids", "Says which adverts come that no instance is for.",
		 "log_unknown_vrids"),
	  .type = VRRP_FLAG, .offset = CONF(log_unknown_vrids), .preset = "off" },
	{ GLOBAL("no_email_faults", "No mail about FAULT.", "no_email_faults"),
	  .type = VRRP_FLAG, .offset = CONF(no_email_faults), .preset = "off" },
	{ GLOBAL("default_interface", "The interface of static addresses that name none.",
		 "default_interface eth0"),
	  .type = VRRP_STRING, .offset = CONF(default_interface), .preset = "eth0" },
	{ GLOBAL("vrrp_startup_delay", "Seconds before instances take part.",
		 "vrrp_startup_delay 5.5"),
	  .type = VRRP_SECONDS, .offset = CONF(startup_delay_us), .preset = "0",
	  .max = INT64_C(1000000000) },
	{ GLOBAL("vrrp_delay_after_boot",
		 "Seconds after the machine's start before instances take part.",
		 "vrrp_delay_after_boot 30"),
	  .type = VRRP_SECONDS, .offset = CONF(delay_after_boot_us), .preset = "0",
	  .max = INT64_C(1000000000) },
	{ GLOBAL("fifo_write_vrrp_states_on_reload", "FIFOs get all states again after a reload.",
		 "fifo_write_vrrp_states_on_reload"),
	  .type = VRRP_FLAG, .offset = CONF(fifo_on_reload), .preset = "off" },
	{ GLOBAL("vrrp_rx_bufs_policy", "Bytes that the sockets of adverts may hold.",
		 "vrrp_rx_bufs_policy 65536"),
	  .type = VRRP_PARSE, .parse = system_parse_policy },
	IGNORED("vrrp_rx_bufs_multiplier", "vrrp_rx_bufs_multiplier 3", VRRP_UNSIGNED, 1, INT32_MAX,
		"it belongs to the policies MTU and ADVERT"),
	IGNORED("vrrp_netlink_cmd_rcv_bufs", "vrrp_netlink_cmd_rcv_bufs 65536", VRRP_UNSIGNED, 0,
		INT32_MAX, REREAD),
	IGNORED("vrrp_netlink_cmd_rcv_bufs_force", "vrrp_netlink_cmd_rcv_bufs_force", VRRP_FLAG, 0,
		0, REREAD),
	IGNORED("vrrp_netlink_monitor_rcv_bufs", "vrrp_netlink_monitor_rcv_bufs 65536",
		VRRP_UNSIGNED, 0, INT32_MAX, REREAD),
	IGNORED("vrrp_netlink_monitor_rcv_bufs_force", "vrrp_netlink_monitor_rcv_bufs_force",
		VRRP_FLAG, 0, 0, REREAD),
	{ GLOBAL("nftables", "The table of nftables for no_accept and VMACs.",
		 "nftables keepalived"),
	  .type = VRRP_PARSE, .preset = "relevo", .parse = system_parse_nftables },
	{ GLOBAL("nftables_priority", "The priority of that table's chains.",
		 "nftables_priority -5"),
	  .type = VRRP_INT, .offset = CONF(nft_priority), .preset = "-1", .min = INT32_MIN,
	  .max = INT32_MAX },
	{ GLOBAL("nftables_counters", "The rules of that table count.", "nftables_counters"),
	  .type = VRRP_FLAG, .offset = CONF(nft_counters), .preset = "off" },
	IGNORED("nftables_ifindex", "nftables_ifindex", VRRP_FLAG, 0, 0,
		"rules name interfaces, which holds for one that is made anew, too"),
	{ GLOBAL("vrrp_iptables", "Accepted.", "vrrp_iptables in out"), .type = VRRP_IGNORED,
	  .why = "nftables is used in its place, as Keepalived does without iptables" },
	{ GLOBAL("vrrp_ipsets", "Accepted.", "vrrp_ipsets a b c"), .type = VRRP_IGNORED,
	  .why = "nftables is used in its place, and has sets of its own" },
	{ GLOBAL("dynamic_interfaces",
		 "An interface that this machine does not have is no error from this line on: "
		 "FAULT until it comes.",
		 "dynamic_interfaces allow_if_changes"),
	  .type = VRRP_PARSE, .parse = system_parse_dynamic },
	{ GLOBAL("disable_local_igmp",
		 "The machine tells no switch of its groups in 224.0.0.0/24.",
		 "disable_local_igmp"),
	  .type = VRRP_FLAG, .offset = CONF(no_local_igmp), .preset = "off" },
	VRRP_KEYWORDS_END,
};
