/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/finish.c - defaults, references and checks that need the whole keepalived.conf. */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/page.h"
#include "vrrp/keyword.h"
#include "vrrp/keywords_kernel.h"

enum {
	MAX_ADDRESSES = 255,	/* the advert counts them in one byte */
	OWNER_PRIORITY = 255,
};

/* --- global_defs --- */

static const char *finish_host_name(struct arena *arena)
{
	char name[256] = "localhost";

	gethostname(name, sizeof(name) - 1);
	return arena_strdup(arena, name);
}

static void finish_global(struct vrrp_parse *parse)
{
	struct vrrp_conf *conf = parse->conf;
	const char *host = finish_host_name(conf->arena);
	const struct passwd *self = getpwuid(geteuid());

	if (conf->router_id == NULL)
		conf->router_id = host;
	if (conf->notification_email_from == NULL)
		conf->notification_email_from = arena_printf(
			conf->arena, "%s@%s", self == NULL ? "keepalived" : self->pw_name, host);
	vrrp_garp_inherit(&conf->garp, &vrrp_garp_builtin);
	if (conf->garp.lower_prio_delay_us == GARP_NO_DELAY)
		conf->garp.lower_prio_delay_us = conf->garp.master_delay_us;
	if (conf->garp.lower_prio_repeat == GARP_NO_REPEAT)
		conf->garp.lower_prio_repeat = conf->garp.master_repeat;
}

/* --- scripts --- */

static void finish_check_script(struct vrrp_parse *parse, struct vrrp_script_conf *script)
{
	if (script->timeout_us == 0)
		script->timeout_us = script->interval_us;
	if (vrrp_command_pending(parse, &script->command)->text == NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_missing, script->span,
			    "vrrp_script '%s' has no 'script'", script->name);
}

/* --- one instance --- */

static void finish_required(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	const struct vrrp_instance_conf *conf = &draft->conf;
	struct diag_report *report = parse->common.report;

	if (conf->interface_span.source == NULL && conf->unicast_peer_count == 0)
		diag_add(report, DIAG_ERROR, &diag_missing, conf->span, "write 'interface eth0'",
			 "instance '%s' has no interface", conf->name);
	if (!draft->has_vrid)
		diag_add(report, DIAG_ERROR, &diag_missing, conf->span,
			 "write 'virtual_router_id 51', the same on each node",
			 "instance '%s' has no virtual_router_id", conf->name);
	if (conf->addresses == NULL && draft->said[VRRP_SAID_NO_ADDRESS].source == NULL)
		vrrp_report(parse, DIAG_WARNING, &diag_missing, conf->span,
			    "instance '%s' has no address in virtual_ipaddress", conf->name);
	if (conf->address_count > MAX_ADDRESSES)
		vrrp_report(parse, DIAG_ERROR, &diag_bad_number, conf->span,
			    "instance '%s' has more than %d addresses", conf->name, MAX_ADDRESSES);
	if (strlen(conf->name) >= sizeof(((struct page_instance *)0)->name))
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, conf->span,
			    "the name of an instance has at most %zu bytes",
			    sizeof(((struct page_instance *)0)->name) - 1);
}

/* Addresses of no other interface are on the default one. */
static void finish_default_interface(struct vrrp_parse *parse, struct vrrp_address_conf *addresses)
{
	const char *name = parse->conf->default_interface;

	for (; addresses != NULL; addresses = addresses->next)
		if (addresses->dev == NULL)
			addresses->dev = name != NULL ? name : "eth0";
}

/* Unicast without an interface goes by any, or by one of a VRF. */
static void finish_routed(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	struct vrrp_instance_conf *conf = &draft->conf;

	for (unsigned i = 0; i < conf->unicast_peer_count; i++)
		if (ip_is_link_local(&conf->unicast_peers[i].ip))
			vrrp_report(parse, DIAG_ERROR, &diag_missing, conf->span,
				    "instance '%s' has no interface, which a link-local peer needs",
				    conf->name);
	if (conf->link != VRRP_LINK_PLAIN) {
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, draft->link_span,
			    "without an interface there is none for a VMAC or ipvlan to be on");
		conf->link = VRRP_LINK_PLAIN;
		conf->vmac_transmit_base = false;
	}
	finish_default_interface(parse, conf->addresses);
	finish_default_interface(parse, conf->excluded);
}

static void finish_interface(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	struct vrrp_instance_conf *conf = &draft->conf;

	if (conf->interface_span.source == NULL)
		finish_routed(parse, draft);
	else if (conf->vrf[0] != '\0')
		vrrp_report(parse, DIAG_ERROR, &diag_conflict, draft->said[VRRP_SAID_VRF],
			    "'vrf' is for an instance without 'interface'");
	conf->address_interface = conf->interface;
	if (conf->interface[0] == '\0' && conf->addresses != NULL)
		conf->address_interface = conf->addresses->dev;
}

static void finish_authentication(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	if (draft->auth_span.source == NULL || draft->auth_type == VRRP_AUTH_NONE)
		return;
	if (draft->auth_type < 0) {
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, draft->auth_span,
			    "without auth_type there is no authentication, as in Keepalived");
	} else if (draft->auth_pass == NULL || draft->auth_pass->text[0] == '\0') {
		vrrp_report(parse, DIAG_ERROR, &diag_missing, draft->auth_span,
			    "authentication needs an auth_pass");
	} else {
		size_t len = strnlen(draft->auth_pass->text, sizeof(draft->conf.auth_key));

		draft->conf.auth = (enum vrrp_auth)draft->auth_type;
		memcpy(draft->conf.auth_key, draft->auth_pass->text, len);
	}
}

/* What `state MASTER` means for the priority, AH, and preemption. */
static void finish_state(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	struct vrrp_instance_conf *conf = &draft->conf;

	if (conf->start_as_master && !draft->has_priority) {
		vrrp_report(parse, DIAG_WARNING, &diag_missing, draft->state_span,
			    "'state MASTER' without a priority means priority 255, as in "
			    "Keepalived");
		conf->priority = OWNER_PRIORITY;
	}
	if (conf->start_as_master && conf->auth == VRRP_AUTH_AH &&
	    conf->priority != OWNER_PRIORITY) {
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, draft->state_span,
			    "with AH an instance starts as BACKUP");
		conf->start_as_master = false;
	}
	if (conf->nopreempt && (conf->start_as_master || conf->priority == OWNER_PRIORITY)) {
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, draft->nopreempt_span,
			    "'nopreempt' has no effect with %s",
			    conf->start_as_master ? "'state MASTER'" : "priority 255");
		conf->nopreempt = false;
	}
	if (conf->preempt_delay_us != 0 && conf->nopreempt) {
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, draft->delay_span,
			    "'preempt_delay' has no effect with 'nopreempt'");
		conf->preempt_delay_us = 0;
	}
	if (conf->preempt_delay_us != 0 && conf->start_as_master) {
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, draft->delay_span,
			    "'preempt_delay' has no effect with 'state MASTER'");
		conf->preempt_delay_us = 0;
	}
}

static void finish_mail(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	const struct vrrp_conf *conf = parse->conf;

	if (draft->smtp_alert < 0)
		draft->smtp_alert = parse->smtp_alert_vrrp >= 0 ? parse->smtp_alert_vrrp :
								  parse->smtp_alert;
	draft->conf.smtp_alert = draft->smtp_alert > 0;
	if (draft->conf.smtp_alert &&
	    (conf->smtp_host == NULL || conf->notification_emails == NULL))
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, draft->conf.span,
			    "no mail is sent: global_defs has no %s",
			    conf->smtp_host == NULL ? "smtp_server" : "notification_email");
}

static void finish_instance(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	finish_required(parse, draft);
	finish_interface(parse, draft);
	finish_authentication(parse, draft);
	finish_state(parse, draft);
	vrrp_finish_adverts(parse, draft);
	finish_mail(parse, draft);
	vrrp_garp_inherit(&draft->conf.garp, &parse->conf->garp);
	vrrp_tracks_finish(parse, &draft->conf.tracks, draft->track_lines);
	if (draft->conf.priority == OWNER_PRIORITY)
		vrrp_tracks_finish_owner(parse, &draft->conf.tracks);
}

/* --- instances together --- */

/* Whether they would hear each other's adverts. */
static bool finish_share_peer(const struct vrrp_instance_conf *a,
			      const struct vrrp_instance_conf *b)
{
	if (a->unicast_peer_count == 0 && b->unicast_peer_count == 0)
		return a->family == b->family && ip_equal(&a->group, &b->group);
	for (unsigned i = 0; i < a->unicast_peer_count; i++)
		for (unsigned j = 0; j < b->unicast_peer_count; j++)
			if (ip_equal(&a->unicast_peers[i].ip, &b->unicast_peers[j].ip))
				return true;
	return false;
}

static void finish_compare(struct vrrp_parse *parse, const struct vrrp_draft *draft,
			   const struct vrrp_draft *earlier)
{
	const struct vrrp_instance_conf *a = &draft->conf, *b = &earlier->conf;

	if (a->vrid != 0 && a->vrid == b->vrid && strcmp(a->interface, b->interface) == 0 &&
	    finish_share_peer(a, b))
		vrrp_report(parse, DIAG_ERROR, &diag_duplicate, draft->vrid_span,
			    "instance '%s' has virtual_router_id %u%s%s already", b->name,
			    b->vrid, b->interface[0] != '\0' ? " on " : "", b->interface);
	for (const struct vrrp_address_conf *x = a->addresses; x != NULL; x = x->next)
		for (const struct vrrp_address_conf *y = b->addresses; y != NULL; y = y->next)
			if (ip_equal(&x->ip, &y->ip))
				vrrp_report(parse, DIAG_WARNING, &diag_duplicate, x->span,
					    "instance '%s' has this address too", b->name);
}

static void finish_list(struct vrrp_parse *parse)
{
	struct vrrp_instance_conf **tail = &parse->conf->instances;

	for (struct vrrp_draft *draft = parse->drafts; draft != NULL; draft = draft->next) {
		for (struct vrrp_draft *d = parse->drafts; d != draft; d = d->next)
			finish_compare(parse, draft, d);
		draft->conf.index = parse->conf->instance_count++;
		if (draft->conf.index == PAGE_INSTANCES)
			vrrp_report(parse, DIAG_ERROR, &diag_not_supported, draft->conf.span,
				    "more than %d instances are not supported yet", PAGE_INSTANCES);
		*tail = &draft->conf;
		tail = &draft->conf.next;
	}
}

void vrrp_parse_finish(struct vrrp_parse *parse)
{
	finish_global(parse);
	parse->conf->version = parse->presets.conf.version;
	parse->conf->down_timer_adverts = parse->presets.conf.down_timer_adverts;
	for (struct vrrp_script_conf *s = parse->conf->scripts; s != NULL; s = s->next)
		finish_check_script(parse, s);
	vrrp_commands_resolve(parse);
	vrrp_fifos_finish(parse);
	for (struct vrrp_draft *draft = parse->drafts; draft != NULL; draft = draft->next)
		finish_instance(parse, draft);
	vrrp_vmac_finish(parse);
	vrrp_kernel_finish(parse);
	vrrp_groups_finish(parse);
	vrrp_tracks_number(parse);
	vrrp_links_finish(parse);
	finish_list(parse);
}
