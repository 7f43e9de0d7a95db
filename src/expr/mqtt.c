/* SPDX-License-Identifier: Apache-2.0 */
/* expr/mqtt.c - see mqtt.h. Chapters are those of MQTT 5.0, those of 3.1.1 where it says so. */
#include "expr/mqtt.h"

enum {
	CONNECT_RESERVED = 1 << 0,
	CONNECT_WILL = 1 << 2,
	CONNECT_WILL_QOS = 3 << 3,
	CONNECT_WILL_RETAIN = 1 << 5,
	CONNECT_PASSWORD = 1 << 6,
	CONNECT_USER = 1 << 7,
};

enum property_type { PROPERTY_NONE, BYTE, SHORT, LONG, VARINT, TEXT, PAIR };

/* 2.2.2.2 */
static const uint8_t property_types[] = {
	[1] = BYTE,   [2] = LONG,   [3] = TEXT,	  [8] = TEXT,	[9] = TEXT,   [11] = VARINT,
	[17] = LONG,  [18] = TEXT,  [19] = SHORT, [21] = TEXT,	[22] = TEXT,  [23] = BYTE,
	[24] = LONG,  [25] = BYTE,  [26] = TEXT,  [28] = TEXT,	[31] = TEXT,  [33] = SHORT,
	[34] = SHORT, [35] = SHORT, [36] = BYTE,  [37] = BYTE,	[38] = PAIR,  [39] = LONG,
	[40] = BYTE,  [41] = BYTE,  [42] = BYTE,
};

/* Big-endian; false: there are not so many bytes. */
static bool take_number(struct slice *rest, size_t bytes, uint32_t *ret)
{
	*ret = 0;
	if (rest->len < bytes)
		return false;
	for (size_t i = 0; i < bytes; i++)
		*ret = *ret << 8 | (unsigned char)rest->at[i];
	*rest = slice_skip(*rest, bytes);
	return true;
}

/* 1.5.5: seven bits a byte, the lowest first, at most four bytes. */
static enum mqtt_result take_varint(struct slice *rest, uint32_t *ret)
{
	uint32_t byte = 0x80;

	*ret = 0;
	for (unsigned shift = 0; shift < 28; shift += 7) {
		if (!take_number(rest, 1, &byte))
			return MQTT_MORE;
		*ret |= (byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return MQTT_GOOD;
	}
	return MQTT_BAD;
}

static bool take_bytes(struct slice *rest, size_t len, struct slice *ret)
{
	if (rest->len < len)
		return false;
	*ret = (struct slice){ rest->at, len };
	*rest = slice_skip(*rest, len);
	return true;
}

/* 1.5.4, 1.5.6 */
static bool take_text(struct slice *rest, struct slice *ret)
{
	uint32_t len;

	return take_number(rest, 2, &len) && take_bytes(rest, len, ret);
}

/* One property's value behind its id. */
static bool take_value(struct slice *rest, enum property_type type, struct slice *ret_text,
		       uint32_t *ret_number)
{
	*ret_text = (struct slice){ NULL, 0 };
	switch (type) {
	case BYTE:
		return take_number(rest, 1, ret_number);
	case SHORT:
		return take_number(rest, 2, ret_number);
	case LONG:
		return take_number(rest, 4, ret_number);
	case VARINT:
		return take_varint(rest, ret_number) == MQTT_GOOD;
	case TEXT:
		return take_text(rest, ret_text);
	case PAIR:
		return take_text(rest, ret_text) && take_text(rest, ret_text);
	case PROPERTY_NONE:
		break;
	}
	return false;
}

/* Goes to the property `id`; false with *rest empty: it is not there, else they are malformed. */
static bool find_property(struct slice *rest, uint32_t id, struct slice *ret_text,
			  uint32_t *ret_number)
{
	uint32_t here;

	while (take_number(rest, 1, &here)) {
		if (here >= sizeof(property_types) ||
		    !take_value(rest, property_types[here], ret_text, ret_number)) {
			*rest = (struct slice){ "", 1 };
			return false;
		}
		if (here == id)
			return true;
	}
	return false;
}

static bool take_properties(struct slice *rest, struct slice *ret)
{
	struct slice walk, text;
	uint32_t len, number;

	if (take_varint(rest, &len) != MQTT_GOOD || !take_bytes(rest, len, ret))
		return false;
	walk = *ret;
	return !find_property(&walk, 0, &text, &number) && walk.len == 0;
}

/* 3.1.2.3 */
static bool connect_flags_hold(uint8_t flags)
{
	if (flags & CONNECT_RESERVED || (flags & CONNECT_WILL_QOS) == CONNECT_WILL_QOS)
		return false;
	return flags & CONNECT_WILL || (flags & (CONNECT_WILL_QOS | CONNECT_WILL_RETAIN)) == 0;
}

/* 3.1.2.1; MQTT 3.1 has another name. */
static bool version_holds(const struct mqtt_packet *packet)
{
	return slice_is(packet->protocol, "MQTT")     ? packet->version == 4 || packet->version == 5
	       : slice_is(packet->protocol, "MQIsdp") ? packet->version == 3
						      : false;
}

/* 3.1.3 */
static bool take_connect_payload(struct slice *rest, struct mqtt_packet *packet)
{
	if (!take_text(rest, &packet->client))
		return false;
	if (packet->flags & CONNECT_WILL &&
	    ((packet->version == 5 && !take_properties(rest, &packet->will_properties)) ||
	     !take_text(rest, &packet->will_topic) || !take_text(rest, &packet->will_payload)))
		return false;
	if (packet->flags & CONNECT_USER && !take_text(rest, &packet->user))
		return false;
	if (packet->flags & CONNECT_PASSWORD && !take_text(rest, &packet->password))
		return false;
	return rest->len == 0;
}

/* 3.1.2 */
static bool read_connect(struct slice rest, struct mqtt_packet *packet)
{
	uint32_t version, flags, keep_alive;

	if (!take_text(&rest, &packet->protocol) || !take_number(&rest, 1, &version) ||
	    !take_number(&rest, 1, &flags) || !take_number(&rest, 2, &keep_alive))
		return false;
	packet->version = (uint8_t)version;
	packet->flags = (uint8_t)flags;
	packet->keep_alive = (uint16_t)keep_alive;
	if (!version_holds(packet) || !connect_flags_hold(packet->flags))
		return false;
	if (packet->version == 5 && !take_properties(&rest, &packet->properties))
		return false;
	return take_connect_payload(&rest, packet);
}

/* 3.2.2; in 3.1.1 it has two bytes. */
static bool read_connack(struct slice rest, struct mqtt_packet *packet)
{
	uint32_t flags, reason;

	if (!take_number(&rest, 1, &flags) || !take_number(&rest, 1, &reason) || flags > 1)
		return false;
	packet->flags = (uint8_t)flags;
	packet->reason = (uint8_t)reason;
	packet->version = rest.len == 0 ? 4 : 5;
	return rest.len == 0 || (take_properties(&rest, &packet->properties) && rest.len == 0);
}

enum mqtt_result mqtt_read(struct slice bytes, struct mqtt_packet *ret)
{
	struct slice body;
	uint32_t first, len;
	enum mqtt_result result;

	*ret = (struct mqtt_packet){ .flags = 0 };
	if (!take_number(&bytes, 1, &first))
		return MQTT_MORE;
	/* 2.1.3: the lower half is reserved in both. */
	if (first != MQTT_CONNECT << 4 && first != MQTT_CONNACK << 4)
		return MQTT_BAD;
	ret->type = first >> 4;
	result = take_varint(&bytes, &len);
	if (result != MQTT_GOOD)
		return result;
	if (!take_bytes(&bytes, len, &body))
		return MQTT_MORE;
	return (ret->type == MQTT_CONNECT ? read_connect(body, ret) : read_connack(body, ret))
		       ? MQTT_GOOD
		       : MQTT_BAD;
}

bool mqtt_property(const struct mqtt_packet *packet, uint8_t id, struct slice *ret_text,
		   uint32_t *ret_number)
{
	struct slice own = packet->properties, will = packet->will_properties;

	return find_property(&own, id, ret_text, ret_number) ||
	       find_property(&will, id, ret_text, ret_number);
}
