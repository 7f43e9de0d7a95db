/* SPDX-License-Identifier: Apache-2.0 */
/* A network namespace of the test's own with a pair of interfaces, d0 and d1, and `ip` to look at it. */
#pragma once

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nl/socket.h"

struct lab {
	struct nl_socket *nl;
	struct nl_socket *monitor;
};

/* What a command prints, with each run of blanks as one. */
static inline const char *lab_output(const char *command)
{
	static char text[8192];
	size_t len = 0;
	FILE *pipe = popen(command, "r");
	int c;

	assert_non_null(pipe);
	while ((c = fgetc(pipe)) != EOF && len + 1 < sizeof(text)) {
		bool blank = c == ' ' || c == '\n' || c == '\t';

		if (!blank || (len > 0 && text[len - 1] != ' '))
			text[len++] = blank ? ' ' : (char)c;
	}
	text[len] = '\0';
	assert_int_equal(pclose(pipe), 0);
	return text;
}

static inline void lab_shows(const char *command, const char *expected)
{
	const char *text = lab_output(command);

	if (strstr(text, expected) == NULL)
		fail_msg("%s shows:\n%s\nwithout:\n%s", command, text, expected);
}

static inline void lab_hides(const char *command, const char *unexpected)
{
	const char *text = lab_output(command);

	if (strstr(text, unexpected) != NULL)
		fail_msg("%s shows:\n%s\nwith:\n%s", command, text, unexpected);
}

static inline int lab_open(void **state)
{
	static struct lab lab;

	if (unshare(CLONE_NEWNET) < 0)
		assert_int_equal(unshare(CLONE_NEWUSER | CLONE_NEWNET), 0);
	assert_int_equal(system("ip link set lo up && ip link add d0 type veth peer name d1 && "
				"ip link set d0 up && ip link set d1 up && "
				"ip address add 10.1.1.1/24 dev d0 && "
				"ip address add 2001:db8:1::1/64 dev d0 nodad"), 0);
	lab.nl = nl_open(NL_NOTHING);
	lab.monitor = nl_open(NL_LINKS | NL_ADDRESSES | NL_ROUTES);
	assert_non_null(lab.nl);
	assert_non_null(lab.monitor);
	*state = &lab;
	return 0;
}

static inline int lab_close(void **state)
{
	struct lab *lab = *state;

	nl_close(lab->nl);
	nl_close(lab->monitor);
	return 0;
}
