/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health/send.c - what a step sends: bytes as they are written, or a request
 * of HTTP put together in the run's memory. Names of headers go out in lower
 * case, as HAProxy's do.
 */
#include <ctype.h>
#include <string.h>

#include "base/out.h"
#include "health/run.h"

enum { REQUEST_USUAL = 1024, REQUEST_MAX = 65536 };

static void send_add_header(struct out *out, const char *name, struct slice value)
{
	for (; *name != '\0'; name++)
		out_char(out, (char)tolower((unsigned char)*name));
	out_text(out, ": ");
	out_put(out, value);
	out_text(out, "\r\n");
}

/* How long the body is, we say ourselves. */
static bool send_is_ours(const char *name)
{
	return strcasecmp(name, "content-length") == 0 || strcasecmp(name, "transfer-encoding") == 0;
}

/* A connection that stays open is what HTTP/1.1 has without a word. */
static bool send_is_idle(const char *name, struct slice value)
{
	return strcasecmp(name, "connection") == 0 && slice_is_nocase(value, "keep-alive");
}

/* Whether one of them was Connection. */
static bool send_add_headers(struct health_check *check, const struct health_request *request,
			     struct expr_context *context, struct out *out)
{
	bool has_connection = false;

	for (unsigned i = 0; i < request->header_count; i++) {
		const struct health_header *header = &request->headers[i];
		struct slice value = health_run_text(check, &header->value, context);

		has_connection |= strcasecmp(header->name, "connection") == 0;
		if (!send_is_ours(header->name) &&
		    (check->run.shared || !send_is_idle(header->name, value)))
			send_add_header(out, header->name, value);
	}
	return has_connection;
}

static void send_add_state(struct health_check *check, struct out *out)
{
	if (!check->conf->plan->sends_state || check->write_state == NULL)
		return;
	out_text(out, "x-haproxy-server-state: ");
	check->write_state(check, out);
	out_text(out, "\r\n");
}

/* Servers wait for a body of these unless they are told that there is none. */
static bool send_wants_length(enum http_method method)
{
	return method == HTTP_POST || method == HTTP_PUT || method == HTTP_METHOD_OTHER;
}

static void send_write_request(struct health_check *check, const struct health_request *request,
			       struct expr_context *context, struct out *out)
{
	struct slice body = health_run_text(check, &request->body, context);
	bool is_11 = strcmp(request->version, "HTTP/1.1") == 0;
	bool has_connection;

	out_text(out, request->method);
	out_char(out, ' ');
	out_put(out, health_run_text(check, &request->uri, context));
	out_char(out, ' ');
	out_text(out, request->version);
	out_text(out, "\r\n");
	has_connection = send_add_headers(check, request, context, out);
	send_add_state(check, out);
	if (request->has_body || send_wants_length(check->run.method)) {
		out_text(out, "content-length: ");
		out_number(out, body.len);
		out_text(out, "\r\n");
	}
	if (!has_connection && is_11 != check->run.shared)
		out_text(out, is_11 ? "connection: close\r\n" : "connection: keep-alive\r\n");
	out_text(out, "\r\n");
	if (request->has_body)
		out_put(out, body);
}

static bool send_prepare_request(struct health_check *check, const struct health_request *request,
				 struct expr_context *context)
{
	struct health_run *run = &check->run;
	struct out out = { .cut = true };

	run->method = http_method_of(slice_of(request->method));
	for (size_t room = REQUEST_USUAL; out.cut && room <= REQUEST_MAX; room *= 4) {
		out = (struct out){ .size = room };
		out.bytes = bump_alloc(&run->memory, out.size);
		if (out.bytes == NULL)
			break;
		send_write_request(check, request, context, &out);
	}
	if (out.bytes == NULL || out.cut) {
		health_run_over(check, HEALTH_SOCKERR, 0, "the request is too large");
		return false;
	}
	run->out = out_slice(&out);
	return true;
}

bool health_run_prepare(struct health_check *check, const struct health_step *step)
{
	struct expr_context context;

	health_run_context(check, &context);
	if (step->kind == HEALTH_REQUEST)
		return send_prepare_request(check, &step->request, &context);
	check->run.out = health_run_text(check, &step->send, &context);
	if (check->run.out.at != NULL)
		return true;
	health_run_over(check, HEALTH_L7RSP, 0, "the bytes to send are no hex digits");
	return false;
}
