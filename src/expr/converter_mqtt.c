/* SPDX-License-Identifier: Apache-2.0 */
/* expr/converter_mqtt.c - the first packets of MQTT (mqtt.h) and their fields. */
#include <strings.h>

#include "base/arena.h"
#include "base/macros.h"
#include "expr/converter.h"
#include "expr/mqtt.h"

struct mqtt_field {
	const char *name;
	unsigned packets;	/* bits 1 << enum mqtt_type */
	size_t offset;		/* of the struct slice, in struct mqtt_packet; or */
	uint32_t (*number)(const struct mqtt_packet *packet);
};

static uint32_t field_flags(const struct mqtt_packet *packet)
{
	return packet->flags;
}

static uint32_t field_version(const struct mqtt_packet *packet)
{
	return packet->version;
}

static uint32_t field_keep_alive(const struct mqtt_packet *packet)
{
	return packet->keep_alive;
}

static uint32_t field_reason(const struct mqtt_packet *packet)
{
	return packet->reason;
}

enum { IN_CONNECT = 1 << MQTT_CONNECT, IN_CONNACK = 1 << MQTT_CONNACK };

#define MQTT_TEXT(word, member) \
	{ .name = word, .packets = IN_CONNECT, .offset = offsetof(struct mqtt_packet, member) }
#define MQTT_NUMBER(word, where, function) \
	{ .name = word, .packets = where, .number = function }

static const struct mqtt_field mqtt_fields[] = {
	MQTT_NUMBER("flags", IN_CONNECT | IN_CONNACK, field_flags),
	MQTT_NUMBER("protocol_version", IN_CONNECT | IN_CONNACK, field_version),
	MQTT_NUMBER("keepalive", IN_CONNECT, field_keep_alive),
	MQTT_NUMBER("reason_code", IN_CONNACK, field_reason),
	MQTT_TEXT("protocol_name", protocol),
	MQTT_TEXT("client_identifier", client),
	MQTT_TEXT("will_topic", will_topic),
	MQTT_TEXT("will_payload", will_payload),
	MQTT_TEXT("username", user),
	MQTT_TEXT("password", password),
};

/* A converter as compiled. */
struct mqtt_query {
	enum mqtt_type type;
	const struct mqtt_field *field; /* NULL: `property` */
	uint8_t property;
};

static bool mqtt_is_property(enum mqtt_type type, int64_t id)
{
	static const uint8_t of_connect[] = { 17, 33, 39, 34, 25, 23, 21, 22, 24, 1, 2, 3, 8, 9 };
	static const uint8_t of_connack[] = { 17, 33, 36, 37, 39, 18, 34, 31,
					      40, 41, 42, 19, 26, 28, 21, 22 };
	const uint8_t *ids = type == MQTT_CONNECT ? of_connect : of_connack;
	size_t count = type == MQTT_CONNECT ? sizeof(of_connect) : sizeof(of_connack);

	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static bool mqtt_read_type(struct slice text, enum mqtt_type *ret)
{
	if (strcasecmp(text.at, "connect") == 0 || slice_is(text, "1"))
		*ret = MQTT_CONNECT;
	else if (strcasecmp(text.at, "connack") == 0 || slice_is(text, "2"))
		*ret = MQTT_CONNACK;
	else
		return false;
	return true;
}

static bool mqtt_read_field(struct slice text, struct mqtt_query *query)
{
	char *end;
	long id = strtol(text.at, &end, 10);

	if (text.len != 0 && *end == '\0') {
		query->property = (uint8_t)id;
		return mqtt_is_property(query->type, id);
	}
	for (size_t i = 0; i < ARRAY_LEN(mqtt_fields); i++) {
		query->field = &mqtt_fields[i];
		if (query->field->packets & 1U << query->type &&
		    strcasecmp(query->field->name, text.at) == 0)
			return true;
	}
	return false;
}

static bool mqtt_check(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	struct mqtt_query *query = arena_zalloc(parse->arena, sizeof(*query));

	args->own = query;
	if (!mqtt_read_type(args->at[0].text, &query->type))
		return converter_error(parse, args, 0, span, "write connect or connack",
				       "that is no type of packet whose fields can be read");
	if (!mqtt_read_field(args->at[1].text, query))
		return converter_error(parse, args, 1, span, NULL,
				       "such a packet has no field or property of that name");
	return true;
}

/* False with may_change: the packet is not all there yet. */
static bool mqtt_packet_of(const struct expr_context *context, struct expr_sample *sample,
			   struct mqtt_packet *ret, enum mqtt_result *ret_result)
{
	*ret_result = mqtt_read(sample->value.text, ret);
	sample->may_change = *ret_result == MQTT_MORE && !context->bytes_end;
	return *ret_result == MQTT_GOOD;
}

static bool mqtt_run_valid(struct expr_context *context, const struct expr_args *args,
			   struct expr_sample *sample)
{
	struct mqtt_packet packet;
	enum mqtt_result result;
	bool good = mqtt_packet_of(context, sample, &packet, &result);

	if (result == MQTT_MORE)
		return false;
	sample->type = EXPR_BOOL;
	sample->value.boolean = good;
	return true;
}

static bool mqtt_give_number(struct expr_context *context, uint32_t number,
			     struct expr_sample *sample)
{
	struct out out;

	if (!converter_room(context, 10, &out))
		return false;
	out_number(&out, number);
	return converter_take(context, &out, EXPR_STRING, sample);
}

static bool mqtt_run_value(struct expr_context *context, const struct expr_args *args,
			   struct expr_sample *sample)
{
	const struct mqtt_query *query = args->own;
	struct mqtt_packet packet;
	enum mqtt_result result;
	struct slice text = { NULL, 0 };
	uint32_t number = 0;

	if (!mqtt_packet_of(context, sample, &packet, &result) || packet.type != query->type)
		return false;
	if (query->field == NULL) {
		if (!mqtt_property(&packet, query->property, &text, &number))
			return false;
	} else if (query->field->number != NULL) {
		number = query->field->number(&packet);
	} else {
		text = *(const struct slice *)(const void *)((const char *)&packet +
							     query->field->offset);
		if (text.at == NULL)
			return false;
	}
	if (text.at == NULL)
		return mqtt_give_number(context, number, sample);
	sample->type = EXPR_STRING;
	sample->value.text = text;
	return true;
}

const struct expr_converter expr_converters_mqtt[] = {
	{
		.doc = { .name = "mqtt_field_value", .since = "0.3",
			 .summary = "A field, or a property by its number, of an MQTT packet: "
				    "connect or connack.",
			 .example = "tcp-request content set-var(txn.user) "
				    "req.payload(0,0),mqtt_field_value(connect,username)" },
		.in = EXPR_BINARY, .out = EXPR_STRING,
		.args = { { EXPR_ARG_STRING, false, "packettype" },
			  { EXPR_ARG_STRING, false, "field" } },
		.check = mqtt_check, .run = mqtt_run_value,
	},
	{
		.doc = { .name = "mqtt_is_valid", .since = "0.3",
			 .summary = "Whether the bytes begin with a CONNECT or CONNACK of MQTT "
				    "that holds.",
			 .example = "tcp-request content reject unless { "
				    "req.payload(0,0),mqtt_is_valid }" },
		.in = EXPR_BINARY, .out = EXPR_BOOL, .run = mqtt_run_valid,
	},
	{ .doc = { .name = NULL } },
};
