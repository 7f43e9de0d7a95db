/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/advert.c - see advert.h. */
#include "vrrp/advert.h"

#include <string.h>
#include <unistd.h>

#include "vrrp/conflict.h"
#include "vrrp/process.h"
#include "vrrp/socket.h"
#include "vrrp/tell.h"

enum {
	ADVERT_BATCH = 64,			/* packets a turn: no flood holds the timers */
	ADVERT_COMPLAIN_US = 30 * 1000 * 1000,	/* the same refusal of the same sender */
	ADVERT_OTHER_ADDRESSES = VRRP_REFUSALS, /* complaints beside the refusals */
	ADVERT_UNKNOWN_VRID,			/* and the VRID */
};

static void advert_ready(struct loop *loop, struct loop_file *file, unsigned ready);

void advert_init(struct vrrp_instance *instance)
{
	const struct vrrp_instance_conf *conf = instance->conf;
	struct vrrp_form *form = &instance->wire.form;

	*form = (struct vrrp_form){
		.version = (uint8_t)conf->version,
		.family = (uint8_t)conf->family,
		.vrid = conf->vrid,
		.auth = conf->version == 2 ? conf->auth : VRRP_AUTH_NONE,
		.interval_us = conf->advert_interval_us,
		.group = conf->group,
		.peers = conf->unicast_peers,
		.peer_count = conf->unicast_peer_count,
		.check_source = conf->check_unicast_source,
		.ttl = conf->unicast_ttl,
		.accept_alone = conf->v3_checksum_as_v2,
		.accept_old = conf->unicast_checksum != VRRP_CHECKSUM_NEVER_OLD,
		.hmac = &conf->hmac,
	};
	memcpy(form->key, conf->auth_key, sizeof(form->key));
	instance->wire.sum = conf->v3_checksum_as_v2			     ? VRRP_SUM_ALONE
			     : conf->unicast_checksum == VRRP_CHECKSUM_OLD ? VRRP_SUM_OLD
									     : VRRP_SUM_PSEUDO;
	instance->wire.send_fd = -1;
	instance->file.fd = -1;
}

/* ---- opening ---- */

static int advert_open_sender(struct vrrp_instance *instance, const struct nl_link *send)
{
	const struct vrrp_socket_conf conf = {
		.form = &instance->wire.form, .device = send->name, .ifindex = send->ifindex
	};
	int fd = vrrp_socket_open(&conf);

	if (fd < 0)
		return fd;
	instance->wire.send_fd = fd;
	return 0;
}

static int advert_open_receiver(struct vrrp_instance *instance, const struct nl_link *receive)
{
	struct vrrp_process *process = instance->process;
	const char *vrf = instance->conf->vrf[0] != '\0' ? instance->conf->vrf : NULL;
	const struct vrrp_socket_conf conf = {
		.form = &instance->wire.form,
		.device = receive != NULL ? receive->name : vrf,
		.ifindex = receive != NULL ? receive->ifindex : 0,
		.receives = true,
		.all_vrids = process->args->conf->log_unknown_vrids,
		.receive_buffer = instance->conf->receive_buffer,
	};
	int fd = vrrp_socket_open(&conf);

	if (fd < 0)
		return fd;
	int error = loop_file_add(process->loop, &instance->file, fd, advert_ready);
	if (error < 0) {
		close(fd);
		instance->file.fd = -1;
	}
	return error;
}

int advert_open(struct vrrp_instance *instance, const struct nl_link *receive,
		const struct nl_link *send)
{
	unsigned ifindex = receive != NULL ? receive->ifindex : 0;
	unsigned send_ifindex = send != NULL ? send->ifindex : 0;
	int error = 0;

	if (instance->file.fd >= 0 && instance->ifindex == ifindex &&
	    instance->wire.send_ifindex == send_ifindex)
		return 0;
	advert_close(instance);

	if (send_ifindex != ifindex)
		error = advert_open_sender(instance, send);
	if (error == 0)
		error = advert_open_receiver(instance, receive);
	if (error < 0) {
		advert_close(instance);
		return error;
	}
	instance->ifindex = ifindex;
	instance->wire.send_ifindex = send_ifindex;
	conflict_open(instance);
	return 0;
}

void advert_close(struct vrrp_instance *instance)
{
	if (instance->file.fd >= 0)
		loop_file_close(instance->process->loop, &instance->file);
	if (instance->wire.send_fd >= 0)
		close(instance->wire.send_fd);
	instance->file.fd = instance->wire.send_fd = -1;
	instance->ifindex = instance->wire.send_ifindex = 0;
	conflict_close(instance);
}

/* ---- sending ---- */

/* The addresses in the order of the file, as Keepalived has them. */
static void advert_fill(const struct vrrp_instance *instance, struct vrrp_advert *advert)
{
	const struct vrrp_instance_conf *conf = instance->conf;
	size_t len = conf->family == AF_INET6 ? 16 : 4;

	advert->address_count = 0;
	for (const struct vrrp_address_conf *address = conf->addresses; address != NULL;
	     address = address->next)
		if (address->ip.family == conf->family && advert->address_count < VRRP_ADDRESSES)
			memcpy(advert->addresses + len * advert->address_count++, address->ip.bytes,
			       len);
}

static void advert_send_to(struct vrrp_instance *instance, struct vrrp_advert *advert,
			   const struct ip *destination)
{
	struct instance_wire *wire = &instance->wire;
	uint8_t packet[VRRP_PACKET_MAX];

	advert->destination = *destination;
	if (++wire->ip_id == 0)
		wire->ip_id = 1;
	if (vrrp_hmac_signs(wire->form.hmac))
		advert->stamp = wire->stamp = vrrp_hmac_stamp(wall_now_us(), wire->stamp);
	int len = vrrp_packet_build(&wire->form, advert, wire->ip_id, packet);
	if (len < 0 || vrrp_socket_send(wire->send_fd >= 0 ? wire->send_fd : instance->file.fd,
					wire->send_ifindex, &advert->source, destination, packet,
					(size_t)len) < 0)
		return;
	atomic_fetch_add(&instance->page->adverts_sent, 1);
}

void advert_send(struct vrrp_instance *instance, uint8_t priority, uint32_t sequence)
{
	const struct vrrp_form *form = &instance->wire.form;
	struct vrrp_advert advert;

	if (instance->file.fd < 0)
		return;
	memset(&advert, 0, offsetof(struct vrrp_advert, addresses));
	advert.source = instance->machine.source;
	advert.priority = priority;
	advert.interval_us = form->interval_us;
	advert.sequence = sequence;
	advert.checksum = instance->wire.sum;
	advert_fill(instance, &advert);
	if (priority == 0)
		atomic_fetch_add(&instance->page->counter[PAGE_ZERO_SENT], 1);
	if (form->peer_count == 0)
		advert_send_to(instance, &advert, &form->group);
	for (unsigned i = 0; i < form->peer_count; i++)
		if (form->peers[i].ip.family == form->family)
			advert_send_to(instance, &advert, &form->peers[i].ip);
}

/* ---- receiving ---- */

/* Whether a complaint is news: another one than the last, or long after it. */
static bool advert_complains(struct vrrp_instance *instance, const struct ip *source, int what)
{
	struct instance_complaint *last = &instance->complaint;
	struct moment now = loop_now(instance->process->loop);

	if (last->what == what && ip_equal(&last->source, source) &&
	    moment_since(last->when, now) < ADVERT_COMPLAIN_US)
		return false;
	/* Nor do many kinds in turn make a flood of lines. */
	if (last->when.us != 0 && moment_since(last->when, now) < ADVERT_COMPLAIN_US / 30)
		return false;
	*last = (struct instance_complaint){ *source, what, now };
	return true;
}

/* Whether a router id is news to every instance there, and this is the first to tell. */
static bool advert_is_unknown(const struct vrrp_instance *instance, uint8_t vrid)
{
	const struct vrrp_process *process = instance->process;

	for (unsigned i = 0; i < process->instance_count; i++) {
		const struct vrrp_instance *other = &process->instances[i];

		if (other->ifindex != instance->ifindex ||
		    other->conf->family != instance->conf->family || other->file.fd < 0)
			continue;
		if (other->conf->vrid == vrid || other < instance)
			return false;
	}
	return true;
}

static void advert_other_vrid(struct vrrp_instance *instance, const struct vrrp_packet *packet,
			      const struct ip *source)
{
	uint8_t vrid = vrrp_packet_vrid(&instance->wire.form, packet);
	char text[IP_TEXT];

	if (advert_is_unknown(instance, vrid) &&
	    advert_complains(instance, source, ADVERT_UNKNOWN_VRID + vrid))
		tell(instance, LOG_LEVEL_INFO, "advertisement from %s of virtual_router_id %u, "
		     "which no instance here has", ip_text(source, text), vrid);
}

/* What a refusal is counted as; PAGE_COUNTERS: nothing. */
static const enum page_counter advert_counters[VRRP_REFUSALS] = {
	[VRRP_ACCEPTED] = PAGE_COUNTERS,
	[VRRP_REFUSED_SHORT] = PAGE_BAD_LENGTH,
	[VRRP_REFUSED_IP_HEADER] = PAGE_BAD_LENGTH,
	[VRRP_REFUSED_FRAGMENT] = PAGE_BAD_LENGTH,
	[VRRP_REFUSED_LENGTH] = PAGE_BAD_LENGTH,
	[VRRP_REFUSED_TTL] = PAGE_BAD_TTL,
	[VRRP_REFUSED_PEER_TTL] = PAGE_BAD_TTL,
	[VRRP_REFUSED_TYPE] = PAGE_BAD_TYPE,
	[VRRP_REFUSED_INTERVAL] = PAGE_BAD_INTERVAL,
	[VRRP_REFUSED_AUTH_TYPE] = PAGE_AUTH_OTHER,
	[VRRP_REFUSED_UNSIGNED] = PAGE_AUTH_OTHER,
	[VRRP_REFUSED_TRAILER] = PAGE_AUTH_UNKNOWN,
	[VRRP_REFUSED_KEY] = PAGE_AUTH_UNKNOWN,
	[VRRP_REFUSED_AH_ICV] = PAGE_AUTH_FAILED,
	[VRRP_REFUSED_PASSWORD] = PAGE_AUTH_FAILED,
	[VRRP_REFUSED_HMAC] = PAGE_AUTH_FAILED,
	[VRRP_REFUSED_TIME] = PAGE_AUTH_FAILED,
	[VRRP_REFUSED_REPLAY] = PAGE_AUTH_FAILED,
	[VRRP_REFUSED_PROTOCOL] = PAGE_COUNTERS,
	[VRRP_REFUSED_DESTINATION] = PAGE_COUNTERS,
	[VRRP_REFUSED_SENDER] = PAGE_COUNTERS,
	[VRRP_REFUSED_AH_HEADER] = PAGE_AUTH_FAILED,
	[VRRP_REFUSED_VRID] = PAGE_COUNTERS,
	[VRRP_REFUSED_VERSION] = PAGE_BAD_TYPE,
	[VRRP_REFUSED_CHECKSUM] = PAGE_BAD_LENGTH,
};

static void advert_refused(struct vrrp_instance *instance, const struct vrrp_packet *packet,
			   enum vrrp_refusal refusal)
{
	struct ip source = vrrp_packet_source(&instance->wire.form, packet);
	char text[IP_TEXT];

	if (source.family == 0 || ip_equal(&source, &instance->machine.source))
		return;
	if (advert_counters[refusal] != PAGE_COUNTERS)
		atomic_fetch_add(&instance->page->counter[advert_counters[refusal]], 1);
	if (refusal == VRRP_REFUSED_VRID)
		advert_other_vrid(instance, packet, &source);
	else if (advert_complains(instance, &source, (int)refusal))
		tell(instance, LOG_LEVEL_WARNING, "advertisement from %s ignored: %s",
		     ip_text(&source, text), vrrp_refusal_text(refusal));
}

/* The same addresses in any order. */
static bool advert_is_same_list(const struct vrrp_instance *instance,
				const struct vrrp_advert *advert)
{
	size_t len = instance->conf->family == AF_INET6 ? 16 : 4;
	struct vrrp_advert ours;

	advert_fill(instance, &ours);
	if (ours.address_count != advert->address_count)
		return false;
	if (memcmp(ours.addresses, advert->addresses, len * ours.address_count) == 0)
		return true;
	for (unsigned i = 0; i < ours.address_count; i++) {
		unsigned at = 0;

		while (at < advert->address_count &&
		       memcmp(ours.addresses + len * i, advert->addresses + len * at, len) != 0)
			at++;
		if (at == advert->address_count)
			return false;
	}
	return true;
}

/*
 * RFC 3768 and RFC 5798, 7.1: a list that differs is logged, and its sender
 * ignored unless it is the owner. We ignore it in strict_mode only: two
 * masters, which would follow, are worse than two lists.
 */
static bool advert_check_addresses(struct vrrp_instance *instance, const struct vrrp_advert *advert)
{
	struct instance_wire *wire = &instance->wire;
	bool known = ip_equal(&wire->checked, &advert->source);
	char text[IP_TEXT];

	if (known && wire->checked_same && instance->conf->skip_check_addresses)
		return true;
	wire->checked = advert->source;
	wire->checked_same = advert_is_same_list(instance, advert);
	if (wire->checked_same)
		return true;
	atomic_fetch_add(&instance->page->counter[PAGE_BAD_ADDRESSES], 1);
	if (advert_complains(instance, &advert->source, ADVERT_OTHER_ADDRESSES))
		tell(instance, LOG_LEVEL_WARNING,
		     "the virtual addresses of %s are not the ones here%s",
		     ip_text(&advert->source, text),
		     instance->conf->strict ? ": ignored (strict_mode)" : "");
	return !instance->conf->strict || advert->priority == 255;
}

/* A peer that sums as Keepalived did until 1.3.6 would not understand us otherwise. */
static void advert_follow_sum(struct vrrp_instance *instance, const struct vrrp_advert *advert)
{
	char text[IP_TEXT];

	if (advert->checksum != VRRP_SUM_OLD || instance->wire.sum == VRRP_SUM_OLD ||
	    instance->conf->unicast_checksum != VRRP_CHECKSUM_AUTO)
		return;
	instance->wire.sum = VRRP_SUM_OLD;
	tell(instance, LOG_LEVEL_NOTICE,
	     "%s sums as old versions do: so do we (old_unicast_checksum)",
	     ip_text(&advert->source, text));
}

/* A gap between two of one sender that is too short to be a change of master was loss. */
static void advert_count_lost(struct vrrp_instance *instance, const struct vrrp_advert *advert)
{
	struct instance_wire *wire = &instance->wire;
	struct moment now = loop_now(instance->process->loop);
	uint64_t gap = moment_since(wire->heard, now);
	uint64_t missed = (gap + advert->interval_us / 2) / advert->interval_us;

	if (ip_equal(&wire->heard_from, &advert->source) && missed > 1 &&
	    missed <= instance->conf->down_timer_adverts)
		atomic_fetch_add(&instance->page->adverts_lost, missed - 1);
	wire->heard = now;
	wire->heard_from = advert->priority != 0 ? advert->source : (struct ip){ .family = 0 };
}

static void advert_read(struct vrrp_instance *instance, const struct vrrp_packet *packet,
			void (*on_advert)(struct vrrp_instance *instance,
					  const struct vrrp_advert *advert))
{
	struct instance_wire *wire = &instance->wire;
	struct vrrp_advert advert;
	enum vrrp_refusal refusal = vrrp_packet_parse(&wire->form, packet, &advert);

	if (refusal == VRRP_ACCEPTED && advert.stamp != 0 && wire->form.hmac->anti_replay &&
	    !vrrp_replay_check(&wire->replay, &advert.source, advert.stamp))
		refusal = VRRP_REFUSED_REPLAY;
	if (refusal != VRRP_ACCEPTED) {
		advert_refused(instance, packet, refusal);
		return;
	}
	if (ip_equal(&advert.source, &instance->machine.source))
		return;
	atomic_fetch_add(&instance->page->adverts_received, 1);
	advert_count_lost(instance, &advert);
	advert_follow_sum(instance, &advert);
	if (advert_check_addresses(instance, &advert))
		on_advert(instance, &advert);
}

void advert_receive(struct vrrp_instance *instance,
		    void (*on_advert)(struct vrrp_instance *instance,
				      const struct vrrp_advert *advert))
{
	uint8_t bytes[VRRP_PACKET_MAX + 1]; /* one more: too long is seen as such */
	struct vrrp_packet packet;

	for (unsigned i = 0; i < ADVERT_BATCH && instance->file.fd >= 0; i++) {
		if (!vrrp_socket_receive(instance->file.fd, bytes, sizeof(bytes), &packet))
			return;
		if (instance->wire.form.hmac->mode != VRRP_HMAC_OFF)
			packet.wall_us = wall_now_us();
		advert_read(instance, &packet, on_advert);
	}
	if (instance->file.fd >= 0)
		loop_file_again(instance->process->loop, &instance->file);
}

static void advert_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	instance_receive(container_of(file, struct vrrp_instance, file));
}
