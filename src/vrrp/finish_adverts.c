/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/finish_adverts.c - what an instance's words mean together: version and
 * family, unicast, signatures, strict mode (man keepalived.conf, vrrp_strict).
 *
 * Where Keepalived says that it changes a setting and runs on, this warns and
 * does the same; where it drops addresses or peers, this is an error.
 */
#include <string.h>

#include "vrrp/keyword.h"

enum {
	SECOND_US = 1000000,
	CENTISECOND_US = 10000,
	V3_INTERVAL_MAX_US = 40950000,	/* 12 bits of centiseconds */
	OWNER_PRIORITY = 255,
};

static bool adverts_said(const struct vrrp_draft *draft, enum vrrp_said what)
{
	return draft->said[what].source != NULL;
}

static void adverts_warn(struct vrrp_parse *parse, const struct vrrp_draft *draft,
			 enum vrrp_said what, const char *message)
{
	vrrp_report(parse, DIAG_WARNING, &diag_no_effect,
		    adverts_said(draft, what) ? draft->said[what] : draft->conf.span, "%s",
		    message);
}

/* --- what global_defs says --- */

static void adverts_inherit(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	const struct vrrp_draft *presets = &parse->presets;
	struct vrrp_instance_conf *conf = &draft->conf;

#define INHERIT(field, what)                                                                       \
	if (!adverts_said(draft, what))                                                            \
		conf->field = presets->conf.field;
	INHERIT(lower_prio_no_advert, VRRP_SAID_LOWER_PRIO)
	INHERIT(higher_prio_send_advert, VRRP_SAID_HIGHER_PRIO)
	INHERIT(owner_ignore_adverts, VRRP_SAID_OWNER)
	INHERIT(strict, VRRP_SAID_STRICT)
	INHERIT(skip_check_addresses, VRRP_SAID_SKIP_CHECK)
	INHERIT(check_unicast_source, VRRP_SAID_CHECK_SOURCE)
	INHERIT(v3_checksum_as_v2, VRRP_SAID_CHECKSUM)
#undef INHERIT
	if (conf->down_timer_adverts == 0)
		conf->down_timer_adverts = presets->conf.down_timer_adverts;
	if (conf->version == 0)
		conf->version = presets->conf.version;
}

/* --- family --- */

static void adverts_family(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	struct vrrp_instance_conf *conf = &draft->conf;

	if (conf->addresses != NULL)
		conf->family = conf->addresses->ip.family;
	else if (conf->unicast_peer_count > 0)
		conf->family = conf->unicast_peers[0].ip.family;
	else if (conf->source.family != 0)
		conf->family = conf->source.family;
	else
		conf->family = adverts_said(draft, VRRP_SAID_NATIVE_IPV6) ? AF_INET6 : AF_INET;
	if (adverts_said(draft, VRRP_SAID_NATIVE_IPV6) && conf->family != AF_INET6)
		vrrp_report(parse, DIAG_ERROR, &diag_conflict,
			    draft->said[VRRP_SAID_NATIVE_IPV6],
			    "the instance's addresses are not IPv6");
}

static const char *adverts_family_name(const struct vrrp_draft *draft)
{
	return draft->conf.family == AF_INET6 ? "IPv6" : "IPv4";
}

static void adverts_check_family(struct vrrp_parse *parse, const struct vrrp_draft *draft)
{
	const struct vrrp_instance_conf *conf = &draft->conf;

	for (const struct vrrp_address_conf *a = conf->addresses; a != NULL; a = a->next)
		if (a->ip.family != conf->family)
			diag_add(parse->common.report, DIAG_ERROR, &diag_conflict, a->span,
				 "it may stand in virtual_ipaddress_excluded",
				 "the instance's adverts are %s, and so are its addresses",
				 adverts_family_name(draft));
	for (unsigned i = 0; i < conf->unicast_peer_count; i++)
		if (conf->unicast_peers[i].ip.family != conf->family) {
			vrrp_report(parse, DIAG_ERROR, &diag_conflict,
				    draft->said[VRRP_SAID_UNICAST],
				    "the instance's adverts are %s, and a peer's address is not",
				    adverts_family_name(draft));
			break;
		}
	if (conf->source.family != 0 && conf->source.family != conf->family)
		vrrp_report(parse, DIAG_ERROR, &diag_conflict, draft->said[VRRP_SAID_SOURCE],
			    "the instance's adverts are %s, and their source is not",
			    adverts_family_name(draft));
	if (conf->group.family != 0 && conf->group.family != conf->family)
		vrrp_report(parse, DIAG_ERROR, &diag_conflict, draft->said[VRRP_SAID_GROUP],
			    "the instance's adverts are %s, and their group is not",
			    adverts_family_name(draft));
}

/* --- version --- */

static void adverts_interval_3(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	uint64_t asked = draft->conf.advert_interval_us;
	uint64_t whole = (asked + CENTISECOND_US / 2) / CENTISECOND_US * CENTISECOND_US;

	if (whole > V3_INTERVAL_MAX_US)
		whole = V3_INTERVAL_MAX_US;
	if (whole != asked)
		vrrp_report(parse, DIAG_WARNING, &diag_bad_number, draft->interval_span,
			    "version 3 has hundredths of a second up to 40.95: %.2f is taken",
			    (double)whole / SECOND_US);
	draft->conf.advert_interval_us = whole;
}

static void adverts_interval_2(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	uint64_t asked = draft->conf.advert_interval_us;
	uint64_t whole = (asked + SECOND_US / 2) / SECOND_US * SECOND_US;

	if (whole == 0)
		whole = SECOND_US;
	if (whole != asked)
		vrrp_report(parse, DIAG_WARNING, &diag_bad_number, draft->interval_span,
			    "version 2 has whole seconds: %u is taken",
			    (unsigned)(whole / SECOND_US));
	draft->conf.advert_interval_us = whole;
}

static void adverts_version(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	struct vrrp_instance_conf *conf = &draft->conf;

	if (conf->family == AF_INET6 && conf->version == 2) {
		if (adverts_said(draft, VRRP_SAID_VERSION))
			vrrp_report(parse, DIAG_ERROR, &diag_conflict,
				    draft->said[VRRP_SAID_VERSION], "IPv6 has version 3 only");
		conf->version = 3;
	}
	if (conf->version == 3)
		adverts_interval_3(parse, draft);
	else
		adverts_interval_2(parse, draft);
}

/* --- authentication --- */

static void adverts_no_auth(struct vrrp_parse *parse, struct vrrp_draft *draft, const char *why)
{
	if (draft->conf.auth == VRRP_AUTH_NONE)
		return;
	vrrp_report(parse, DIAG_WARNING, &diag_no_effect, draft->auth_span,
		    "%s has no authentication: it is left out, as in Keepalived", why);
	draft->conf.auth = VRRP_AUTH_NONE;
	memset(draft->conf.auth_key, 0, sizeof(draft->conf.auth_key));
}

static bool adverts_has_key(const struct vrrp_hmac_conf *hmac, uint8_t id)
{
	for (unsigned i = 0; i < hmac->key_count; i++)
		if (hmac->key[i].id == id)
			return true;
	return false;
}

static void adverts_hmac(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	struct vrrp_hmac_conf *hmac = &draft->conf.hmac;
	const struct diag_span span = draft->said[VRRP_SAID_HMAC];
	uint64_t three = 3 * draft->conf.advert_interval_us;

	if (hmac->mode == VRRP_HMAC_OFF)
		return;
	if (hmac->key_count == 0)
		vrrp_report(parse, DIAG_ERROR, &diag_missing, span, "auth_hmac needs a key");
	else if (hmac->active_key == 0 && hmac->mode != VRRP_HMAC_RECEIVE_ONLY)
		vrrp_report(parse, DIAG_ERROR, &diag_missing, span,
			    "auth_hmac needs an active_key to sign with");
	else if (hmac->active_key != 0 && !adverts_has_key(hmac, hmac->active_key))
		vrrp_report(parse, DIAG_ERROR, &diag_unknown_name, span,
			    "active_key %u is none of the keys", hmac->active_key);
	if (hmac->time_window_us == 0)
		hmac->time_window_us = three > 5 * SECOND_US ? three : 5 * SECOND_US;
	adverts_no_auth(parse, draft, "an instance with auth_hmac");
}

/* --- unicast --- */

static bool adverts_means_unicast(const struct vrrp_draft *draft)
{
	return adverts_said(draft, VRRP_SAID_UNICAST) ||
	       adverts_said(draft, VRRP_SAID_OLD_CHECKSUM) ||
	       adverts_said(draft, VRRP_SAID_CHECK_SOURCE);
}

static void adverts_unicast(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	struct vrrp_instance_conf *conf = &draft->conf;

	if (conf->unicast_peer_count > 0) {
		if (adverts_said(draft, VRRP_SAID_GROUP))
			adverts_warn(parse, draft, VRRP_SAID_GROUP,
				     "'mcast_dst_ip' has no effect with unicast_peer");
	} else {
		if (adverts_means_unicast(draft) && !conf->unicast_fault_no_peer)
			vrrp_report(parse, DIAG_WARNING, &diag_no_effect,
				    adverts_said(draft, VRRP_SAID_UNICAST) ?
					    draft->said[VRRP_SAID_UNICAST] : conf->span,
				    "without unicast_peer adverts are multicast");
		if (adverts_said(draft, VRRP_SAID_UNICAST_TTL))
			adverts_warn(parse, draft, VRRP_SAID_UNICAST_TTL,
				     "'unicast_ttl' has no effect without unicast_peer");
	}
	if (conf->unicast_peer_count == 0 || conf->unicast_ttl == 0)
		conf->unicast_ttl = 255;
	if (conf->group.family == 0)
		conf->group = conf->family == AF_INET6 ? parse->conf->mcast_group6 :
							 parse->conf->mcast_group4;
}

/* --- strict mode --- */

static void adverts_strict_state(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	struct vrrp_instance_conf *conf = &draft->conf;

	if (conf->addresses == NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_missing, conf->span,
			    "in strict mode an instance has an address");
	if (conf->start_as_master && draft->has_priority && conf->priority != OWNER_PRIORITY) {
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, draft->state_span,
			    "in strict mode only the owner (priority 255) starts as MASTER");
		conf->start_as_master = false;
	}
	if (conf->preempt_delay_us != 0) {
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, draft->delay_span,
			    "strict mode has no preempt_delay");
		conf->preempt_delay_us = 0;
	}
	if (conf->family == AF_INET6 && conf->addresses != NULL &&
	    !ip_is_link_local(&conf->addresses->ip))
		vrrp_report(parse, DIAG_ERROR, &diag_conflict, conf->addresses->span,
			    "in strict mode the first IPv6 address is link-local (fe80::)");
}

static void adverts_strict(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	struct vrrp_instance_conf *conf = &draft->conf;

	if (!conf->strict)
		return;
	adverts_strict_state(parse, draft);
	adverts_no_auth(parse, draft, "strict mode");
	if (adverts_said(draft, VRRP_SAID_ACCEPT) && !conf->no_accept && conf->version == 2 &&
	    conf->priority != OWNER_PRIORITY)
		adverts_warn(parse, draft, VRRP_SAID_ACCEPT,
			     "strict mode has no accept in version 2, as in Keepalived");
	if ((!adverts_said(draft, VRRP_SAID_ACCEPT) || conf->version == 2) &&
	    conf->priority != OWNER_PRIORITY)
		conf->no_accept = true;
	if (conf->garp.lower_prio_repeat != 0 && conf->garp.lower_prio_repeat != (unsigned)-1)
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, conf->span,
			    "strict mode repeats no gratuitous ARP for a lower priority");
	conf->garp.lower_prio_repeat = 0;
	if (adverts_said(draft, VRRP_SAID_LOWER_PRIO) && !conf->lower_prio_no_advert)
		adverts_warn(parse, draft, VRRP_SAID_LOWER_PRIO,
			     "strict mode does not answer a lower priority");
	conf->lower_prio_no_advert = true;
	if (conf->higher_prio_send_advert)
		adverts_warn(parse, draft, VRRP_SAID_HIGHER_PRIO,
			     "strict mode does not answer a higher priority");
	conf->higher_prio_send_advert = false;
	if (conf->hmac.mode == VRRP_HMAC_PERMISSIVE || conf->hmac.mode == VRRP_HMAC_RECEIVE_ONLY)
		vrrp_report(parse, DIAG_ERROR, &diag_conflict, draft->said[VRRP_SAID_HMAC],
			    "in strict mode auth_hmac enforces");
}

/* --- all --- */

void vrrp_finish_adverts(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	adverts_inherit(parse, draft);
	adverts_family(parse, draft);
	adverts_check_family(parse, draft);
	adverts_version(parse, draft);
	adverts_unicast(parse, draft);
	if (draft->conf.version == 3)
		adverts_no_auth(parse, draft, "version 3");
	adverts_hmac(parse, draft);
	adverts_strict(parse, draft);
}
