/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/keywords_instance.c - vrrp_instance and its blocks. */
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "vrrp/keyword.h"

static void instance_parse_interface(struct vrrp_parse *parse, void *object,
				     const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	if (!vrrp_need(parse, node, 1, "interface eth0"))
		return;
	draft->conf.interface_span = node->line.words[1].span;
	vrrp_read_interface(parse, &node->line.words[1], draft->conf.interface);
	vrrp_warn_rest(parse, &node->line, 2);
}

static void instance_parse_state(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	static const struct conf_choice states[] = {
		{ "MASTER", 1, "Becomes MASTER at once." },
		{ "BACKUP", 0, "Waits for the others first." },
		{ NULL, 0, NULL },
	};
	struct vrrp_draft *draft = object;
	int master;

	if (!vrrp_need(parse, node, 1, "state MASTER|BACKUP") ||
	    !conf_read_choice(&parse->common, &node->line.words[1], states, "state", &master))
		return;
	draft->conf.start_as_master = master != 0;
	draft->state_span = node->line.words[1].span;
	vrrp_warn_rest(parse, &node->line, 2);
}

/* A number from 1 to 255 in `*field`, and where it was given. */
static bool instance_byte(struct vrrp_parse *parse, const struct vrrp_node *node, uint8_t *field)
{
	int64_t value;

	if (!vrrp_need(parse, node, 1, NULL) ||
	    !conf_read_int(&parse->common, &node->line.words[1], 1, 255, &value))
		return false;
	*field = (uint8_t)value;
	vrrp_warn_rest(parse, &node->line, 2);
	return true;
}

static void instance_parse_vrid(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	draft->has_vrid = true; /* a bad one is not missing too */
	draft->vrid_span = node->line.words[node->line.count > 1 ? 1 : 0].span;
	instance_byte(parse, node, &draft->conf.vrid);
}

static void instance_parse_priority(struct vrrp_parse *parse, void *object,
				    const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	draft->has_priority = true;
	instance_byte(parse, node, &draft->conf.priority);
}

static void instance_parse_interval(struct vrrp_parse *parse, void *object,
				    const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	if (!vrrp_need(parse, node, 1, "advert_int 1") ||
	    !vrrp_read_seconds(parse, &node->line.words[1], 10000, 255000000,
			       &draft->conf.advert_interval_us))
		return;
	draft->interval_span = node->line.words[1].span;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void instance_parse_nopreempt(struct vrrp_parse *parse, void *object,
				     const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	draft->conf.nopreempt = true;
	draft->nopreempt_span = node->line.words[0].span;
	vrrp_warn_rest(parse, &node->line, 1);
}

static void instance_parse_delay(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	if (!vrrp_need(parse, node, 1, "preempt_delay 300") ||
	    !vrrp_read_seconds(parse, &node->line.words[1], 0, INT64_C(1000000000),
			       &draft->conf.preempt_delay_us))
		return;
	draft->delay_span = node->line.words[0].span;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void instance_parse_alert(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;
	bool on = true;

	if (node->line.count > 1 && !vrrp_read_bool(parse, &node->line.words[1], &on))
		return;
	draft->smtp_alert = on;
	vrrp_warn_rest(parse, &node->line, 2);
}

/* --- addresses of adverts --- */

static void instance_parse_source(struct vrrp_parse *parse, void *object,
				  const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	if (!vrrp_need(parse, node, 1, NULL) ||
	    !vrrp_read_host(parse, &node->line.words[1], &draft->conf.source))
		return;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void instance_parse_peer_options(struct vrrp_parse *parse, struct vrrp_peer_conf *peer,
					const struct conf_line *line)
{
	for (unsigned at = 1, took = 1; at < line->count && took != 0; at += took)
		took = vrrp_parse_option(parse, VRRP_PEER, peer, line, at);
	if (peer->min_ttl > peer->max_ttl)
		vrrp_report(parse, DIAG_ERROR, &diag_conflict, line->words[0].span,
			    "min_ttl %u is above max_ttl %u: no advert would be taken",
			    peer->min_ttl, peer->max_ttl);
}

static void instance_parse_peer(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;
	struct vrrp_instance_conf *conf = &draft->conf;
	struct ip peer;

	if (!vrrp_read_host(parse, &node->line.words[0], &peer))
		return;
	for (unsigned i = 0; i < conf->unicast_peer_count; i++)
		if (ip_equal(&conf->unicast_peers[i].ip, &peer)) {
			vrrp_report(parse, DIAG_WARNING, &diag_duplicate, node->line.words[0].span,
				    "%s is a peer already", node->line.words[0].text);
			return;
		}
	*ARENA_APPEND(parse->common.arena, conf->unicast_peers, conf->unicast_peer_count) =
		(struct vrrp_peer_conf){ .ip = peer, .max_ttl = 255 };
	instance_parse_peer_options(parse, &conf->unicast_peers[conf->unicast_peer_count - 1],
				    &node->line);
}

/* --- authentication --- */

static void instance_parse_authentication(struct vrrp_parse *parse, void *object,
					  const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	draft->auth_span = node->line.words[0].span;
	vrrp_warn_rest(parse, &node->line, 1);
	vrrp_parse_block(parse, VRRP_AUTHENTICATION, draft, node);
}

static void auth_parse_type(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	static const struct conf_choice types[] = {
		{ "PASS", VRRP_AUTH_PASS, "The password in each packet." },
		{ "AH", VRRP_AUTH_AH, "An IPsec authentication header." },
		{ NULL, 0, NULL },
	};
	struct vrrp_draft *draft = object;

	draft->auth_type = VRRP_AUTH_NONE; /* a bad one is not missing too */
	if (vrrp_need(parse, node, 1, "auth_type PASS|AH") &&
	    conf_read_choice(&parse->common, &node->line.words[1], types, "auth_type",
			     &draft->auth_type))
		vrrp_warn_rest(parse, &node->line, 2);
}

static void auth_parse_pass(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;
	const struct conf_word *word = &node->line.words[1];

	if (!vrrp_need(parse, node, 1, "auth_pass PASSWORD"))
		return;
	if (strlen(word->text) > sizeof(draft->conf.auth_key))
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, word->span,
			    "only the first 8 bytes of auth_pass are used");
	draft->auth_pass = word;
	vrrp_warn_rest(parse, &node->line, 2);
}

/* --- rows --- */

#define INSTANCE(field) offsetof(struct vrrp_instance_conf, field)

#define NOTIFY(word, field, when)                                                                  \
	{                                                                                          \
		.doc = { word, "Script to run " when ": SCRIPT [USER [GROUP]].",                   \
			 word " \"/usr/local/bin/vrrp-changed now\"", "0.1" },                     \
		.where = VRRP_INSTANCE, .type = VRRP_COMMAND, .offset = INSTANCE(notify.field),    \
	}

const struct vrrp_keyword vrrp_keywords_instance[] = {
	{
		.doc = { "interface", "The interface of adverts and, unless they say, addresses.",
			 "interface eth0", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .parse = instance_parse_interface,
	},
	{
		.doc = { "state", "MASTER to begin as master, which AH does not allow.",
			 "state BACKUP", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .preset = "BACKUP",
		.parse = instance_parse_state,
	},
	{
		.doc = { "virtual_router_id",
			 "The number of the virtual router, the same on all its nodes.",
			 "virtual_router_id 51", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .min = 1, .max = 255,
		.parse = instance_parse_vrid,
	},
	{
		.doc = { "priority", "The node with the highest one is elected; 255 owns the "
				     "addresses.",
			 "priority 101", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .preset = "100", .min = 1, .max = 255,
		.parse = instance_parse_priority,
	},
	{
		.doc = { "advert_int", "Seconds between adverts, whole ones in version 2.",
			 "advert_int 1", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .preset = "1", .min = 10000,
		.max = 255000000, .parse = instance_parse_interval,
	},
	{
		.doc = { "authentication", "How packets are authenticated.", "authentication {",
			 "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .block = true,
		.parse = instance_parse_authentication,
	},
	{
		.doc = { "auth_type", "PASS or AH.", "auth_type AH", "0.1" },
		.where = VRRP_AUTHENTICATION, .type = VRRP_PARSE, .parse = auth_parse_type,
	},
	{
		.doc = { "auth_pass", "The password, of which 8 bytes are used.",
			 "auth_pass PASSWORD", "0.1" },
		.where = VRRP_AUTHENTICATION, .type = VRRP_PARSE, .parse = auth_parse_pass,
	},
	{
		.doc = { "nopreempt", "A lower priority that is master stays master.", "nopreempt",
			 "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .preset = "off",
		.parse = instance_parse_nopreempt,
	},
	{
		.doc = { "preempt", "Takes nopreempt back.", "preempt", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_UNSET, .offset = INSTANCE(nopreempt),
	},
	{
		.doc = { "preempt_delay", "Seconds to wait before preempting a lower priority.",
			 "preempt_delay 300", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .preset = "0", .min = 0,
		.max = INT64_C(1000000000), .parse = instance_parse_delay,
	},
	{
		.doc = { "mcast_src_ip", "The source address of adverts.", "mcast_src_ip 10.1.1.20",
			 "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .parse = instance_parse_source,
		.preset = "the interface's first address", .said = VRRP_SAID_SOURCE,
	},
	{
		.doc = { "unicast_src_ip", "The source address of unicast adverts.",
			 "unicast_src_ip 10.1.1.20", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .parse = instance_parse_source,
		.preset = "the interface's first address", .said = VRRP_SAID_UNICAST,
	},
	{
		.doc = { "unicast_peer",
			 "The other nodes, one a line: adverts go to them and not to the group.",
			 "unicast_peer {", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_LIST, .block = true,
		.parse = instance_parse_peer, .said = VRRP_SAID_UNICAST,
	},
	NOTIFY("notify", any,
	       "at each change, with INSTANCE, the name, the state and the priority"),
	NOTIFY("notify_master", master, "on becoming MASTER"),
	NOTIFY("notify_backup", backup, "on becoming BACKUP"),
	NOTIFY("notify_fault", fault, "on FAULT"),
	NOTIFY("notify_stop", stop, "on stop"),
	{
		.doc = { "smtp_alert", "Sends mail at each change of state.", "smtp_alert", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .preset = "as global_defs says",
		.parse = instance_parse_alert,
	},
	{
		.doc = { "dont_track_primary", "No FAULT when the instance's interface is down.",
			 "dont_track_primary", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_FLAG, .offset = INSTANCE(dont_track_primary),
		.preset = "off",
	},
	VRRP_KEYWORDS_END,
};
