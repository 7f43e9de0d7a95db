/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health/protocol.h - the checks of known protocols as lists of steps
 * (configuration manual "option redis-check", "option smtpchk" and so on).
 *
 * What servers send is judged by pure functions, which fuzzers know too. Where
 * an answer is complete and wrong it is told at once, with its text.
 */
#pragma once

#include "base/arena.h"
#include "health/plan.h"

enum health_protocol {
	HEALTH_LDAP,		/* anonymous bind (RFC 4511, 4.2) */
	HEALTH_MYSQL,		/* the greeting alone */
	HEALTH_MYSQL_LOGIN,	/* and a login without password */
	HEALTH_PGSQL,		/* a startup message: which authentication is asked for */
	HEALTH_REDIS,		/* PING */
	HEALTH_SMTP,		/* greeting, HELO or EHLO, QUIT (RFC 5321) */
	HEALTH_SSL_HELLO,	/* a client hello of SSL 3.0: any alert or handshake is good */
	HEALTH_PROTOCOLS,
};

/*
 * The list; `question` is what the user's settings make of the first message of
 * MYSQL_LOGIN, PGSQL and SMTP (below), and unused for the others.
 */
struct health_plan *health_protocol_plan(struct arena *arena, enum health_protocol protocol,
					 struct slice question);

/* Their first messages. `old`: of MySQL before 4.1. */
struct slice health_mysql_login(struct arena *arena, const char *user, bool old);
struct slice health_pgsql_startup(struct arena *arena, const char *user);
struct slice health_smtp_hello(struct arena *arena, const char *hello, const char *domain);

/* What a server has sent so far; `complete`: no more will come. *ret when it does not wait. */
enum health_judgement health_judge_ldap(struct slice bytes, bool complete,
					struct health_answer *ret);
enum health_judgement health_judge_mysql(struct slice bytes, bool complete,
					 struct health_answer *ret);
enum health_judgement health_judge_pgsql(struct slice bytes, bool complete,
					 struct health_answer *ret);
enum health_judgement health_judge_redis(struct slice bytes, bool complete,
					 struct health_answer *ret);
enum health_judgement health_judge_smtp(struct slice bytes, bool complete,
					struct health_answer *ret);
enum health_judgement health_judge_ssl_hello(struct slice bytes, bool complete,
					     struct health_answer *ret);

/* "text" of an answer from bytes of a server: to the first NUL, control bytes as blanks. */
void health_answer_put(struct health_answer *answer, struct slice text);
