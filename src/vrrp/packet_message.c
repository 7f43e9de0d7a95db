/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/packet_message.c - see packet_message.h. */
#include "vrrp/packet_message.h"

#include <string.h>

#include "base/digest.h"
#include "vrrp/packet_bytes.h"
#include "vrrp/packet_hmac.h"

enum {
	MESSAGE_ADVERTISEMENT = 1,
	MESSAGE_SECOND_US = 1000 * 1000,
	MESSAGE_CENTISECOND_US = 10 * 1000,
	MESSAGE_INTERVAL = 0xfff,	/* the bits of version 3 */
};

static size_t packet_message_address(const struct vrrp_form *form)
{
	return form->family == AF_INET6 ? 16 : 4;
}

size_t packet_message_len(const struct vrrp_form *form, unsigned address_count)
{
	return VRRP_HEADER + packet_message_address(form) * address_count +
	       (form->version == 2 ? VRRP_AUTH_DATA : 0);
}

/* Of a message that has 0 in its place; or 0 over one that has the right one. */
static uint16_t packet_message_checksum(const struct vrrp_form *form,
					const struct vrrp_advert *advert, enum vrrp_sum kind,
					const uint8_t *message, size_t len)
{
	uint32_t sum = packet_sum(0, message, len);
	size_t size = packet_message_address(form);

	if (form->version == 2 || (kind == VRRP_SUM_ALONE && form->family == AF_INET))
		return packet_fold(sum);
	sum = packet_sum(sum, advert->source.bytes, size);
	if (kind == VRRP_SUM_OLD && form->family == AF_INET)
		sum = packet_sum(sum, form->group.bytes, size);
	else
		sum = packet_sum(sum, advert->destination.bytes, size);
	return packet_fold(sum + VRRP_PROTOCOL + (uint32_t)len);
}

void packet_message_put(const struct vrrp_form *form, const struct vrrp_advert *advert, uint8_t *to)
{
	size_t len = packet_message_len(form, advert->address_count);

	to[0] = (uint8_t)(form->version << 4 | MESSAGE_ADVERTISEMENT);
	to[1] = form->vrid;
	to[2] = advert->priority;
	to[3] = (uint8_t)advert->address_count;
	if (form->version == 2) {
		to[4] = (uint8_t)form->auth;
		to[5] = (uint8_t)(advert->interval_us / MESSAGE_SECOND_US);
	} else {
		packet_put16(to + 4, (uint16_t)(advert->interval_us / MESSAGE_CENTISECOND_US));
	}
	memcpy(to + VRRP_HEADER, advert->addresses,
	       packet_message_address(form) * advert->address_count);
	if (form->version == 2 && form->auth == VRRP_AUTH_PASS)
		memcpy(to + len - VRRP_AUTH_DATA, form->key, VRRP_AUTH_DATA);
	packet_put16(to + 6, packet_message_checksum(form, advert, advert->checksum, to, len));
}

/* Which of the accepted kinds of checksum it has. */
static bool packet_message_is_whole(const struct vrrp_form *form, const uint8_t *message,
				    size_t len, struct vrrp_advert *advert)
{
	const bool accepted[] = {
		[VRRP_SUM_PSEUDO] = true,
		[VRRP_SUM_OLD] = form->accept_old && form->peer_count != 0,
		[VRRP_SUM_ALONE] = form->accept_alone,
	};

	for (size_t kind = 0; kind < ARRAY_LEN(accepted); kind++) {
		advert->checksum = (enum vrrp_sum)kind;
		if (accepted[kind] && packet_message_checksum(form, advert, advert->checksum,
							      message, len) == 0)
			return true;
	}
	return false;
}

static enum vrrp_refusal packet_message_read_v2(const struct vrrp_form *form,
						const uint8_t *message, size_t len,
						struct vrrp_advert *advert)
{
	static const uint8_t nothing[VRRP_AUTH_DATA];
	const uint8_t *auth = message + len - VRRP_AUTH_DATA;

	if (message[4] != (uint8_t)form->auth)
		return VRRP_REFUSED_AUTH_TYPE;
	if (form->auth == VRRP_AUTH_PASS && !digest_same(auth, form->key, VRRP_AUTH_DATA))
		return VRRP_REFUSED_PASSWORD;
	if (form->auth == VRRP_AUTH_AH && memcmp(auth, nothing, VRRP_AUTH_DATA) != 0)
		return VRRP_REFUSED_AUTH_TYPE;
	advert->interval_us = (uint64_t)message[5] * MESSAGE_SECOND_US;
	return advert->interval_us == form->interval_us ? VRRP_ACCEPTED : VRRP_REFUSED_INTERVAL;
}

/* A backup takes over the master's interval (RFC 5798, 6.4.2); none of 0 can be meant. */
static enum vrrp_refusal packet_message_read_v3(const uint8_t *message, struct vrrp_advert *advert)
{
	uint64_t interval = packet_get16(message + 4) & MESSAGE_INTERVAL;

	advert->interval_us = interval * MESSAGE_CENTISECOND_US;
	return interval != 0 ? VRRP_ACCEPTED : VRRP_REFUSED_INTERVAL;
}

enum vrrp_refusal packet_message_read(const struct vrrp_form *form, const uint8_t *bytes,
				      size_t len, struct vrrp_advert *advert, size_t *ret_len)
{
	size_t message_len = packet_message_len(form, bytes[3]);
	enum vrrp_refusal refusal;

	if (bytes[0] >> 4 != form->version)
		return VRRP_REFUSED_VERSION;
	if ((bytes[0] & 0xf) != MESSAGE_ADVERTISEMENT)
		return VRRP_REFUSED_TYPE;
	if (len != message_len &&
	    (!packet_hmac_is_on(form->hmac) || len != message_len + VRRP_HMAC_TRAILER))
		return VRRP_REFUSED_LENGTH;
	if (!packet_message_is_whole(form, bytes, message_len, advert))
		return VRRP_REFUSED_CHECKSUM;
	if (form->version == 2)
		refusal = packet_message_read_v2(form, bytes, message_len, advert);
	else
		refusal = packet_message_read_v3(bytes, advert);
	advert->priority = bytes[2];
	advert->address_count = bytes[3];
	memcpy(advert->addresses, bytes + VRRP_HEADER, packet_message_address(form) * bytes[3]);
	*ret_len = message_len;
	return refusal;
}
