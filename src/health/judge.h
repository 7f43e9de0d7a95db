/* SPDX-License-Identifier: Apache-2.0 */
/* health/judge.h - what the files of expectations share. Private to the room. */
#pragma once

#include "base/slice.h"
#include "health/run.h"

/* What was found, unless the rule says otherwise. */
struct judged {
	enum health_code code;
	int number;
	struct slice text;
	const struct http_message *message; /* or NULL */
};

enum health_progress expect_failed(struct health_check *check, const struct health_step *step,
				   const struct judged *judged);
enum health_progress expect_passed(struct health_check *check, const struct health_step *step,
				   const struct judged *judged);

/* health/expect_http.c; `all`: nothing more will come. */
enum health_progress expect_on_http(struct health_check *check, const struct health_step *step,
				    bool all);
