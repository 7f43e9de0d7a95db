/* SPDX-License-Identifier: Apache-2.0 */
/* health/protocol.c - see protocol.h: the lists. What is received, health/protocol_judge.c. */
#include "health/protocol.h"

#include <stdlib.h>
#include <string.h>

#include "base/out.h"

/* LDAPMessage { 1, bindRequest { 3, "", simple "" } } */
#define LDAP_BIND "\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"
#define REDIS_PING "*1\r\n$4\r\nPING\r\n"
#define MYSQL_QUIT "\x01\x00\x00\x00\x01"

/* Record 3.0 of 121 bytes, client hello of 117, version 3.0, 32 bytes of random, no session, 39
 * cipher suites, no compression. */
#define SSL_HELLO                                                                                  \
	"\x16\x03\x00\x00\x79\x01\x00\x00\x75\x03\x00relevo health check of SSL 3.0.."             \
	"\x00\x00\x4e\x00\x01\x00\x02\x00\x03\x00\x04\x00\x05\x00\x06\x00\x07\x00\x08\x00\x09"     \
	"\x00\x0a\x00\x0b\x00\x0c\x00\x0d\x00\x0e\x00\x0f\x00\x10\x00\x11\x00\x12\x00\x13\x00\x14"  \
	"\x00\x15\x00\x16\x00\x17\x00\x18\x00\x19\x00\x1a\x00\x1b\x00\x2f\x00\x30\x00\x31\x00\x32"  \
	"\x00\x33\x00\x34\x00\x35\x00\x36\x00\x37\x00\x38\x00\x39\x00\x3a\x01\x00"

#define CONNECT_POLITELY                                                                           \
	{ .kind = HEALTH_CONNECT, .connect = { .preset = true, .linger = true } }
#define SEND(bytes) { .kind = HEALTH_SEND, .send.constant = SLICE_CONST(bytes) }
/* The user's own question. */
#define ASK { .kind = HEALTH_SEND }
#define EXPECT(function)                                                                           \
	{ .kind = HEALTH_EXPECT, .expect = { .match = HEALTH_MATCH_OWN, .judge = function } }
#define EXPECT_L6(function)                                                                        \
	{ .kind = HEALTH_EXPECT,                                                                   \
	  .expect = { .match = HEALTH_MATCH_OWN, .judge = function, .timeout = HEALTH_L6TOUT } }

enum { STEPS_MAX = 6 };

static const struct {
	unsigned count;
	struct health_step steps[STEPS_MAX];
} protocols[HEALTH_PROTOCOLS] = {
	[HEALTH_LDAP] = { 2, { SEND(LDAP_BIND), EXPECT(health_judge_ldap) } },
	[HEALTH_MYSQL] = { 2, { CONNECT_POLITELY, EXPECT(health_judge_mysql) } },
	[HEALTH_MYSQL_LOGIN] = { 4, { CONNECT_POLITELY, EXPECT(health_judge_mysql), ASK,
				      EXPECT(health_judge_mysql) } },
	[HEALTH_PGSQL] = { 3, { CONNECT_POLITELY, ASK, EXPECT(health_judge_pgsql) } },
	[HEALTH_REDIS] = { 2, { SEND(REDIS_PING), EXPECT(health_judge_redis) } },
	[HEALTH_SMTP] = { 6, { CONNECT_POLITELY, EXPECT(health_judge_smtp), ASK,
			       EXPECT(health_judge_smtp), SEND("QUIT\r\n"),
			       EXPECT(health_judge_smtp) } },
	[HEALTH_SSL_HELLO] = { 2, { SEND(SSL_HELLO), EXPECT_L6(health_judge_ssl_hello) } },
};

struct health_plan *health_protocol_plan(struct arena *arena, enum health_protocol protocol,
					 struct slice question)
{
	struct health_plan *plan = arena_zalloc(arena, sizeof(*plan));
	size_t size = protocols[protocol].count * sizeof(*plan->steps);

	plan->kind = HEALTH_PLAN_PROTOCOL;
	plan->count = protocols[protocol].count;
	plan->steps = arena_zalloc(arena, size);
	memcpy(plan->steps, protocols[protocol].steps, size);
	for (unsigned i = 0; i < plan->count; i++) {
		struct health_step *step = &plan->steps[i];

		step->number = i + 1;
		if (step->kind == HEALTH_SEND && step->send.constant.at == NULL)
			step->send.constant = question;
	}
	return plan;
}

/* ---- first messages ---- */

static struct out message_begin(struct arena *arena, const char *user)
{
	size_t size = strlen(user) + 64;

	return (struct out){ .bytes = arena_zalloc(arena, size), .size = size };
}

/* HandshakeResponse41: protocol 4.1, secure connection, utf8, no password; then COM_QUIT. */
static const char mysql_login[] = "\x00\x82\x00\x00"
				  "\x00\x80\x00\x01"
				  "\x21"
				  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
/* HandshakeResponse320: secure connection; then COM_QUIT. */
static const char mysql_old_login[] = "\x00\x80"
				      "\x00\x00\x01";

struct slice health_mysql_login(struct arena *arena, const char *user, bool old)
{
	struct out out = message_begin(arena, user);
	size_t fixed = old ? sizeof(mysql_old_login) - 1 : sizeof(mysql_login) - 1;
	size_t len = fixed + strlen(user) + 2;

	out_char(&out, (char)len);
	out_char(&out, (char)(len >> 8));
	out_char(&out, 0);
	out_char(&out, 1);
	out_bytes(&out, old ? mysql_old_login : mysql_login, fixed);
	out_bytes(&out, user, strlen(user) + 1);
	out_char(&out, 0);
	out_put(&out, SLICE(MYSQL_QUIT));
	return out_slice(&out);
}

/* StartupMessage of protocol 3.0: { "user", user } */
struct slice health_pgsql_startup(struct arena *arena, const char *user)
{
	struct out out = message_begin(arena, user);
	size_t len = 4 + 4 + sizeof("user") + strlen(user) + 1 + 1;

	out_bytes(&out, "\0\0", 2);
	out_char(&out, (char)(len >> 8));
	out_char(&out, (char)len);
	out_put(&out, SLICE("\0\3\0\0user\0"));
	out_bytes(&out, user, strlen(user) + 1);
	out_char(&out, 0);
	return out_slice(&out);
}

struct slice health_smtp_hello(struct arena *arena, const char *hello, const char *domain)
{
	return slice_of(arena_printf(arena, "%s %s\r\n", hello, domain));
}
