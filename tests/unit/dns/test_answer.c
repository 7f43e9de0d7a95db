/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of name servers (RFC 1035, RFC 2782) as records. */
#include "dns_lab.h"

enum { ANSWER = 0x8580, TRUNCATED = 0x0200, NXDOMAIN = 3, REFUSED = 5, SERVFAIL = 2 };
enum { TYPE_A = 1, TYPE_AAAA = 28, TYPE_SRV = 33 };

static struct lab_message message;
static struct dns_answer answer;

static struct dns_answer *read_answer(const char *name, enum dns_type type)
{
	struct dns_asked asked = { .type = type, .prefer = AF_INET };

	assert_true(dns_name_copy(name, asked.name));
	dns_answer_read(message.bytes, message.len, &asked, &answer);
	return &answer;
}

static void test_addresses(void **state)
{
	lab_begin(&message, ANSWER, "app.test", TYPE_A, 4, 0);
	lab_put_address(&message, "app.test", "10.0.0.1");
	lab_put_address(&message, "APP.test", "10.0.0.2");
	lab_put_address(&message, "app.test", "10.0.0.1"); /* said twice */
	lab_put_address(&message, "other.test", "10.0.0.3"); /* not asked for */
	read_answer("App.Test.", DNS_A);
	assert_int_equal(answer.status, DNS_VALID);
	assert_int_equal(answer.count, 2);
	assert_string_equal(lab_text(&answer.records[0].where), "10.0.0.1");
	assert_string_equal(lab_text(&answer.records[1].where), "10.0.0.2");
	assert_false(answer.alias);
}

static void test_six(void **state)
{
	lab_begin(&message, ANSWER, "app.test", TYPE_AAAA, 2, 0);
	lab_put_address(&message, "app.test", "10.0.0.1"); /* another type */
	lab_put_address(&message, "app.test", "2001:db8::1");
	read_answer("app.test", DNS_AAAA);
	assert_int_equal(answer.count, 1);
	assert_string_equal(lab_text(&answer.records[0].where), "2001:db8::1");
}

static void test_aliases(void **state)
{
	lab_begin(&message, ANSWER, "www.test", TYPE_A, 3, 0);
	lab_put_alias(&message, "www.test", "a.test");
	lab_put_alias(&message, "a.test", "b.test");
	lab_put_address(&message, "b.test", "10.0.0.1");
	read_answer("www.test", DNS_A);
	assert_int_equal(answer.status, DNS_VALID);
	assert_int_equal(answer.count, 1);
	assert_true(answer.alias);
	assert_false(answer.alias_error);
	/* The end of the chain has no address. */
	lab_begin(&message, ANSWER, "www.test", TYPE_A, 2, 0);
	lab_put_alias(&message, "www.test", "a.test");
	lab_put_address(&message, "www.test", "10.0.0.9");
	read_answer("www.test", DNS_A);
	assert_int_equal(answer.status, DNS_OTHER);
	assert_int_equal(answer.count, 0);
	assert_true(answer.alias_error);
}

static void test_alias_loop_ends(void **state)
{
	lab_begin(&message, ANSWER, "a.test", TYPE_A, 40, 0);
	for (unsigned i = 0; i < 20; i++) {
		lab_put_alias(&message, "a.test", "b.test");
		lab_put_alias(&message, "b.test", "a.test");
	}
	read_answer("a.test", DNS_A);
	assert_int_equal(answer.status, DNS_OTHER);
	assert_true(answer.alias_error);
}

static void test_failures(void **state)
{
	static const struct {
		unsigned rcode;
		enum dns_status status;
	} rows[] = { { NXDOMAIN, DNS_NX }, { REFUSED, DNS_REFUSED }, { SERVFAIL, DNS_OTHER } };

	for (unsigned i = 0; i < 3; i++) {
		lab_begin(&message, ANSWER | rows[i].rcode, "app.test", TYPE_A, 1, 0);
		lab_put_address(&message, "app.test", "10.0.0.1"); /* does not count */
		read_answer("app.test", DNS_A);
		assert_int_equal(answer.status, rows[i].status);
		assert_int_equal(answer.count, 0);
		assert_false(answer.invalid || answer.empty || answer.truncated);
	}
}

static void test_empty_and_truncated(void **state)
{
	lab_begin(&message, ANSWER, "app.test", TYPE_A, 0, 0);
	read_answer("app.test", DNS_A);
	assert_int_equal(answer.status, DNS_OTHER);
	assert_true(answer.empty);
	lab_begin(&message, ANSWER | TRUNCATED, "app.test", TYPE_A, 1, 0);
	lab_put_address(&message, "app.test", "10.0.0.1");
	read_answer("app.test", DNS_A);
	assert_int_equal(answer.status, DNS_OTHER);
	assert_true(answer.truncated);
	assert_int_equal(answer.count, 0);
}

static void test_garbage(void **state)
{
	lab_begin(&message, ANSWER, "app.test", TYPE_A, 2, 0);
	lab_put_address(&message, "app.test", "10.0.0.1"); /* the second is missing */
	read_answer("app.test", DNS_A);
	assert_true(answer.invalid);
	assert_int_equal(answer.count, 0);
	assert_int_equal(answer.status, DNS_OTHER);
	lab_begin(&message, 0x0100, "app.test", TYPE_A, 0, 0); /* a question */
	read_answer("app.test", DNS_A);
	assert_true(answer.invalid);
	message.len = 5;
	read_answer("app.test", DNS_A);
	assert_true(answer.invalid);
}

static void test_services(void **state)
{
	struct dns_record one = lab_service("one.test", 8080, 1), two = lab_service("two.test", 8081, 2);
	struct dns_record nobody = lab_service("", 0, 0);

	one.weight = 10;
	lab_begin(&message, ANSWER, "_h._tcp.test", TYPE_SRV, 3, 4);
	lab_put_service(&message, "_h._tcp.test", &one);
	lab_put_service(&message, "_h._tcp.test", &two);
	lab_put_service(&message, "_h._tcp.test", &nobody); /* "there is no such service" */
	lab_put_address(&message, "One.test", "2001:db8::1");
	lab_put_address(&message, "one.test", "10.0.0.1"); /* the preferred family */
	lab_put_address(&message, "one.test", "10.0.0.2"); /* the first of it stays */
	lab_put_address(&message, "three.test", "10.0.0.3");
	read_answer("_h._tcp.test", DNS_SRV);
	assert_int_equal(answer.status, DNS_VALID);
	assert_int_equal(answer.count, 2);
	assert_string_equal(answer.records[0].target, "one.test");
	assert_string_equal(lab_text(&answer.records[0].where), "10.0.0.1");
	assert_int_equal(answer.records[0].where.port, 8080);
	assert_int_equal(answer.records[0].weight, 10);
	assert_int_equal(answer.records[0].priority, 1);
	assert_int_equal(answer.records[1].where.family, AF_UNSPEC);
	assert_int_equal(answer.records[1].where.port, 8081);
}

static void test_a_message_is_whole_or_nothing(void **state)
{
	struct dns_record one = lab_service("one.test", 8080, 1);

	lab_begin(&message, ANSWER, "_h._tcp.test", TYPE_SRV, 1, 2);
	lab_put_service(&message, "_h._tcp.test", &one);
	lab_put_address(&message, "one.test", "10.0.0.1"); /* one more is promised */
	read_answer("_h._tcp.test", DNS_SRV);
	assert_true(answer.invalid);
	assert_int_equal(answer.count, 0);
}

static void test_too_many(void **state)
{
	lab_begin(&message, ANSWER, "a.t", TYPE_A, 100, 0);
	for (unsigned i = 0; i < 100; i++)
		lab_put_address(&message, "a.t", "10.0.0.1");
	for (unsigned i = 0; i < 100; i++) /* make them differ */
		message.bytes[12 + 9 + i * 19 + 18] = (uint8_t)i;
	read_answer("a.t", DNS_A);
	assert_int_equal(answer.count, 100);
}

static void test_names(void **state)
{
	char name[DNS_NAME_BYTES], label[80], longest[300] = "";

	assert_true(dns_name_valid("a"));
	assert_true(dns_name_valid("a.b-c.d_e."));
	assert_true(dns_name_valid("_http._tcp.example.com"));
	assert_false(dns_name_valid(""));
	assert_false(dns_name_valid("."));
	assert_false(dns_name_valid(".a"));
	assert_false(dns_name_valid("a..b"));
	assert_false(dns_name_valid("a b"));
	assert_false(dns_name_valid("a!b"));
	memset(label, 'x', 64);
	label[64] = '\0';
	assert_false(dns_name_valid(label));
	label[63] = '\0';
	assert_true(dns_name_valid(label));
	for (unsigned i = 0; i < 127; i++)
		strcat(longest, "a.");
	longest[253] = '\0';
	assert_true(dns_name_copy(longest, name));
	assert_int_equal(strlen(name), 253);
	strcat(longest, "bc");
	assert_false(dns_name_copy(longest, name));
	assert_true(dns_name_copy("WWW.Example.Com.", name));
	assert_string_equal(name, "www.example.com");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_six),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_alias_loop_ends),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_empty_and_truncated),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_a_message_is_whole_or_nothing),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
