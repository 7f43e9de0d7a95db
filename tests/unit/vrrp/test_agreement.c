/* SPDX-License-Identifier: Apache-2.0 */
/* What nodes must agree on: the number moves with it, and with nothing else. */
#include "fixture_conf.h"

#include "vrrp/agreement.h"

#define AGREED "version 3\nadvert_int 0.5\nvirtual_ipaddress {\n10.1.1.80/24\n10.1.1.81/24\n}\n"
#define ROUTE "virtual_routes {\n10.9.0.0/16 via 10.1.1.254\n}\n"

static uint64_t agreement_of(const char *text)
{
	struct fixture f;
	uint64_t agreement;

	fixture_fine(&f, text);
	agreement = vrrp_conf_agreement(f.conf->instances);
	fixture_close(&f);
	return agreement;
}

static void what_may_differ_does_not_matter(void **state)
{
	const uint64_t ours = agreement_of(INSTANCE AGREED ROUTE "}\n");

	assert_int_equal(ours, agreement_of("vrrp_instance other {\ninterface lo\nvirtual_router_id 51\n"
					    "priority 7\nstate MASTER\n" ROUTE AGREED "}\n"));
	assert_int_equal(ours, agreement_of(INSTANCE ROUTE "version 3\nadvert_int 0.5\nvirtual_ipaddress {\n"
					    "10.1.1.81/24 dev lo\n10.1.1.80/24\n}\n}\n"));
}

static void what_must_agree_does(void **state)
{
	static const char *const others[] = {
		"vrrp_instance A {\ninterface lo\nvirtual_router_id 52\n" AGREED ROUTE "}\n",
		INSTANCE "version 2\nadvert_int 1\nvirtual_ipaddress {\n10.1.1.80/24\n10.1.1.81/24\n}\n" ROUTE "}\n",
		INSTANCE "version 3\nadvert_int 0.6\nvirtual_ipaddress {\n10.1.1.80/24\n10.1.1.81/24\n}\n" ROUTE "}\n",
		INSTANCE "version 3\nadvert_int 0.5\nvirtual_ipaddress {\n10.1.1.80/24\n10.1.1.82/24\n}\n" ROUTE "}\n",
		INSTANCE "version 3\nadvert_int 0.5\nvirtual_ipaddress {\n10.1.1.80/24\n10.1.1.81/25\n}\n" ROUTE "}\n",
		INSTANCE "version 3\nadvert_int 0.5\nvirtual_ipaddress {\nfe80::1\n}\n}\n",
		INSTANCE AGREED "}\n",
		INSTANCE AGREED ROUTE "down_timer_adverts 4\n}\n",
		INSTANCE AGREED ROUTE "auth_hmac {\nkey 1 0123456789abcdef0123456789abcdef\nactive_key 1\n}\n}\n",
		INSTANCE AGREED ROUTE "auth_hmac {\nkey 1 0123456789abcdef0123456789abcdee\nactive_key 1\n}\n}\n",
		INSTANCE AGREED "virtual_routes {\n10.9.0.0/16 via 10.1.1.253\n}\n}\n",
	};
	uint64_t seen[sizeof(others) / sizeof(others[0]) + 1] = { agreement_of(INSTANCE AGREED ROUTE "}\n") };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		seen[i + 1] = agreement_of(others[i]);
		for (size_t j = 0; j <= i; j++)
			if (seen[i + 1] == seen[j])
				fail_msg("the same number for %s", others[i]);
	}
}

static void parts_are_told(void **state)
{
	struct strbuf text = STRBUF_EMPTY;
	struct fixture f;

	fixture_fine(&f, INSTANCE "virtual_ipaddress {\n10.1.1.81/24\n10.1.1.80/24\n}\n"
			 "authentication {\nauth_type PASS\nauth_pass secret\n}\n}\n");
	for (unsigned part = 0; part < VRRP_AGREEMENTS; part++) {
		strbuf_printf(&text, "%s=", vrrp_agreement_name(part));
		vrrp_agreement_text(f.conf->instances, part, &text);
		strbuf_puts(&text, ";");
	}
	assert_non_null(strstr(text.text, "virtual_router_id=51;address family=IPv4;version=2;"
					  "advert_int=1.00;down_timer_adverts=3;authentication=PASS "));
	assert_non_null(strstr(text.text, ";virtual_ipaddress=10.1.1.80/24 10.1.1.81/24;virtual_routes=;"));
	assert_null(strstr(text.text, "secret"));
	strbuf_free(&text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_differ_does_not_matter),
		cmocka_unit_test(what_must_agree_does),
		cmocka_unit_test(parts_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
