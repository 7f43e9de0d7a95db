/* SPDX-License-Identifier: Apache-2.0 */
/* Documented states have sentences of their own; others get the one of who ended it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyse/terms.h"

static void meanings(void **state)
{
	static const char documented[] = "CCCDcDCHcHCQCRcRCTLRSCsCSDsDSHsHsQPCPDPHPRPTRC--"; /* manual 8.5 */

	for (const char *at = documented; *at != '\0'; at += 2) {
		const char *own = term_meaning((struct slice){ at, 2 });

		assert_int_equal(own[strlen(own) - 1], '.');
		if (at[0] != '-')
			assert_string_not_equal(own, term_meaning((struct slice){ at, 1 }));
	}
	assert_string_equal(term_meaning(SLICE("Kx")), "An administrator closed it.");
	assert_string_equal(term_meaning(SLICE("?x")), "A state that no manual describes.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(meanings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
