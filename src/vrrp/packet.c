/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/packet.c - see packet.h. */
#include "vrrp/packet.h"

#include <string.h>

#include "vrrp/packet_hmac.h"
#include "vrrp/packet_message.h"
#include "vrrp/packet_outer.h"

enum { PACKET_IP_TTL = 8 }; /* the offset in an IPv4 header */

static const char *const packet_refusals[VRRP_REFUSALS] = {
	[VRRP_ACCEPTED] = "accepted",
	[VRRP_REFUSED_SHORT] = "it is cut short",
	[VRRP_REFUSED_IP_HEADER] = "its IP header is malformed",
	[VRRP_REFUSED_FRAGMENT] = "it is a fragment",
	[VRRP_REFUSED_PROTOCOL] = "it is of another IP protocol",
	[VRRP_REFUSED_TTL] = "its TTL is not 255",
	[VRRP_REFUSED_PEER_TTL] = "its TTL is outside min_ttl and max_ttl of the unicast_peer",
	[VRRP_REFUSED_DESTINATION] = "its destination does not fit (multicast against unicast)",
	[VRRP_REFUSED_SENDER] = "the sender is not a unicast_peer",
	[VRRP_REFUSED_AH_HEADER] = "its authentication header is malformed",
	[VRRP_REFUSED_VRID] = "it is of another virtual_router_id",
	[VRRP_REFUSED_AH_ICV] = "its authentication does not match (auth_pass differs?)",
	[VRRP_REFUSED_VERSION] = "it is of another version of VRRP",
	[VRRP_REFUSED_TYPE] = "it is not an advertisement",
	[VRRP_REFUSED_LENGTH] = "its length does not fit its address count",
	[VRRP_REFUSED_CHECKSUM] = "its checksum is wrong",
	[VRRP_REFUSED_AUTH_TYPE] = "its auth_type differs",
	[VRRP_REFUSED_PASSWORD] = "its auth_pass differs",
	[VRRP_REFUSED_INTERVAL] = "its advert_int differs",
	[VRRP_REFUSED_UNSIGNED] = "it is not signed (auth_hmac)",
	[VRRP_REFUSED_TRAILER] = "its auth_hmac trailer is malformed",
	[VRRP_REFUSED_KEY] = "it is signed with an auth_hmac key of an id that is not here",
	[VRRP_REFUSED_HMAC] = "its auth_hmac code does not match (the key differs?)",
	[VRRP_REFUSED_TIME] = "its auth_hmac time is outside time_window (do the clocks differ?)",
	[VRRP_REFUSED_REPLAY] = "it was sent before (auth_hmac anti_replay)",
};

const char *vrrp_refusal_text(enum vrrp_refusal refusal)
{
	ASSERT(refusal < VRRP_REFUSALS);
	return packet_refusals[refusal];
}

int vrrp_packet_build(const struct vrrp_form *form, const struct vrrp_advert *advert,
		      uint16_t ip_id, uint8_t ret[VRRP_PACKET_MAX])
{
	size_t start = packet_outer_len(form);
	size_t message_len = packet_message_len(form, advert->address_count);
	size_t len = start + message_len;
	int error = 0;

	ASSERT(advert->address_count <= VRRP_ADDRESSES);
	ASSERT(advert->source.family == form->family && advert->destination.family == form->family);
	ASSERT(form->family == AF_INET6 ? form->version == 3 : ip_id != 0);
	memset(ret, 0, len);
	packet_message_put(form, advert, ret + start);
	if (advert->stamp != 0) {
		error = packet_hmac_put(form, advert, ret + start, message_len);
		len += VRRP_HMAC_TRAILER;
	}
	if (error == 0 && start != 0)
		error = packet_outer_put(form, advert, ip_id, ret, len);
	return error < 0 ? error : (int)len;
}

static const struct vrrp_peer_conf *packet_peer(const struct vrrp_form *form,
						const struct ip *source)
{
	for (unsigned i = 0; i < form->peer_count; i++)
		if (ip_equal(&form->peers[i].ip, source))
			return &form->peers[i];
	return NULL;
}

static enum vrrp_refusal packet_check_unicast(const struct vrrp_form *form,
					      const struct vrrp_advert *advert, int ttl)
{
	const struct vrrp_peer_conf *peer = packet_peer(form, &advert->source);

	if (packet_is_multicast(&advert->destination))
		return VRRP_REFUSED_DESTINATION;
	if (peer == NULL)
		return form->check_source ? VRRP_REFUSED_SENDER : VRRP_ACCEPTED;
	if (peer->min_ttl == 0 && peer->max_ttl == VRRP_TTL)
		return VRRP_ACCEPTED;
	return ttl >= peer->min_ttl && ttl <= peer->max_ttl ? VRRP_ACCEPTED
							    : VRRP_REFUSED_PEER_TTL;
}

/* Where it comes from and goes to (RFC 3768 and RFC 5798, 7.1: the TTL must be 255). */
static enum vrrp_refusal packet_check_path(const struct vrrp_form *form,
					   const struct vrrp_advert *advert, int ttl)
{
	if (form->peer_count != 0)
		return packet_check_unicast(form, advert, ttl);
	if (!ip_equal(&advert->destination, &form->group))
		return VRRP_REFUSED_DESTINATION;
	return ttl == VRRP_TTL ? VRRP_ACCEPTED : VRRP_REFUSED_TTL;
}

static enum vrrp_refusal packet_check_outer(const struct vrrp_form *form,
					    const struct vrrp_packet *packet,
					    struct vrrp_advert *advert)
{
	if (form->family == AF_INET)
		return packet_outer_check(form, packet->bytes, packet->len, advert);
	advert->source = packet->source;
	advert->destination = packet->destination;
	return packet->len > VRRP_PACKET_MAX ? VRRP_REFUSED_LENGTH : VRRP_ACCEPTED;
}

enum vrrp_refusal vrrp_packet_parse(const struct vrrp_form *form, const struct vrrp_packet *packet,
				    struct vrrp_advert *ret)
{
	size_t start = packet_outer_len(form), len = packet->len, message_len = 0;
	const uint8_t *message = packet->bytes + start;
	struct vrrp_advert advert;
	int ttl;

	memset(&advert, 0, offsetof(struct vrrp_advert, addresses));
	enum vrrp_refusal refusal = packet_check_outer(form, packet, &advert);
	if (refusal == VRRP_ACCEPTED && len < start + VRRP_HEADER)
		refusal = VRRP_REFUSED_SHORT;
	/* Before anything that may be worth a log line: other routers on the wire are no news. */
	if (refusal == VRRP_ACCEPTED && message[1] != form->vrid)
		refusal = VRRP_REFUSED_VRID;
	if (refusal != VRRP_ACCEPTED)
		return refusal;

	ttl = start != 0 ? packet->bytes[PACKET_IP_TTL] : packet->hop_limit;
	refusal = packet_check_path(form, &advert, ttl);
	if (refusal == VRRP_ACCEPTED && form->auth == VRRP_AUTH_AH)
		refusal = packet_outer_check_icv(form, packet->bytes, len);
	if (refusal == VRRP_ACCEPTED)
		refusal = packet_message_read(form, message, len - start, &advert, &message_len);
	if (refusal == VRRP_ACCEPTED)
		refusal = packet_hmac_check(form, packet, message, message_len, len - start,
					    &advert);
	if (refusal == VRRP_ACCEPTED)
		*ret = advert;
	return refusal;
}

struct ip vrrp_packet_source(const struct vrrp_form *form, const struct vrrp_packet *packet)
{
	struct ip source = { .family = AF_INET };

	if (form->family == AF_INET6)
		return packet->source;
	if (packet->len < VRRP_IP_HEADER)
		return (struct ip){ .family = 0 };
	memcpy(source.bytes, packet->bytes + 12, 4);
	return source;
}

uint8_t vrrp_packet_vrid(const struct vrrp_form *form, const struct vrrp_packet *packet)
{
	return packet->bytes[packet_outer_len(form) + 1];
}
