/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first packets of MQTT. Beyond not crashing: what is found lies within
 * the packet, a packet that is cut is never taken for a whole one, and bytes
 * behind it change nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "expr/mqtt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void within(struct slice whole, struct slice part)
{
	must(part.at == NULL ||
	     (part.at >= whole.at && part.at + part.len <= whole.at + whole.len));
}

static void look(struct slice bytes, const struct mqtt_packet *packet)
{
	struct slice text;
	uint32_t number;

	within(bytes, packet->protocol);
	within(bytes, packet->client);
	within(bytes, packet->will_topic);
	within(bytes, packet->will_payload);
	within(bytes, packet->user);
	within(bytes, packet->password);
	within(bytes, packet->properties);
	within(bytes, packet->will_properties);
	for (unsigned id = 1; id < 256; id++)
		if (mqtt_property(packet, (uint8_t)id, &text, &number))
			within(bytes, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);
	struct slice bytes = { copy, size };
	struct mqtt_packet packet, other;
	size_t whole = 0;

	if (size != 0)
		memcpy(copy, data, size);
	if (mqtt_read(bytes, &packet) == MQTT_GOOD) {
		look(bytes, &packet);
		while (mqtt_read((struct slice){ copy, whole }, &other) == MQTT_MORE)
			whole++;
		must(mqtt_read((struct slice){ copy, whole }, &other) == MQTT_GOOD);
		must(other.flags == packet.flags && other.version == packet.version);
	}
	free(copy);
	return 0;
}
