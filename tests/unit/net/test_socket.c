/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners, outgoing connections and pipes against the kernel, on loopback and in a directory. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/connect.h"
#include "net/listener.h"
#include "net/pipe.h"

static struct net_address address(const char *text)
{
	struct net_parsed parsed;
	const char *why;

	if (!net_address_parse(text, NET_UNIX | NET_FD, &parsed, &why))
		fail_msg("%s: %s", text, why);
	return parsed.address;
}

static struct net_listener_conf listen_at(const char *text)
{
	return (struct net_listener_conf){ .address = address(text), .backlog = 16, .unix_uid = -1,
					   .unix_gid = -1, .unix_mode = -1 };
}

static int open_listener(const struct net_listener_conf *conf)
{
	const char *why = "?";
	int fd = net_listener_open(conf, &why);

	if (fd < 0)
		fail_msg("%s: %s", why, strerror(-fd));
	return fd;
}

/* The address the kernel gave, port included. */
static struct net_address where(int fd)
{
	struct net_address at = { .len = sizeof(at.storage), .fd = -1 };

	assert_int_equal(getsockname(fd, (struct sockaddr *)&at.storage, &at.len), 0);
	return at;
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

static int connect_to(const struct net_connect_conf *conf, const struct net_address *to)
{
	struct pollfd poll_fd = { .events = POLLOUT };

	poll_fd.fd = net_connect(conf, to);
	if (poll_fd.fd < 0)
		return poll_fd.fd;
	assert_int_equal(poll(&poll_fd, 1, 5000), 1);
	return poll_fd.fd;
}

static int accept_from(int listener)
{
	struct pollfd poll_fd = { .fd = listener, .events = POLLIN };
	int fd;

	assert_int_equal(poll(&poll_fd, 1, 5000), 1);
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void tcp_listeners_carry_their_options(void **state)
{
	struct net_listener_conf conf = listen_at("127.0.0.1");
	int listener, client, accepted;

	conf.mss = 1200;
	conf.tcp_user_timeout_ms = 7000;
	conf.keepalive = (struct net_keepalive){ .on = true, .probes = 4, .idle_s = 50, .interval_s = 6 };
	conf.defer_accept = conf.tfo = true;
	listener = open_listener(&conf);
	assert_int_equal(option(listener, SOL_SOCKET, SO_REUSEPORT), 1);
	assert_int_equal(option(listener, SOL_SOCKET, SO_ACCEPTCONN), 1);
	assert_int_equal(option(listener, IPPROTO_IP, IP_FREEBIND), 1);
	assert_int_equal(option(listener, IPPROTO_TCP, TCP_FASTOPEN), 16);
	assert_true(option(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT) > 0);
	assert_true(fcntl(listener, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(listener, F_GETFD) & FD_CLOEXEC);

	struct net_address at = where(listener);
	client = connect_to(NULL, &at);
	assert_int_equal(net_connect_result(client), 0);
	assert_int_equal(option(client, IPPROTO_TCP, TCP_NODELAY), 1);
	assert_int_equal(write(client, "x", 1), 1);
	accepted = accept_from(listener);
	assert_int_equal(option(accepted, IPPROTO_TCP, TCP_NODELAY), 1);
	assert_int_equal(option(accepted, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(option(accepted, IPPROTO_TCP, TCP_KEEPCNT), 4);
	assert_int_equal(option(accepted, IPPROTO_TCP, TCP_KEEPIDLE), 50);
	assert_int_equal(option(accepted, IPPROTO_TCP, TCP_KEEPINTVL), 6);
	assert_int_equal(option(accepted, IPPROTO_TCP, TCP_USER_TIMEOUT), 7000);
	close(accepted);
	close(client);
	close(listener);
}

/* Also by those who connect before anything else is done to the listener. */
static void sizes_of_buffers_are_inherited(void **state)
{
	struct net_listener_conf conf = listen_at("127.0.0.1");
	struct net_address at;
	int listener, client, served;

	conf.send_buffer = 8192;
	conf.receive_buffer = 16384;
	listener = open_listener(&conf);
	at = where(listener);
	client = connect_to(&(struct net_connect_conf){ 0 }, &at);
	served = accept_from(listener);
	assert_int_equal(option(served, SOL_SOCKET, SO_SNDBUF), 2 * 8192);
	assert_int_equal(option(served, SOL_SOCKET, SO_RCVBUF), 2 * 16384);
	close(served);
	close(client);
	close(listener);
}

static void an_address_the_machine_does_not_hold_can_be_bound(void **state)
{
	struct net_listener_conf v4 = listen_at("203.0.113.77"), v6 = listen_at("[2001:db8::77]");

	close(open_listener(&v4));
	close(open_listener(&v6));
}

static void two_listeners_share_a_port(void **state)
{
	struct net_listener_conf conf = listen_at("127.0.0.1");
	int first = open_listener(&conf), second;

	conf.address = where(first);
	second = open_listener(&conf);
	close(first);
	close(second);
}

static void ip6_listeners_choose_their_families(void **state)
{
	struct net_listener_conf conf = listen_at("[::]");
	int listener;

	conf.v6only = true;
	listener = open_listener(&conf);
	assert_int_equal(option(listener, IPPROTO_IPV6, IPV6_V6ONLY), 1);
	close(listener);
	conf.v6only = false;
	conf.v4v6 = true;
	listener = open_listener(&conf);
	assert_int_equal(option(listener, IPPROTO_IPV6, IPV6_V6ONLY), 0);
	close(listener);
}

static void failures_say_what_could_not_be_done(void **state)
{
	struct net_listener_conf conf = listen_at("127.0.0.1");
	const char *why = NULL;

	conf.interface = "no-such-if";
	assert_true(net_listener_open(&conf, &why) < 0);
	assert_string_equal(why, "cannot bind to the interface");
	conf = listen_at("127.0.0.1");
	conf.netns = "no-such-namespace";
	assert_true(net_listener_open(&conf, &why) < 0);
	assert_string_equal(why, "cannot open a socket in the network namespace");
	conf = listen_at("/no-such-directory/x");
	assert_int_equal(net_listener_open(&conf, &why), -ENOENT);
	assert_string_equal(why, "cannot bind");
	conf = listen_at("fd@0");
	conf.address.fd = 999999;
	assert_int_equal(net_listener_open(&conf, &why), -EBADF);
}

/* Needs to be root, as the parent is; a namespace is seen by its inode. */
static void a_socket_is_made_in_its_network_namespace(void **state)
{
	struct net_listener_conf conf = listen_at("192.0.2.9:80");
	char name[64], command[160];
	struct stat before, after;
	int listener;

	if (geteuid() != 0)
		skip();
	snprintf(name, sizeof(name), "relevo-unit-%d", (int)getpid());
	snprintf(command, sizeof(command), "ip netns add %s", name);
	assert_int_equal(system(command), 0);
	conf.netns = name;
	assert_int_equal(stat("/proc/thread-self/ns/net", &before), 0);
	listener = open_listener(&conf);
	assert_int_equal(stat("/proc/thread-self/ns/net", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	snprintf(command, sizeof(command), "ip netns exec %s ss -Hltn | grep -q 192.0.2.9:80", name);
	assert_int_equal(system(command), 0);
	close(listener);
	snprintf(command, sizeof(command), "ip netns del %s", name);
	assert_int_equal(system(command), 0);
}

static void an_inherited_descriptor_is_taken(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct net_listener_conf conf = listen_at("fd@0");
	int fds[2];
	const char *why;

	conf.address.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(conf.address.fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(open_listener(&conf), conf.address.fd);
	assert_int_equal(option(conf.address.fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
	assert_int_equal(open_listener(&conf), conf.address.fd);
	close(conf.address.fd);

	assert_int_equal(pipe(fds), 0);
	conf.address.fd = fds[0];
	assert_int_equal(net_listener_open(&conf, &why), -ENOTSOCK);
	close(fds[0]);
	close(fds[1]);
}

static void unix_listeners_replace_the_old_socket(void **state)
{
	char dir[] = "/tmp/relevo-test-XXXXXX", path[64];
	struct net_listener_conf conf;
	struct stat status;
	int first, second, client;
	const char *why;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	conf = listen_at(path);
	conf.unix_mode = 0640;
	conf.unix_uid = getuid();
	first = open_listener(&conf);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0640);
	second = open_listener(&conf);
	client = connect_to(NULL, &conf.address);
	assert_true(client >= 0);
	close(accept_from(second));
	close(client);
	close(second);
	assert_int_equal(net_connect(NULL, &conf.address), -ECONNREFUSED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0); /* no temporary name is left */
	assert_int_equal(net_connect(NULL, &conf.address), -ENOENT);
	close(first);

	conf = listen_at("/dev/null");
	assert_int_equal(net_listener_open(&conf, &why), -EEXIST);
}

static void abstract_listeners_take_connections(void **state)
{
	char name[64];
	struct net_listener_conf conf;
	int listener, client;

	snprintf(name, sizeof(name), "abns@relevo-test-%d", (int)getpid());
	conf = listen_at(name);
	listener = open_listener(&conf);
	client = connect_to(NULL, &conf.address);
	assert_true(client >= 0);
	close(accept_from(listener));
	close(client);
	close(listener);
}

static void connections_leave_from_their_source(void **state)
{
	struct net_listener_conf conf = listen_at("127.0.0.1");
	struct net_address source = address("127.0.0.9"), none = { .fd = -1 };
	struct net_connect_conf from = { .source = &source, .option.keepalive.on = true };
	int listener = open_listener(&conf), client;
	char text[NET_ADDRESS_TEXT];

	struct net_address at = where(listener);
	client = connect_to(&from, &at);
	assert_int_equal(net_connect_result(client), 0);
	assert_int_equal(option(client, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT), 1);
	assert_int_equal(option(client, SOL_SOCKET, SO_KEEPALIVE), 1);
	struct net_address local = where(client);
	net_address_set_port(&local, 0);
	assert_string_equal(net_address_text(&local, text), "127.0.0.9");
	close(client);

	source = address("203.0.113.5");
	assert_int_equal(net_connect(&from, &at), -EADDRNOTAVAIL);
	from.source = &none;
	close(connect_to(&from, &at));
	close(listener);
	client = connect_to(NULL, &at);
	assert_int_equal(client < 0 ? client : net_connect_result(client), -ECONNREFUSED);
	if (client >= 0)
		close(client);
	assert_int_equal(net_connect(NULL, &none), -EDESTADDRREQ);
}

static void pipes_are_pooled_and_capped(void **state)
{
	struct net_pipe_pool pool;
	struct net_pipe *first, *second;

	net_pipe_pool_init(&pool, 256 * 1024, 2);
	first = net_pipe_get(&pool);
	second = net_pipe_get(&pool);
	assert_non_null(first);
	assert_non_null(second);
	assert_true(first->size >= 64 * 1024);
	assert_int_equal(fcntl(first->read_fd, F_GETPIPE_SZ), first->size);
	assert_null(net_pipe_get(&pool));
	net_pipe_put(&pool, first);
	assert_ptr_equal(net_pipe_get(&pool), first);

	first->used = 1;
	net_pipe_put(&pool, first);
	assert_int_equal(pool.open_count, 1);
	assert_int_equal(pool.free_count, 0);
	net_pipe_put(&pool, second);
	assert_int_equal(pool.free_count, 1);
	net_pipe_pool_fini(&pool);
	assert_int_equal(pool.open_count, 0);
}

static void a_pipe_beyond_the_systems_limit_is_as_large_as_it_may_be(void **state)
{
	struct net_pipe_pool pool;
	struct net_pipe *pipe;

	net_pipe_pool_init(&pool, (size_t)1 << 30, 1);
	pipe = net_pipe_get(&pool);
	assert_non_null(pipe);
	assert_true(pipe->size >= 64 * 1024);
	net_pipe_put(&pool, pipe);
	net_pipe_pool_fini(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_listeners_carry_their_options),
		cmocka_unit_test(sizes_of_buffers_are_inherited),
		cmocka_unit_test(an_address_the_machine_does_not_hold_can_be_bound),
		cmocka_unit_test(two_listeners_share_a_port),
		cmocka_unit_test(ip6_listeners_choose_their_families),
		cmocka_unit_test(failures_say_what_could_not_be_done),
		cmocka_unit_test(a_socket_is_made_in_its_network_namespace),
		cmocka_unit_test(an_inherited_descriptor_is_taken),
		cmocka_unit_test(unix_listeners_replace_the_old_socket),
		cmocka_unit_test(abstract_listeners_take_connections),
		cmocka_unit_test(connections_leave_from_their_source),
		cmocka_unit_test(pipes_are_pooled_and_capped),
		cmocka_unit_test(a_pipe_beyond_the_systems_limit_is_as_large_as_it_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
