/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/check_plan.c - from a section's check options and rules to the list of
 * steps that its servers' checks run. What the rules leave out is filled in:
 * the request of `option httpchk`, and that 2xx and 3xx are good answers.
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

static const struct health_range plan_good_statuses[] = {{ 200, 399 }};

struct plan_making {
	struct conf_parse *parse;
	const struct check_conf *check;
	struct health_plan *plan;
};

static struct health_step *plan_add(struct plan_making *making)
{
	return ARENA_APPEND(making->parse->arena, making->plan->steps, making->plan->count);
}

/* What the first request leaves open is that of the option. */
static void plan_join_option(struct plan_making *making, struct health_request *request)
{
	const struct check_conf *check = making->check;

	if (request->method == NULL)
		request->method = check->method;
	if (request->uri.format == NULL && request->uri.constant.at == NULL && check->uri != NULL)
		request->uri.constant = slice_of(check->uri);
	if (request->version == NULL)
		request->version = check->version;
	if (!request->has_body && check->body != NULL) {
		request->has_body = true;
		request->body.constant = slice_of(check->body);
	}
	if (request->header_count == 0) {
		request->headers = check->headers;
		request->header_count = check->header_count;
	}
}

static void plan_fill_request(struct health_request *request)
{
	if (request->method == NULL)
		request->method = "OPTIONS";
	if (request->uri.format == NULL && request->uri.constant.at == NULL)
		request->uri.constant = SLICE("/");
	if (request->version == NULL)
		request->version = "HTTP/1.0";
	else if (strncmp(request->version, "HTTP/", 5) == 0 &&
		 strcmp(request->version, "HTTP/1.1") > 0)
		request->version = "HTTP/1.1";
}

static void plan_add_request(struct plan_making *making)
{
	struct health_step *step = plan_add(making);

	step->kind = HEALTH_REQUEST;
	plan_join_option(making, &step->request);
	plan_fill_request(&step->request);
}

static void plan_add_good_status(struct plan_making *making)
{
	struct health_step *step = plan_add(making);

	step->kind = HEALTH_EXPECT;
	step->comment = making->check->http == NULL ? NULL : making->check->http->comment;
	step->expect.match = HEALTH_MATCH_STATUS;
	step->expect.min_recv = -1;
	step->expect.ranges = plan_good_statuses;
	step->expect.range_count = ARRAY_LEN(plan_good_statuses);
}

/* The first request comes before the first expectation, written or not. */
static void plan_add_http_rule(struct plan_making *making, const struct health_step *rule,
			       bool *asked)
{
	bool first = !*asked;

	if (rule->kind == HEALTH_EXPECT && first)
		plan_add_request(making);
	*plan_add(making) = *rule;
	if (rule->kind == HEALTH_REQUEST) {
		struct health_step *step = &making->plan->steps[making->plan->count - 1];

		if (first)
			plan_join_option(making, &step->request);
		plan_fill_request(&step->request);
	}
	*asked |= rule->kind == HEALTH_REQUEST || rule->kind == HEALTH_EXPECT;
}

static void plan_http(struct plan_making *making)
{
	const struct check_rules *rules = making->check->http;
	struct health_plan *plan = making->plan;
	bool asked = false;

	plan->kind = HEALTH_PLAN_HTTP;
	plan->soft_404 = making->check->soft_404;
	plan->sends_state = making->check->sends_state;
	for (unsigned i = 0; rules != NULL && i < rules->count; i++)
		plan_add_http_rule(making, &rules->steps[i], &asked);
	if (!asked)
		plan_add_request(making);
	if (plan->steps[plan->count - 1].kind != HEALTH_EXPECT)
		plan_add_good_status(making);
}

static void plan_tcp(struct plan_making *making)
{
	const struct check_rules *rules = making->check->tcp;

	making->plan->kind = HEALTH_PLAN_TCP;
	for (unsigned i = 0; rules != NULL && i < rules->count; i++)
		*plan_add(making) = rules->steps[i];
}

static bool plan_is_checked(const struct section *section)
{
	for (const struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next)
		if (server->check)
			return true;
	return false;
}

static void plan_external(struct conf_parse *parse, const struct section *section)
{
	const struct check_conf *check = &section->back.check;
	struct proxy_conf *conf = reading_conf(parse);

	if (!plan_is_checked(section))
		return;
	if (check->command == NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_missing, check->span,
			 "add 'external-check command <path>'",
			 "'option external-check' of '%s' has no command", section->name);
	else if (!conf->global.external_check)
		diag_add(parse->report, DIAG_ERROR, &diag_missing, check->span,
			 "add 'external-check' to the global section",
			 "'option external-check' of '%s' is not allowed", section->name);
	conf->runs_programs |= !section->disabled;
}

void check_resolve(struct conf_parse *parse, struct section *section)
{
	struct check_conf *check = &section->back.check;
	struct plan_making making = { parse, check, NULL };

	if (check->kind == CHECK_EXTERNAL)
		plan_external(parse, section);
	if (check->kind != CHECK_HTTP && check->kind != CHECK_TCP)
		return;
	making.plan = arena_zalloc(parse->arena, sizeof(*making.plan));
	if (check->kind == CHECK_HTTP)
		plan_http(&making);
	else
		plan_tcp(&making);
	/* A list without steps is a connection, no more. */
	check->plan = making.plan->count == 0 ? NULL : making.plan;
}
