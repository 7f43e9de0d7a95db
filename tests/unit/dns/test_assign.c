/* SPDX-License-Identifier: Apache-2.0 */
/* Which server gets which address, or which service. */
#include "dns_lab.h"

#include "base/macros.h"
#include "dns/assign.h"

enum { MOST = 8 };

/*
 * A row: what servers have ("-": nothing), what the answer has, what they have then. A
 * server's letter before its address: s shares, 6 prefers IPv6, n prefers 10.2.0.0/15.
 */
static const struct row {
	const char *before, *records, *after;
} rows[] = {
	{ "- - -", "10.0.0.1", "10.0.0.1 - -" },
	{ "- - -", "10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.2 -" },
	{ "- 10.0.0.1", "10.0.0.1", "- 10.0.0.1" },	/* who has it keeps it */
	{ "- 10.0.0.1", "10.0.0.1 10.0.0.2", "10.0.0.2 10.0.0.1" },
	{ "10.0.0.1 10.0.0.2", "10.0.0.2 10.0.0.3", "10.0.0.3 10.0.0.2" },
	{ "10.0.0.1 10.0.0.2", "10.0.0.3 10.0.0.4", "10.0.0.3 10.0.0.4" },
	{ "10.0.0.1 10.0.0.2 10.0.0.3", "10.0.0.2", "- 10.0.0.2 -" },
	{ "10.0.0.1", "", "-" },
	{ "10.0.0.2", "10.0.0.1 10.0.0.2 10.0.0.3", "10.0.0.2" },
	/* Two began at one address. */
	{ "10.0.0.1 10.0.0.1", "10.0.0.1", "10.0.0.1 -" },
	{ "10.0.0.1 10.0.0.1", "10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.2" },
	/* Sharing. */
	{ "s- s-", "10.0.0.1", "10.0.0.1 10.0.0.1" },
	{ "s- s-", "10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.2" },
	{ "s- s- s- s-", "10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.2 10.0.0.1 10.0.0.2" },
	{ "s10.0.0.1 s10.0.0.1", "10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.1" }, /* nobody moves */
	{ "10.0.0.1 s10.0.0.1", "10.0.0.1", "10.0.0.1 10.0.0.1" },
	{ "s10.0.0.1 10.0.0.1", "10.0.0.1", "10.0.0.1 10.0.0.1" },
	{ "s10.0.0.1 -", "10.0.0.1", "10.0.0.1 -" },
	/* Families and networks. */
	{ "-", "2001:db8::1 10.0.0.1", "10.0.0.1" },
	{ "6-", "10.0.0.1 2001:db8::1", "2001:db8::1" },
	{ "6-", "10.0.0.1", "10.0.0.1" },
	{ "610.0.0.1", "10.0.0.1 2001:db8::1", "2001:db8::1" },	/* more than what it has */
	{ "n-", "10.1.0.1 10.3.0.1 10.2.0.1", "10.3.0.1" },
	{ "n10.1.0.1", "10.1.0.1 10.3.0.1", "10.3.0.1" },
	{ "n10.2.0.1", "10.1.0.1 10.3.0.1 10.2.0.1", "10.2.0.1" },
	{ "n-", "10.4.0.1", "10.4.0.1" },
	{ "n-", "2001:db8::1 10.1.0.1", "10.1.0.1" },	/* the family comes before the network */
};

static unsigned read_takers(const char *text, const struct dns_net *net, struct dns_taker *ret)
{
	char copy[200], *save = NULL;
	unsigned count = 0;

	strcpy(copy, text);
	for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		struct dns_taker *taker = &ret[count++];

		*taker = (struct dns_taker){ .prefer = *word == '6' ? AF_INET6 : AF_INET,
					     .shares = *word == 's',
					     .nets = net, .net_count = *word == 'n' };
		if (strchr("s6n", *word) != NULL)
			word++;
		taker->where = lab_ip(*word == '-' ? NULL : word);
	}
	return count;
}

static unsigned read_records(const char *text, struct dns_record *ret)
{
	char copy[200], *save = NULL;
	unsigned count = 0;

	strcpy(copy, text);
	for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		ret[count++] = lab_record(word);
	return count;
}

static void write_takers(const struct dns_taker *takers, unsigned count, char *ret)
{
	*ret = '\0';
	for (unsigned i = 0; i < count; i++) {
		strcat(ret, i == 0 ? "" : " ");
		strcat(ret, lab_text(&takers[i].where));
	}
}

static void test_rows(void **state)
{
	const struct dns_net net = { lab_ip("10.2.0.0"), 15 };

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		struct dns_taker takers[MOST];
		struct dns_record records[MOST];
		unsigned count = read_takers(rows[i].before, &net, takers);
		unsigned record_count = read_records(rows[i].records, records);
		char text[400];

		dns_assign(takers, count, records, record_count);
		write_takers(takers, count, text);
		if (strcmp(text, rows[i].after) != 0)
			fail_msg("%s with %s: %s, not %s", rows[i].before, rows[i].records, text,
				 rows[i].after);
		/* The same answer again moves nobody. */
		dns_assign(takers, count, records, record_count);
		write_takers(takers, count, text);
		assert_string_equal(text, rows[i].after);
	}
}

/* ---- services ---- */

/* "a:1" is target a at port 1; records may have "/priority" behind it. */
static const struct row services[] = {
	{ "- - -", "a:1 b:2", "a:1 b:2 -" },
	{ "- a:1 -", "a:1 b:2", "b:2 a:1 -" },
	{ "a:1 b:2", "b:2", "- b:2" },
	{ "a:1 b:2", "b:2 c:3", "c:3 b:2" },		/* the place that a lost */
	{ "a:1 - b:2", "b:2 c:3", "- c:3 b:2" },	/* a free one comes first */
	{ "a:1", "a:1 b:2", "a:1" },
	{ "- -", "a:1/2 b:2/1 c:3/1", "b:2 c:3" },	/* lowest priority value first */
	{ "a:1 -", "a:2", "- a:2" },			/* another port is another service */
	{ "- -", "a:1 a:2", "a:1 a:2" },
	{ "a:1 a:1", "a:1", "a:1 -" },
	{ "a:1", "", "-" },
};

static unsigned read_services(const char *text, struct dns_record *ret)
{
	char copy[200], *save = NULL;
	unsigned count = 0;

	strcpy(copy, text);
	for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		char target[2] = { word[0], '\0' };

		ret[count++] = *word == '-' ? lab_service("", 0, 0)
					    : lab_service(target, (uint16_t)(word[2] - '0'),
							  (uint16_t)(word[3] == '/' ? word[4] - '0' : 0));
	}
	return count;
}

static void test_services(void **state)
{
	for (unsigned i = 0; i < ARRAY_LEN(services); i++) {
		struct dns_record before[MOST], records[MOST];
		struct dns_place places[MOST] = { 0 };
		unsigned count = read_services(services[i].before, before);
		unsigned record_count = read_services(services[i].records, records);
		char text[100] = "";

		for (unsigned j = 0; j < count; j++) {
			strcpy(places[j].target, before[j].target);
			places[j].port = before[j].where.port;
		}
		dns_assign_services(places, count, records, record_count);
		for (unsigned j = 0; j < count; j++) {
			const struct dns_record *record = places[j].record;
			size_t len = strlen(text);

			snprintf(text + len, sizeof(text) - len, "%s%s", j == 0 ? "" : " ",
				 record == NULL ? "-" : "");
			len = strlen(text);
			if (record != NULL)
				snprintf(text + len, sizeof(text) - len, "%.8s:%u", record->target,
					 record->where.port);
		}
		if (strcmp(text, services[i].after) != 0)
			fail_msg("%s with %s: %s, not %s", services[i].before, services[i].records,
				 text, services[i].after);
	}
}

/* As HAProxy 2.6 does it. */
static void test_weights(void **state)
{
	static const struct {
		uint16_t record;
		uint32_t weight;
	} weights[] = { { 0, 0 }, { 1, 1 }, { 10, 1 }, { 256, 1 }, { 257, 2 }, { 512, 2 },
			{ 600, 3 }, { 65280, 255 }, { 65281, 256 }, { 65535, 256 } };

	for (unsigned i = 0; i < ARRAY_LEN(weights); i++)
		assert_int_equal(dns_weight(weights[i].record), weights[i].weight);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_weights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
