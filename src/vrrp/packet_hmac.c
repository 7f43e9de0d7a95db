/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/packet_hmac.c - see packet_hmac.h. */
#include "vrrp/packet_hmac.h"

#include <errno.h>
#include <string.h>

#include "base/digest.h"
#include "vrrp/packet_bytes.h"

enum {
	HMAC_TYPE = 1,
	HMAC_CODE = 16,
	HMAC_CODE_OFFSET = 12,	/* in the trailer */
	HMAC_PSEUDO = 20,
	HMAC_INPUT_MAX = HMAC_PSEUDO + VRRP_MESSAGE_MAX + VRRP_HMAC_TRAILER,
	HMAC_SHA256 = 32,
};

uint64_t vrrp_hmac_stamp(uint64_t wall_us, uint64_t last)
{
	uint64_t subsecond = (wall_us % 1000000 << 16) / 1000000;
	uint64_t stamp = (wall_us / 1000000) << 32 | subsecond << 16;

	return stamp > last ? stamp : last + 1;
}

static uint64_t packet_hmac_wall_us(uint64_t stamp)
{
	return (stamp >> 32) * 1000000 + ((stamp >> 16 & 0xffff) * 1000000 >> 16);
}

bool packet_hmac_is_on(const struct vrrp_hmac_conf *conf)
{
	return conf != NULL && conf->mode != VRRP_HMAC_OFF;
}

bool vrrp_hmac_signs(const struct vrrp_hmac_conf *conf)
{
	return packet_hmac_is_on(conf) && conf->mode != VRRP_HMAC_RECEIVE_ONLY;
}

/* The place of a sender, or of the one that was silent for the longest time. */
bool vrrp_replay_check(struct vrrp_replay *replay, const struct ip *source, uint64_t stamp)
{
	unsigned place = 0;

	for (unsigned i = 0; i < VRRP_REPLAY_SENDERS; i++) {
		if (ip_equal(&replay->seen[i].source, source)) {
			place = i;
			break;
		}
		if (replay->seen[i].stamp < replay->seen[place].stamp)
			place = i;
	}
	if (ip_equal(&replay->seen[place].source, source) && stamp <= replay->seen[place].stamp)
		return false;
	replay->seen[place].source = *source;
	replay->seen[place].stamp = stamp;
	return true;
}

static struct slice packet_hmac_key(const struct vrrp_hmac_conf *conf, uint8_t id)
{
	for (unsigned i = 0; i < conf->key_count; i++)
		if (conf->key[i].id == id)
			return (struct slice){ (const char *)conf->key[i].bytes, conf->key[i].len };
	return (struct slice){ NULL, 0 };
}

/* The code of a message and the first 12 bytes of its trailer. */
static int packet_hmac_code(const struct vrrp_form *form, const struct ip *source,
			    struct slice key, const uint8_t *message, size_t len,
			    const uint8_t *trailer, uint8_t ret[DIGEST_MAX])
{
	uint8_t input[HMAC_INPUT_MAX] = { form->family == AF_INET6 ? 6 : 4, form->version,
					  form->vrid };
	size_t all = HMAC_PSEUDO + len + VRRP_HMAC_TRAILER;

	memcpy(input + 4, source->bytes, sizeof(source->bytes));
	memcpy(input + HMAC_PSEUDO, message, len);
	memset(input + HMAC_PSEUDO + 6, 0, 2);
	memcpy(input + HMAC_PSEUDO + len, trailer, HMAC_CODE_OFFSET);
	size_t made = digest_hmac("SHA256", key, (struct slice){ (const char *)input, all }, ret);
	return made == HMAC_SHA256 ? 0 : -ENOTSUP;
}

int packet_hmac_put(const struct vrrp_form *form, const struct vrrp_advert *advert,
		    uint8_t *message, size_t len)
{
	struct slice key = packet_hmac_key(form->hmac, form->hmac->active_key);
	uint8_t *trailer = message + len;
	uint8_t code[DIGEST_MAX];

	ASSERT(key.at != NULL);
	memset(trailer, 0, VRRP_HMAC_TRAILER);
	trailer[0] = HMAC_TYPE;
	trailer[1] = form->hmac->active_key;
	packet_put32(trailer + 4, (uint32_t)(advert->stamp >> 32));
	packet_put32(trailer + 8, (uint32_t)advert->stamp);
	int error = packet_hmac_code(form, &advert->source, key, message, len, trailer, code);
	if (error == 0)
		memcpy(trailer + HMAC_CODE_OFFSET, code, HMAC_CODE);
	return error;
}

static bool packet_hmac_is_fresh(const struct vrrp_hmac_conf *conf, uint64_t stamp, uint64_t now)
{
	uint64_t then = packet_hmac_wall_us(stamp);
	uint64_t apart = now > then ? now - then : then - now;
	uint64_t window = conf->time_window_us;

	return apart <= (window > VRRP_HMAC_WINDOW_US ? window : VRRP_HMAC_WINDOW_US);
}

static enum vrrp_refusal packet_hmac_verify(const struct vrrp_form *form,
					    const struct vrrp_packet *packet,
					    const uint8_t *message, size_t len,
					    struct vrrp_advert *advert)
{
	const uint8_t *trailer = message + len;
	struct slice key = packet_hmac_key(form->hmac, trailer[1]);
	uint8_t code[DIGEST_MAX];

	if (trailer[0] != HMAC_TYPE || trailer[2] != 0 || trailer[3] != 0)
		return VRRP_REFUSED_TRAILER;
	if (key.at == NULL)
		return VRRP_REFUSED_KEY;
	if (packet_hmac_code(form, &advert->source, key, message, len, trailer, code) < 0 ||
	    !digest_same(code, trailer + HMAC_CODE_OFFSET, HMAC_CODE))
		return VRRP_REFUSED_HMAC;
	advert->stamp = (uint64_t)packet_get32(trailer + 4) << 32 | packet_get32(trailer + 8);
	return packet_hmac_is_fresh(form->hmac, advert->stamp, packet->wall_us)
		       ? VRRP_ACCEPTED
		       : VRRP_REFUSED_TIME;
}

enum vrrp_refusal packet_hmac_check(const struct vrrp_form *form, const struct vrrp_packet *packet,
				    const uint8_t *message, size_t message_len, size_t len,
				    struct vrrp_advert *advert)
{
	if (!packet_hmac_is_on(form->hmac))
		return VRRP_ACCEPTED;
	if (len == message_len)
		return form->hmac->mode == VRRP_HMAC_ENFORCE ? VRRP_REFUSED_UNSIGNED
							     : VRRP_ACCEPTED;
	return packet_hmac_verify(form, packet, message, message_len, advert);
}
