/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/mqtt.h - the first packets of MQTT 3.1, 3.1.1 and 5.0 (OASIS): a
 * client's CONNECT, a server's CONNACK, and what is in them. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum mqtt_type { MQTT_CONNECT = 1, MQTT_CONNACK = 2 };

enum mqtt_result { MQTT_BAD, MQTT_GOOD, MQTT_MORE };

struct mqtt_packet {
	enum mqtt_type type;
	uint8_t flags;
	/* of CONNECT: 3, 4, 5; of CONNACK: 5 when it has properties, else 4 */
	uint8_t version;
	uint8_t reason;			/* of CONNACK */
	uint16_t keep_alive;
	/* at NULL: not there */
	struct slice protocol, client, will_topic, will_payload, user, password;
	struct slice properties, will_properties;
};

/* The packet at the beginning of `bytes`; MORE: it is not all there. */
enum mqtt_result mqtt_read(struct slice bytes, struct mqtt_packet *ret);

/*
 * The property `id` of the packet, or of its will: a number in *ret_number
 * when ret_text->at is NULL, else text. False: it has none.
 */
bool mqtt_property(const struct mqtt_packet *packet, uint8_t id, struct slice *ret_text,
		   uint32_t *ret_number);
