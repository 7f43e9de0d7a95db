/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/bfd_service.c - see bfd_service.h. */
#include "vrrp/bfd_service.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "vrrp/bfd_socket.h"

enum { SERVICE_EARS = 4, SERVICE_TEXT = 200 };

struct bfd_session {
	struct bfd_service *service;
	const struct bfd_peer *peer;
	struct bfd bfd;
	struct loop_timer timer;
	int fd;			/* of what it sends */
	bool send_failed;	/* the last time; said once */
};

struct bfd_service {
	struct bfd_service_args args;
	struct service_ear {	/* a socket that hears one family on one port */
		struct loop_file file;
		struct bfd_service *service;
		bool multihop;
	} ears[SERVICE_EARS];
	unsigned complained;	/* bits by enum bfd_verdict, and: */
	bool complained_hops, complained_stranger;
	struct bfd_session sessions[];
};

static void service_say(struct bfd_service *service, enum log_level level, const char *format, ...)
	PRINTF_LIKE(3, 4);

static void service_say(struct bfd_service *service, enum log_level level, const char *format, ...)
{
	char text[SERVICE_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	service->args.say(service->args.context, level, text);
}

static uint16_t service_port(bool multihop)
{
	return multihop ? BFD_MULTIHOP_PORT : BFD_PORT;
}

/* --- what a session wants done --- */

static void session_send(struct bfd_session *session, const struct bfd_packet *packet)
{
	uint8_t bytes[BFD_PACKET];
	int error;

	bfd_packet_build(packet, bytes);
	error = bfd_socket_send(session->fd, &session->peer->neighbor,
				service_port(session->peer->multihop), bytes, sizeof(bytes));
	if (error < 0 && !session->send_failed)
		service_say(session->service, LOG_LEVEL_WARNING, "BFD %s: cannot send: %s",
			    session->peer->name, strerror(-error));
	session->send_failed = error < 0;
}

static void session_say_why(const struct bfd_session *session, char text[SERVICE_TEXT])
{
	const struct bfd *bfd = &session->bfd;

	if (bfd->state == BFD_UP)
		snprintf(text, SERVICE_TEXT, "bfd %s is up", session->peer->name);
	else if (bfd->diagnostic == BFD_DIAG_EXPIRED)
		snprintf(text, SERVICE_TEXT, "bfd %s: heard nothing for %.3g ms",
			 session->peer->name, (double)bfd_detection_us(bfd) / 1000);
	else if (bfd->diagnostic == BFD_DIAG_NEIGHBOR)
		snprintf(text, SERVICE_TEXT, "bfd %s: the neighbor says %s (%s)",
			 session->peer->name, bfd_state_name(bfd->remote_state),
			 bfd_diagnostic_text(bfd->remote_diagnostic));
	else
		snprintf(text, SERVICE_TEXT, "bfd %s is down", session->peer->name);
}

static void session_changed(struct bfd_session *session, enum bfd_state before)
{
	struct bfd_service *service = session->service;
	bool up = session->bfd.state == BFD_UP;
	char why[SERVICE_TEXT];

	if (up == (before == BFD_UP))
		return;
	session_say_why(session, why);
	service_say(service, up ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING, "%s", why);
	service->args.on_change(service->args.context, (unsigned)(session - service->sessions), up,
				why);
}

static void session_do(struct bfd_session *session, const struct bfd_out *out)
{
	if (out->send)
		session_send(session, &out->packet);
	if (out->changed)
		session_changed(session, out->before);
	/* Without memory for a timer a session would never be down: the parent starts us again. */
	if (loop_timer_arm(session->service->args.loop, &session->timer,
			   bfd_next_due(&session->bfd)) < 0)
		abort();
}

/* --- what is heard --- */

static struct bfd_session *service_find(struct bfd_service *service, bool multihop,
					const struct bfd_heard *heard,
					const struct bfd_packet *packet)
{
	for (unsigned i = 0; i < service->args.count; i++) {
		struct bfd_session *session = &service->sessions[i];
		bool named = packet->yours == session->bfd.mine;

		if (session->peer->multihop == multihop &&
		    ip_equal(&session->peer->neighbor, &heard->source) &&
		    (packet->yours == 0 || named))
			return session;
	}
	return NULL;
}

static void service_complain(struct bfd_service *service, bool *complained,
			     const struct bfd_heard *heard, const char *what)
{
	char text[IP_TEXT];

	if (*complained)
		return;
	*complained = true;
	service_say(service, LOG_LEVEL_NOTICE, "BFD packet from %s dropped: %s",
		    ip_text(&heard->source, text), what);
}

/*
 * RFC 5082 by way of RFC 5881, 5: a packet that came over a router is not from
 * the neighbor. Keepalived takes what it sends itself for the start, and that
 * is 64 with IPv6 unless the file says more.
 */
static bool session_is_near(const struct bfd_session *session, const struct bfd_heard *heard)
{
	return session->peer->max_hops == BFD_ANY_HOPS ||
	       heard->ttl + session->peer->max_hops >= session->peer->ttl;
}

static void service_heard(struct bfd_service *service, bool multihop,
			  const struct bfd_heard *heard)
{
	struct moment now = loop_now(service->args.loop);
	struct bfd_session *session;
	struct bfd_packet packet;
	struct bfd_out out;
	enum bfd_verdict verdict = bfd_packet_parse(heard->bytes, heard->len, &packet);

	if (verdict != BFD_ACCEPTED) {
		bool before = (service->complained >> verdict & 1) != 0;

		service_complain(service, &before, heard, bfd_verdict_text(verdict));
		service->complained |= 1u << verdict;
		return;
	}
	session = service_find(service, multihop, heard, &packet);
	if (session == NULL) {
		/* Those of a session that has just been started anew are expected. */
		if (packet.yours == 0)
			service_complain(service, &service->complained_stranger, heard,
					 "no bfd_instance has this neighbor");
	} else if (!session_is_near(session, heard)) {
		service_complain(service, &service->complained_hops, heard,
				 "it came over more hops than max_hops allows");
	} else {
		bfd_receive(&session->bfd, now, &packet, &out);
		session_do(session, &out);
	}
}

static void service_read(struct service_ear *ear)
{
	struct bfd_heard heard;

	while (bfd_socket_read(ear->file.fd, &heard) == 0)
		service_heard(ear->service, ear->multihop, &heard);
}

static void service_on_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	service_read(container_of(file, struct service_ear, file));
}

/* What arrived before we ran is read first: a freeze of ours is not the neighbor's silence. */
static void session_on_timer(struct loop *loop, struct loop_timer *timer)
{
	struct bfd_session *session = container_of(timer, struct bfd_session, timer);
	struct bfd_service *service = session->service;
	struct bfd_out out;

	for (unsigned i = 0; i < SERVICE_EARS; i++)
		if (service->ears[i].file.fd >= 0)
			service_read(&service->ears[i]);
	bfd_tick(&session->bfd, loop_now(loop), &out);
	session_do(session, &out);
}

/* --- opening --- */

static uint64_t service_random(void)
{
	uint64_t random = moment_now().us;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		return random * UINT64_C(0x9e3779b97f4a7c15);
	return random;
}

static uint32_t service_discriminator(const struct bfd_service *service, unsigned count)
{
	for (;;) {
		uint32_t made = (uint32_t)service_random();
		bool used = made == 0;

		for (unsigned i = 0; i < count; i++)
			used = used || service->sessions[i].bfd.mine == made;
		if (!used)
			return made;
	}
}

static int service_listen(struct bfd_service *service, unsigned at, uint8_t family, bool multihop)
{
	struct service_ear *ear = &service->ears[at];
	bool wanted = false;
	int fd, error;

	for (unsigned i = 0; i < service->args.count; i++)
		wanted = wanted || (service->args.peers[i].neighbor.family == family &&
				    service->args.peers[i].multihop == multihop);
	if (!wanted)
		return 0;
	fd = bfd_socket_listen(family, service_port(multihop));
	if (fd < 0)
		return fd;
	ear->service = service;
	ear->multihop = multihop;
	error = loop_file_add(service->args.loop, &ear->file, fd, service_on_ready);
	if (error < 0)
		close(fd);
	return error;
}

static int service_open_sessions(struct bfd_service *service)
{
	for (unsigned i = 0; i < service->args.count; i++) {
		struct bfd_session *session = &service->sessions[i];
		const struct bfd_peer *peer = &service->args.peers[i];

		session->service = service;
		session->peer = peer;
		session->timer.on_expire = session_on_timer;
		bfd_init(&session->bfd, &peer->params, service_discriminator(service, i),
			 service_random());
		session->fd = bfd_socket_send_from(peer->neighbor.family, &peer->source,
						   peer->ttl, (unsigned)service_random());
		if (session->fd < 0)
			return session->fd;
	}
	return 0;
}

struct bfd_service *bfd_service_open(const struct bfd_service_args *args)
{
	struct bfd_service *service =
		calloc(1, sizeof(*service) + args->count * sizeof(service->sessions[0]));
	int error = 0;

	if (service == NULL)
		return NULL;
	service->args = *args;
	for (unsigned i = 0; i < SERVICE_EARS; i++)
		service->ears[i].file.fd = -1;
	for (unsigned i = 0; i < args->count; i++)
		service->sessions[i].fd = -1;
	for (unsigned i = 0; i < SERVICE_EARS && error == 0; i++)
		error = service_listen(service, i, i % 2 == 0 ? AF_INET : AF_INET6, i >= 2);
	if (error == 0)
		error = service_open_sessions(service);
	if (error < 0) {
		bfd_service_close(service);
		errno = -error;
		return NULL;
	}
	for (unsigned i = 0; i < args->count; i++) {
		struct bfd_out out;

		bfd_start(&service->sessions[i].bfd, moment_now(), &out);
		session_do(&service->sessions[i], &out);
	}
	return service;
}

void bfd_service_close(struct bfd_service *service)
{
	if (service == NULL)
		return;
	for (unsigned i = 0; i < service->args.count; i++) {
		struct bfd_session *session = &service->sessions[i];
		struct bfd_out out;

		if (session->fd < 0)
			continue;
		bfd_stop(&session->bfd, moment_now(), &out);
		if (out.send)
			session_send(session, &out.packet);
		loop_timer_disarm(service->args.loop, &session->timer);
		close(session->fd);
	}
	for (unsigned i = 0; i < SERVICE_EARS; i++)
		if (service->ears[i].file.fd >= 0)
			loop_file_close(service->args.loop, &service->ears[i].file);
	free(service);
}

const struct bfd *bfd_service_session(const struct bfd_service *service, unsigned index)
{
	ASSERT(index < service->args.count);
	return &service->sessions[index].bfd;
}
