/* SPDX-License-Identifier: Apache-2.0 */
/* admin/field.c - see field.h. */
#include "admin/field.h"

#include <inttypes.h>

static const char *const field_types[] = {
	[FIELD_S32] = "s32",
	[FIELD_U32] = "u32",
	[FIELD_U64] = "u64",
	[FIELD_TEXT] = "str",
};

struct meaning {
	char letter;
	const char *word;
};

static const struct meaning field_origins[] = {
	{ 'M', "Metric" }, { 'S', "Status" },  { 'K', "Key" },
	{ 'C', "Config" }, { 'P', "Product" }, { '\0', "Unknown" },
};

static const struct meaning field_natures[] = {
	{ 'G', "Gauge" },  { 'L', "Limit" },	{ 'm', "Min" },	 { 'M', "Max" },
	{ 'R', "Rate" },   { 'C', "Counter" },	{ 'D', "Duration" }, { 'A', "Age" },
	{ 'T', "Time" },   { 'N', "Name" },	{ 'O', "Output" },   { 'a', "Avg" },
	{ '\0', "Unknown" },
};

static const struct meaning field_scopes[] = {
	{ 'C', "Cluster" }, { 'P', "Process" }, { 'S', "Service" }, { 's', "System" },
	{ '\0', "Unknown" },
};

static const char *word_of(const struct meaning *meanings, char letter)
{
	while (meanings->letter != letter && meanings->letter != '\0')
		meanings++;
	return meanings->word;
}

void field_print(const struct field *field, struct strbuf *out)
{
	switch (field->type) {
	case FIELD_S32:
		strbuf_printf(out, "%" PRId32, (int32_t)field->number);
		break;
	case FIELD_U32:
		strbuf_printf(out, "%" PRIu32, (uint32_t)field->number);
		break;
	case FIELD_U64:
		strbuf_printf(out, "%" PRIu64, field->number);
		break;
	case FIELD_TEXT:
		strbuf_puts(out, field->text);
		break;
	}
}

void field_typed(const struct field *field, bool describe, struct strbuf *out)
{
	strbuf_printf(out, "%u.%s.1:%s:%s:", field->position, field->name, field->tag,
		      field_types[field->type]);
	field_print(field, out);
	if (describe)
		strbuf_printf(out, ":\"%s\"", field->summary);
	strbuf_puts(out, "\n");
}

void field_json(const struct field *field, const char *more, struct strbuf *out)
{
	strbuf_printf(out, "{%s\"field\":{\"pos\":%u,\"name\":\"%s\"},\"processNum\":1,"
		      "\"tags\":{\"origin\":\"%s\",\"nature\":\"%s\",\"scope\":\"%s\"},"
		      "\"value\":{\"type\":\"%s\",\"value\":",
		      more, field->position, field->name, word_of(field_origins, field->tag[0]),
		      word_of(field_natures, field->tag[1]), word_of(field_scopes, field->tag[2]),
		      field_types[field->type]);
	if (field->type == FIELD_TEXT)
		strbuf_json(out, field->text);
	else
		field_print(field, out);
	strbuf_puts(out, "}}");
}

/* ---- the schema ---- */

static void put_enum(struct strbuf *out, const char *name, const struct meaning *meanings)
{
	strbuf_printf(out, "\"%s\":{\"type\":\"string\",\"enum\":[", name);
	for (;; meanings++) {
		strbuf_printf(out, "\"%s\"", meanings->word);
		if (meanings->letter == '\0')
			break;
		strbuf_puts(out, ",");
	}
	strbuf_puts(out, "]}");
}

static void put_value_types(struct strbuf *out)
{
	static const char *const bounds[] = {
		[FIELD_S32] = "\"type\":\"integer\",\"minimum\":-2147483648,\"maximum\":2147483647",
		[FIELD_U32] = "\"type\":\"integer\",\"minimum\":0,\"maximum\":4294967295",
		[FIELD_U64] = "\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991",
		[FIELD_TEXT] = "\"type\":\"string\"",
	};

	for (unsigned i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		strbuf_printf(out,
			      "%s{\"properties\":{\"type\":{\"type\":\"string\",\"enum\":[\"%s\"]},"
			      "\"value\":{%s}},\"required\":[\"type\",\"value\"]}",
			      i == 0 ? "" : ",", field_types[i], bounds[i]);
}

/* The members that Info and Stat have alike, by reference. */
#define ITEM_MEMBERS                                                                               \
	"\"field\":{\"$ref\":\"#/definitions/field\"},"                                            \
	"\"processNum\":{\"$ref\":\"#/definitions/processNum\"},"                                  \
	"\"tags\":{\"$ref\":\"#/definitions/tags\"},"                                              \
	"\"value\":{\"$ref\":\"#/definitions/typedValue\"}}"

void field_schema(struct strbuf *out)
{
	strbuf_puts(out,
		    "{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"oneOf\":["
		    "{\"title\":\"Info\",\"type\":\"array\",\"items\":{\"title\":\"InfoItem\","
		    "\"type\":\"object\",\"properties\":{" ITEM_MEMBERS
		    ",\"required\":[\"field\",\"processNum\",\"tags\",\"value\"]}},"
		    "{\"title\":\"Stat\",\"type\":\"array\",\"items\":{\"type\":\"array\","
		    "\"items\":{\"title\":\"StatItem\",\"type\":\"object\",\"properties\":{"
		    "\"objType\":{\"enum\":[\"Frontend\",\"Backend\",\"Listener\",\"Server\","
		    "\"Unknown\"]},\"proxyId\":{\"type\":\"integer\",\"minimum\":0},"
		    "\"id\":{\"type\":\"integer\",\"minimum\":0}," ITEM_MEMBERS
		    ",\"required\":[\"objType\",\"proxyId\",\"id\",\"field\",\"processNum\","
		    "\"tags\",\"value\"]}}},"
		    "{\"title\":\"Error\",\"type\":\"object\",\"properties\":{\"errorStr\":"
		    "{\"type\":\"string\"}},\"required\":[\"errorStr\"]}],\"definitions\":{"
		    "\"field\":{\"type\":\"object\",\"properties\":{\"pos\":{\"type\":\"integer\","
		    "\"minimum\":0},\"name\":{\"type\":\"string\"}},\"required\":"
		    "[\"pos\",\"name\"]},\"processNum\":{\"type\":\"integer\",\"minimum\":1},"
		    "\"tags\":{\"type\":\"object\",\"properties\":{");
	put_enum(out, "origin", field_origins);
	strbuf_puts(out, ",");
	put_enum(out, "nature", field_natures);
	strbuf_puts(out, ",");
	put_enum(out, "scope", field_scopes);
	strbuf_puts(out, "},\"required\":[\"origin\",\"nature\",\"scope\"]},"
			 "\"typedValue\":{\"type\":\"object\",\"oneOf\":[");
	put_value_types(out);
	strbuf_puts(out, "]}}}\n");
}
