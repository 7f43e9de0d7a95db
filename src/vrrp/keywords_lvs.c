/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords_lvs.c - words of global_defs about virtual servers. They are
 * checked; without virtual servers there is nothing that they could change.
 */
#include <string.h>

#include "vrrp/keyword.h"

#define NO_LVS "there are no virtual servers to check or to balance"

/* `lvs_timeouts [tcp SECONDS] [tcpfin SECONDS] [udp SECONDS]`, at least one. */
static void lvs_check_timeouts(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	static const char *const names[] = { "tcp", "tcpfin", "udp", NULL };
	const struct conf_line *line = &node->line;
	int64_t seconds;

	if (!vrrp_need(parse, node, 2, "lvs_timeouts tcp 900 tcpfin 120 udp 300"))
		return;
	for (unsigned i = 1; i < line->count; i += 2) {
		unsigned n = 0;

		while (names[n] != NULL && strcmp(names[n], line->words[i].text) != 0)
			n++;
		if (names[n] == NULL) {
			conf_error_unknown(&parse->common, &line->words[i], "timeout", names);
			return;
		}
		if (i + 1 == line->count) {
			vrrp_report(parse, DIAG_ERROR, &diag_wrong_words, line->words[i].span,
				    "'%s' needs a number of seconds", line->words[i].text);
			return;
		}
		conf_read_int(&parse->common, &line->words[i + 1], 0, 31 * 86400, &seconds);
	}
}

/* An option of lvs_sync_daemon and the range of its number; -1: it has an address or a name. */
static const struct {
	const char *name;
	int64_t min, max;
} lvs_sync_options[] = {
	{ "inst", -1, 0 }, { "id", 0, 255 }, { "maxlen", 1, 65507 }, { "port", 1, 65535 },
	{ "ttl", 1, 255 }, { "group", -1, 1 }, { NULL, 0, 0 },
};

static bool lvs_check_sync_option(struct vrrp_parse *parse, const struct conf_line *line,
				  unsigned at)
{
	static const char *const names[] = { "inst", "id", "maxlen", "port", "ttl", "group", NULL };
	unsigned i = 0;
	struct ip group;
	int64_t value;

	while (lvs_sync_options[i].name != NULL &&
	       strcmp(lvs_sync_options[i].name, line->words[at].text) != 0)
		i++;
	if (lvs_sync_options[i].name == NULL) {
		conf_error_unknown(&parse->common, &line->words[at], "option", names);
		return false;
	}
	if (at + 1 == line->count) {
		vrrp_report(parse, DIAG_ERROR, &diag_wrong_words, line->words[at].span,
			    "'%s' needs a value", line->words[at].text);
		return false;
	}
	if (lvs_sync_options[i].min >= 0)
		return conf_read_int(&parse->common, &line->words[at + 1], lvs_sync_options[i].min,
				     lvs_sync_options[i].max, &value);
	return lvs_sync_options[i].max == 0 || vrrp_read_ip(parse, &line->words[at + 1], 0, &group);
}

/* `lvs_sync_daemon INTERFACE [[inst] INSTANCE] [OPTION VALUE]...` */
static void lvs_check_sync(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	const struct conf_line *line = &node->line;
	unsigned at = 2;

	if (!vrrp_need(parse, node, 1, "lvs_sync_daemon eth0 inst VI_1"))
		return;
	if (line->count > 2) {
		unsigned i = 0;

		while (lvs_sync_options[i].name != NULL &&
		       strcmp(lvs_sync_options[i].name, line->words[2].text) != 0)
			i++;
		at += lvs_sync_options[i].name == NULL; /* the instance, without its word */
	}
	for (; at < line->count; at += 2)
		if (!lvs_check_sync_option(parse, line, at))
			return;
}

static void lvs_check_flush(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	if (node->line.count > 1 && strcmp(node->line.words[1].text, "VS") != 0)
		conf_error_unknown(&parse->common, &node->line.words[1], "option",
				   (const char *const[]){ "VS", NULL });
}

#define LVS(word, example, kind, low, high)                                                        \
	{ .doc = { word, "Accepted; it is about virtual servers.", example, "0.3" },               \
	  .where = VRRP_GLOBAL, .type = VRRP_IGNORED, .checked = kind, .min = low, .max = high,    \
	  .why = NO_LVS }
#define LVS_PARSE(word, example, function)                                                         \
	{ .doc = { word, "Accepted; it is about virtual servers.", example, "0.3" },               \
	  .where = VRRP_GLOBAL, .type = VRRP_IGNORED, .parse = function, .why = NO_LVS }

const struct vrrp_keyword vrrp_keywords_lvs[] = {
	LVS("smtp_alert_checker", "smtp_alert_checker on", VRRP_FLAG, 0, 0),
	LVS("checker_log_all_failures", "checker_log_all_failures on", VRRP_FLAG, 0, 0),
	LVS("no_checker_emails", "no_checker_emails", VRRP_PARSE, 0, 0),
	LVS("rs_init_notifies", "rs_init_notifies", VRRP_PARSE, 0, 0),
	LVS("lvs_flush", "lvs_flush", VRRP_PARSE, 0, 0),
	LVS_PARSE("lvs_flush_on_stop", "lvs_flush_on_stop VS", lvs_check_flush),
	LVS_PARSE("lvs_flush_onstop", "lvs_flush_onstop", lvs_check_flush),
	LVS_PARSE("lvs_timeouts", "lvs_timeouts tcp 900 tcpfin 120 udp 300", lvs_check_timeouts),
	LVS_PARSE("lvs_sync_daemon", "lvs_sync_daemon eth0 inst VI_1 id 1", lvs_check_sync),
	LVS("lvs_notify_fifo", "lvs_notify_fifo /run/fifo", VRRP_STRING, 0, 0),
	LVS("lvs_notify_fifo_script", "lvs_notify_fifo_script /bin/true", VRRP_STRING, 0, 0),
	LVS("lvs_netlink_cmd_rcv_bufs", "lvs_netlink_cmd_rcv_bufs 65536", VRRP_UNSIGNED, 0,
	    2147483647),
	LVS("lvs_netlink_cmd_rcv_bufs_force", "lvs_netlink_cmd_rcv_bufs_force", VRRP_FLAG, 0, 0),
	LVS("lvs_netlink_monitor_rcv_bufs", "lvs_netlink_monitor_rcv_bufs 65536", VRRP_UNSIGNED, 0,
	    2147483647),
	LVS("lvs_netlink_monitor_rcv_bufs_force", "lvs_netlink_monitor_rcv_bufs_force", VRRP_FLAG,
	    0, 0),
	LVS("nftables_ipvs", "nftables_ipvs", VRRP_PARSE, 0, 0),
	LVS("nftables_ipvs_priority", "nftables_ipvs_priority -1", VRRP_INT, -2147483647,
	    2147483647),
	LVS("nftables_ipvs_start_fwmark", "nftables_ipvs_start_fwmark 1000", VRRP_UNSIGNED, 1,
	    2147483647),
	VRRP_KEYWORDS_END,
};
