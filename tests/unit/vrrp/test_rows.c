/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of keepalived.conf: prose, an example that parses, a default within its range. */
#include "fixture_conf.h"

#include <stdio.h>
#include <stdlib.h>

#include "vrrp/keyword.h"

#define FOR_EACH_ROW(row)                                                                          \
	for (const struct vrrp_keyword *const *table = vrrp_keyword_tables; *table != NULL;        \
	     table++)                                                                              \
		for (const struct vrrp_keyword *row = *table; row->doc.name != NULL; row++)

static void rows_have_prose(void **state)
{
	FOR_EACH_ROW(row) {
		assert_non_null(row->doc.summary);
		assert_non_null(row->doc.example);
		assert_non_null(row->doc.since);
		assert_int_equal(row->doc.summary[strlen(row->doc.summary) - 1], '.');
		assert_memory_equal(row->doc.example, row->doc.name, strlen(row->doc.name));
		assert_int_not_equal(row->where, 0);
		if (row->type == VRRP_IGNORED)
			assert_non_null(row->why);
	}
}

static void words_are_unique(void **state)
{
	FOR_EACH_ROW(row)
		for (unsigned bit = 1; bit != 0; bit <<= 1)
			if ((row->where & bit) != 0)
				assert_ptr_equal(vrrp_keyword_find(row->doc.name, bit), row);
}

#define HMAC_KEY "key 1 0123456789abcdef0123456789abcdef"
#define TRACK_GROUP "track_group GROUP1 {\ngroup {\nVI_1\n}\n}\n"

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

/* A whole line of virtual_routes with the example. */
static void in_a_route(const struct vrrp_keyword *row, char *line, size_t size)
{
	static const char *const six[] = { "from", "expires", "pref", "inet6", NULL };
	static const char *const ways[] = { "via", "gw", "dev", "oif", "nexthop", NULL };
	const char *word = row->doc.name;

	if (strcmp(word, "to") == 0 || strstr(row->doc.example, " 10.9.0.0/16") != NULL)
		snprintf(line, size, "%s dev lo", row->doc.example);
	else
		snprintf(line, size, "%s %s%s", is_one_of(word, six) ? "2001:db8:7::/64" :
			 "10.7.0.0/16", row->doc.example, is_one_of(word, ways) ? "" : " dev lo");
}

/* A whole line of virtual_rules with the example. */
static void in_a_rule(const struct vrrp_keyword *row, char *line, size_t size)
{
	static const char *const actions[] = { "table", "lookup", "l3mdev", "goto", "type", "nop",
					       "blackhole", "unreachable", "prohibit", NULL };

	snprintf(line, size, "%s priority 5 %s", row->doc.example,
		 is_one_of(row->doc.name, actions) ? "" : "table 100");
}

/* What the block of a row cannot be without. */
static const char *what_it_needs(const struct vrrp_keyword *row)
{
	static const char *const blocks[][2] = {
		{ "vrrp_script", "script /bin/true\n" },
		{ "vrrp_instance", "interface lo\nvirtual_router_id 1\n" },
		{ "vrrp_sync_group", "group {\nVI_1\n}\n" },
		{ "vrrp_track_process", "process a\n" },
		{ "bfd_instance", "neighbor_ip 10.9.9.9\n" },
		{ "track_file", "file /tmp/a\n" },
		{ "vrrp_track_file", "file /tmp/a\n" },
		{ "garp_group", "interface lo\n" },
		{ "virtual_server", "real_server 10.0.0.2 80 {\n}\n" },
		{ "virtual_server_group", "10.0.0.1 80\n" },
		{ "HTTP_GET", "url {\npath /\n}\n" },
		{ "SSL_GET", "url {\npath /\n}\n" },
		{ "MISC_CHECK", "misc_path /bin/true\n" },
		{ "BFD_CHECK", "name B1\n" },
		{ "FILE_CHECK", "track_file F1\n" },
		{ "track_group", "group {\nVI_1\n}\n" },
	};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (strcmp(blocks[i][0], row->doc.name) == 0)
			return blocks[i][1];
	return "";
}

static void in_a_real_server(const char *example, const char *inside, const char *rest, char *text,
			     size_t size)
{
	snprintf(text, size, "bfd_instance B1 {\nneighbor_ip 10.9.9.9\n}\ntrack_file F1 {\nfile /tmp/a\n}\n"
		 "virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\n%s\n%s%s\n}\n}\n", example,
		 inside, rest);
}

static void in_a_check(const char *check, const char *before, const char *example, char *text,
		       size_t size)
{
	char head[200];

	snprintf(head, sizeof(head), "%s {\n%s%s", check, before, example);
	in_a_real_server(head, "", "\n}", text, size);
}

/* The example where its row stands. */
static void in_its_block(const struct vrrp_keyword *row, char *text, size_t size)
{
	bool opens = strchr(row->doc.example, '{') != NULL;
	const char *rest = opens ? "\n}" : "", *example = row->doc.example;

	char line[200];

	switch (row->where & -row->where) { /* one of several */
	case VRRP_TOP:
		snprintf(text, size, "%s%s\n%s%s\n",
			 strcmp(row->doc.name, "vrrp_sync_group") == 0 ? INSTANCE ADDRESS "}\n" : "",
			 example, opens ? what_it_needs(row) : "", opens ? "}" : "");
		break;
	case VRRP_GLOBAL:
		snprintf(text, size, "global_defs {\n%s%s\n}\n", example, rest);
		break;
	case VRRP_SCRIPT:
		snprintf(text, size, "vrrp_script a {\nscript /bin/true\n%s\n}\n", example);
		break;
	case VRRP_INSTANCE:
		if (strcmp(row->doc.name, "vrf") == 0) {
			snprintf(text, size, "global_defs {\ndynamic_interfaces\n}\n"
				 "vrrp_instance VI_1 {\nvirtual_router_id 1\n%s\nunicast_peer {\n"
				 "10.9.9.9\n}\n" ADDRESS "}\n", example);
			break;
		}
		snprintf(text, size, INSTANCE "%s%s%s%s\n}\n",
			 strcmp(row->doc.name, "native_ipv6") == 0 ? "" :
			 strcmp(row->doc.name, "strict_mode") == 0 ? ADDRESS "priority 255\n" : ADDRESS,
			 example,
			 strcmp(row->doc.name, "authentication") == 0 ?
				 "\nauth_type PASS\nauth_pass x" :
			 strcmp(row->doc.name, "auth_hmac") == 0 ?
				 "\n" HMAC_KEY "\nactive_key 1" :
			 strcmp(row->doc.name, "vmac_xmit_base") == 0 ? "\nuse_vmac" : "", rest);
		break;
	case VRRP_AUTHENTICATION:
		snprintf(text, size, INSTANCE ADDRESS "authentication {\nauth_type PASS\n"
			 "auth_pass x\n%s\n}\n}\n", example);
		break;
	case VRRP_ADDRESS:
	case VRRP_VIRTUAL_ADDRESS:
		snprintf(text, size, INSTANCE "virtual_ipaddress {\n10.0.0.1%s %s\n}\n}\n",
			 strcmp(row->doc.name, "peer") == 0 ? "" : "/24", example);
		break;
	case VRRP_STATIC_ADDRESS:
		snprintf(text, size, TRACK_GROUP "static_ipaddress {\n10.0.0.1/24 dev lo %s\n}\n",
			 example);
		break;
	case VRRP_ROUTE:
		in_a_route(row, line, sizeof(line));
		snprintf(text, size, INSTANCE ADDRESS "virtual_routes {\n%s\n}\n}\n", line);
		break;
	case VRRP_STATIC_ROUTE:
		in_a_route(row, line, sizeof(line));
		snprintf(text, size, TRACK_GROUP "static_routes {\n%s\n}\n", line);
		break;
	case VRRP_RULE:
		in_a_rule(row, line, sizeof(line));
		snprintf(text, size, INSTANCE ADDRESS "virtual_rules {\n%s\n}\n}\n", line);
		break;
	case VRRP_STATIC_RULE:
		in_a_rule(row, line, sizeof(line));
		snprintf(text, size, TRACK_GROUP "static_rules {\n%s\n}\n", line);
		break;
	case VRRP_TRACK_GROUP:
		snprintf(text, size, "track_group G {\n%s\n}\n}\n", example);
		break;
	case VRRP_PROCESS:
		snprintf(text, size, "vrrp_track_process a {\nprocess a b\n%s\n}\n", example);
		break;
	case VRRP_FILE:
		snprintf(text, size, "track_file a {\nfile /tmp/a\n%s\n}\n", example);
		break;
	case VRRP_BFD:
		snprintf(text, size, "bfd_instance a {\nneighbor_ip 10.1.1.254\n%s\n}\n", example);
		break;
	case VRRP_GROUP:
		snprintf(text, size, INSTANCE ADDRESS "}\nvrrp_sync_group a {\ngroup {\n VI_1\n}\n"
			 "%s%s\n}\n", example, rest);
		break;
	case VRRP_PEER:
		snprintf(text, size, INSTANCE ADDRESS "unicast_peer {\n10.0.0.2 %s\n}\n}\n", example);
		break;
	case VRRP_SSL:
		snprintf(text, size, "SSL {\n%s\n}\n", example);
		break;
	case VRRP_VIRTUAL_SERVER:
		snprintf(text, size, "virtual_server 10.0.0.1 80 {\n%s%s\n%s}\n", example, rest,
			 opens ? "" : "real_server 10.0.0.2 80 {\n}\n");
		break;
	case VRRP_REAL_SERVER:
		in_a_real_server(example, what_it_needs(row), rest, text, size);
		break;
	case VRRP_CHECK_CONNECT:
		in_a_check("TCP_CHECK", "", example, text, size);
		break;
	case VRRP_CHECK_HTTP:
		in_a_check("HTTP_GET", opens ? "" : "url {\npath /\n}\n",
			   opens ? "url {\npath /\n}" : example, text, size);
		break;
	case VRRP_CHECK_URL:
		in_a_check("HTTP_GET {\nurl", "path /\n", example, text, size);
		strcat(text, "}\n");
		break;
	case VRRP_CHECK_SMTP:
		in_a_check("SMTP_CHECK", "", opens ? "host {\n}" : example, text, size);
		break;
	case VRRP_CHECK_DNS:
		in_a_check("DNS_CHECK", "", example, text, size);
		break;
	case VRRP_CHECK_MISC:
		in_a_check("MISC_CHECK", "misc_path /bin/true\n", example, text, size);
		break;
	case VRRP_CHECK_UDP:
		in_a_check("UDP_CHECK", "", example, text, size);
		break;
	case VRRP_CHECK_BFD:
		in_a_check("BFD_CHECK", "name B1\n", example, text, size);
		break;
	case (unsigned)VRRP_CHECK_FILE:
		in_a_check("FILE_CHECK", "track_file F1\n", example, text, size);
		break;
	case VRRP_GARP_GROUP:
		snprintf(text, size, "garp_group {\n%s\n%s%s%s\n}\n",
			 strncmp(row->doc.name, "interface", 9) == 0 ? "" : "interface lo", example,
			 opens ? "\nlo" : "", rest);
		break;
	case VRRP_HMAC:
		snprintf(text, size, INSTANCE ADDRESS "auth_hmac {\nactive_key 1\n%s\n%s\n}\n}\n",
			 strcmp(row->doc.name, "key") == 0 ? "" : HMAC_KEY, example);
		break;
	default:
		fail_msg("%s stands in several kinds of block", row->doc.name);
	}
	/* The interfaces of examples are not those of this machine. */
	for (char *eth; (eth = strstr(text, " eth")) != NULL;)
		memmove(memcpy(eth + 1, "lo", 2) + 2, eth + 5, strlen(eth + 5) + 1);
}

/* What stands in a virtual_server, or is one. */
static bool is_virtual(const struct vrrp_keyword *row)
{
	return (row->where & (VRRP_VIRTUAL_SERVER | VRRP_REAL_SERVER | VRRP_CHECK_CONNECT |
			      VRRP_CHECK_HTTP | VRRP_CHECK_URL | VRRP_CHECK_SMTP | VRRP_CHECK_DNS |
			      VRRP_CHECK_MISC | VRRP_CHECK_UDP | VRRP_CHECK_BFD |
			      (unsigned)VRRP_CHECK_FILE)) != 0 ||
	       strcmp(row->doc.name, "virtual_server") == 0;
}

static void examples_parse(void **state)
{
	char text[1024];

	FOR_EACH_ROW(row) {
		struct fixture f;

		in_its_block(row, text, sizeof(text));
		if (is_virtual(row)) {
			fixture_says(text, 1, "does not run virtual_server yet");
			continue;
		}
		fixture_fine(&f, text);
		fixture_close(&f);
	}
}

static void presets_are_in_range(void **state)
{
	FOR_EACH_ROW(row) {
		char *end;
		double value;

		if (row->preset == NULL || (row->min == 0 && row->max == 0))
			continue;
		value = strtod(row->preset, &end);
		if (*end != '\0') /* another word's value */
			continue;
		if (row->type == VRRP_SECONDS || row->max >= 1000000)
			value = row->type == VRRP_UNSIGNED ? value : value * 1e6;
		assert_true(value >= (double)row->min && value <= (double)row->max);
	}
}

static const char *const known[] = {
#define KNOWN(word, where) word,
#include "vrrp/known_keepalived.def"
#undef KNOWN
	NULL,
};

static const unsigned known_where[] = {
#define KNOWN(word, where) where,
#include "vrrp/known_keepalived.def"
#undef KNOWN
};

static void known_words_are_sorted_and_have_no_row(void **state)
{
	for (size_t i = 0; known[i] != NULL; i++) {
		if (i > 0 && strcmp(known[i - 1], known[i]) >= 0)
			fail_msg("%s before %s", known[i - 1], known[i]);
		if (vrrp_keyword_find(known[i], known_where[i]) != NULL)
			fail_msg("%s has a row now: take it off the list", known[i]);
	}
}

static void reference_names_every_row(void **state)
{
	char *text = NULL, word[80];
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	vrrp_conf_print_reference(out);
	fclose(out);
	FOR_EACH_ROW(row) {
		snprintf(word, sizeof(word), "**`%s`** ", row->doc.name);
		assert_non_null(strstr(text, word));
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_have_prose),
		cmocka_unit_test(words_are_unique),
		cmocka_unit_test(examples_parse),
		cmocka_unit_test(presets_are_in_range),
		cmocka_unit_test(known_words_are_sorted_and_have_no_row),
		cmocka_unit_test(reference_names_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
