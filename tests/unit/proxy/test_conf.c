/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/proxy/test_conf.c - haproxy.cfg to structs: the article's file to
 * the last field, then what its file does not use.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "proxy/conf.h"

/* A configuration that was read, with what was said about it. */
struct reading {
	struct proxy_conf *conf;
	struct diag_report *report;
	struct strbuf text;
};

static struct reading read_text(const char *text)
{
	struct reading reading = { .report = diag_report_new() };

	reading.conf = proxy_conf_read_text("test.cfg", text, strlen(text), reading.report);
	diag_report_render(reading.report, &reading.text);
	if (reading.text.text == NULL)
		strbuf_puts(&reading.text, "");
	return reading;
}

static void done(struct reading *reading)
{
	proxy_conf_free(reading->conf);
	diag_report_free(reading->report);
	strbuf_free(&reading->text);
}

static unsigned errors(const struct reading *reading)
{
	return diag_count(reading->report, DIAG_ERROR);
}

static unsigned warnings(const struct reading *reading)
{
	return diag_count(reading->report, DIAG_WARNING);
}

static bool says(const struct reading *reading, const char *text)
{
	if (strstr(reading->text.text, text) != NULL)
		return true;
	print_message("no '%s' in:\n%s", text, reading->text.text);
	return false;
}

static const struct section *section(const struct reading *reading, const char *name)
{
	for (const struct section *one = reading->conf->sections; one != NULL; one = one->next)
		if (strcmp(one->name, name) == 0)
			return one;
	fail_msg("no section %s in:\n%s", name, reading->text.text);
	return NULL;
}

static void assert_address(const struct net_address *address, const char *text)
{
	char buf[NET_ADDRESS_TEXT];

	assert_string_equal(net_address_text(address, buf), text);
}

#define TIMEOUTS "defaults\n timeout client 1m\n timeout connect 5s\n timeout server 1m\n"
#define LISTEN	 TIMEOUTS "listen web\n bind 127.0.0.1:8000\n"

/* ../examples/pair/haproxy.cfg, with a user that every machine has. */
static const char article[] =
	"global\n"
	"     log 10.1.1.10 local0\n"
	"     user nobody\n"
	"     group nogroup\n"
	"     daemon\n"
	"     maxconn 20000\n"
	"     defaults\n"
	"     log global\n"
	"     option dontlognull\n"
	"     balance leastconn\n"
	"     clitimeout 60000\n"
	"     srvtimeout 60000\n"
	"     contimeout 5000\n"
	"     retries 3\n"
	"     option redispatch\n"
	"listen stats 10.1.1.20:80 # se podr\xc3\xad" "a poner 10.1.1.21:80\n"
	"     mode http\n"
	"     stats enable\n"
	"     stats uri /stats\n"
	"     stats realm HAProxy\\ Statistics\n"
	"     stats auth admin:PASSWORD\n"
	"listen http 10.1.1.80:80\n"
	"     mode tcp\n"
	"     option tcplog\n"
	"     balance source\n"
	"     maxconn 10000\n"
	"     server web01 10.1.1.30:80 maxconn 6000\n"
	"     server web02 10.1.1.31:80 maxconn 6000\n"
	"listen https 10.1.1.80:443\n"
	"     mode tcp\n"
	"     option tcplog\n"
	"     balance roundrobin\n"
	"     maxconn 10000\n"
	"     server web01 10.1.1.30:443 maxconn 6000\n"
	"     server web02 10.1.1.31:443 maxconn 6000";

static void check_article_log(const struct log_conf *log)
{
	struct net_address address = { .fd = -1 };

	assert_int_equal(log->count, 1);
	assert_int_equal(log->targets[0].kind, LOG_TO_UDP);
	assert_int_equal(log->targets[0].facility, 16);
	assert_int_equal(log->targets[0].max_level, LOG_LEVEL_DEBUG);
	assert_int_equal(log->targets[0].min_level, LOG_LEVEL_EMERG);
	assert_int_equal(log->targets[0].length, 1024);
	assert_int_equal(log->targets[0].format, LOG_FORMAT_DEFAULT);
	assert_int_equal(log->targets[0].sample_size, 0);
	address.storage = log->targets[0].address;
	address.len = log->targets[0].address_len;
	assert_address(&address, "10.1.1.10:514");
	assert_null(log->tag);
	assert_null(log->hostname);
}

static void check_article_web(const struct section *web, const char *algo, const char *vip,
			      const char *const servers[2])
{
	const struct server_conf *server = web->back.servers;

	assert_int_equal(web->kind, SECTION_LISTEN);
	assert_int_equal(web->mode, PROXY_MODE_TCP);
	assert_false(web->disabled);
	assert_int_equal(web->front.maxconn, 10000);
	assert_int_equal(web->front.timeout_client, 60000);
	assert_false(web->http.log_at_accept);
	assert_true(web->front.dontlognull);
	assert_false(web->front.dontlog_normal);
	assert_ptr_equal(web->front.default_backend, web);
	assert_null(web->front.use_backends);
	assert_address(&web->front.binds->listener.address, vip);
	assert_null(web->front.binds->next);
	assert_int_equal(web->front.binds->listener.backlog, 10000);
	assert_string_equal(web->back.lb.algo->doc.name, algo);
	assert_int_equal(web->back.timeout_connect, 5000);
	assert_int_equal(web->back.timeout_server, 60000);
	assert_int_equal(web->back.timeout_queue, 5000);
	assert_int_equal(web->back.retries, 3);
	assert_true(web->back.redispatch);
	assert_int_equal(web->back.redispatch_interval, -1);
	assert_int_equal(web->back.fullconn, 1000);
	assert_int_equal(web->back.server_count, 2);
	check_article_log(&web->log);
	for (unsigned i = 0; i < 2; i++, server = server->next) {
		char name[] = { 'w', 'e', 'b', '0', (char)('1' + i), '\0' };

		assert_string_equal(server->name, name);
		assert_string_equal(server->host, servers[i]);
		assert_address(&server->address, servers[i]);
		assert_int_equal(server->maxconn, 6000);
		assert_int_equal(server->minconn, 0);
		assert_int_equal(server->weight, 1);
		assert_int_equal(server->id, i + 1);
		assert_int_equal(server->index, i);
		assert_false(server->check);
		assert_false(server->port_relative);
		assert_ptr_equal(server->backend, web);
	}
	assert_null(server);
}

static const struct rule *first_rule(const struct section *section, enum rule_list list)
{
	return section->rules.first[list];
}

static void test_article(void **state)
{
	struct reading reading = read_text(article);
	const struct proxy_global *global = &reading.conf->global;
	const struct section *stats;

	assert_int_equal(errors(&reading), 0);
	assert_int_equal(warnings(&reading), 6);
	assert_true(says(&reading, "write 'timeout client 60000'"));
	assert_true(says(&reading, "write 'timeout server 60000'"));
	assert_true(says(&reading, "write 'timeout connect 5000'"));
	assert_true(says(&reading, "write 'bind 10.1.1.20:80'"));
	assert_true(says(&reading, "write 'bind 10.1.1.80:443'"));

	assert_string_equal(global->user, "nobody");
	assert_string_equal(global->group, "nogroup");
	assert_int_equal(global->uid, -1);
	assert_int_equal(global->gid, -1);
	assert_true(global->daemon);
	assert_int_equal(global->maxconn, 20000);
	assert_int_equal(global->nbthread, 0);
	assert_int_equal(global->bufsize, 16384);
	assert_int_equal(global->pipesize, 1 << 20);
	assert_int_equal(global->maxaccept, 4);
	assert_int_equal(global->maxpollevents, 200);
	check_article_log(&global->log);

	assert_int_equal(reading.conf->section_count, 3);
	assert_int_equal(reading.conf->bind_count, 3);
	stats = section(&reading, "stats");
	assert_int_equal(stats->index, 0);
	assert_int_equal(stats->id, 1);
	assert_int_equal(stats->mode, PROXY_MODE_HTTP);
	assert_address(&stats->front.binds->listener.address, "10.1.1.20:80");
	assert_int_equal(stats->front.binds->listener.backlog, 20000);
	assert_ptr_equal(stats->front.binds->frontend, stats);
	assert_int_equal(stats->front.binds->index, 0);
	assert_ptr_equal(reading.conf->binds[0], stats->front.binds);
	assert_true(stats->stats.enabled);
	assert_string_equal(stats->stats.uri, "/stats");
	assert_string_equal(stats->stats.realm, "HAProxy Statistics");
	assert_string_equal(stats->stats.users->name, "admin");
	assert_string_equal(stats->stats.users->password, "PASSWORD");
	assert_null(stats->stats.users->next);
	assert_null(stats->stats.scopes);
	assert_null(stats->back.servers);
	check_article_web(section(&reading, "http"), "source", "10.1.1.80:80",
			  (const char *const[]){ "10.1.1.30:80", "10.1.1.31:80" });
	check_article_web(section(&reading, "https"), "roundrobin", "10.1.1.80:443",
			  (const char *const[]){ "10.1.1.30:443", "10.1.1.31:443" });
	done(&reading);
}

static void test_bind(void **state)
{
	struct reading reading = read_text(
		LISTEN " server s 127.0.0.1:80\n"
		"frontend many\n backlog 50\n default_backend web\n"
		" bind 127.0.0.1:8001,[::1]:8002-8004 name x maxconn 7 accept-proxy v6only\n"
		" bind unix@/tmp/relevo.sock mode 640 backlog 5\n"
		" bind abns@relevo\n bind fd@3\n bind :::8005 v4v6 id 9 mss 1400 tcp-ut 30s tfo\n");
	const struct bind_conf *bind;

	assert_int_equal(errors(&reading), 0);
	assert_int_equal(reading.conf->bind_count, 9);
	bind = section(&reading, "many")->front.binds;
	assert_address(&bind->listener.address, "127.0.0.1:8001");
	assert_true(bind->accept_proxy);
	assert_int_equal(bind->maxconn, 7);
	assert_int_equal(bind->listener.backlog, 50);
	assert_string_equal(bind->name, "x");
	assert_int_equal(bind->span.column, 7);
	bind = bind->next;
	assert_address(&bind->listener.address, "[::1]:8002");
	assert_int_equal(bind->span.column, 22);
	assert_true(bind->listener.v6only);
	bind = bind->next->next;
	assert_address(&bind->listener.address, "[::1]:8004");
	bind = bind->next;
	assert_address(&bind->listener.address, "/tmp/relevo.sock");
	assert_int_equal(bind->listener.unix_mode, 0640);
	assert_int_equal(bind->listener.backlog, 5);
	bind = bind->next;
	assert_address(&bind->listener.address, "@relevo");
	bind = bind->next;
	assert_int_equal(bind->listener.address.fd, 3);
	bind = bind->next;
	assert_address(&bind->listener.address, "[::]:8005");
	assert_true(bind->listener.v4v6);
	assert_true(bind->listener.tfo);
	assert_int_equal(bind->id, 9);
	assert_int_equal(bind->listener.mss, 1400);
	assert_int_equal(bind->listener.tcp_user_timeout_ms, 30000);
	assert_int_equal(bind->index, 8);
	done(&reading);
}

static void test_servers(void **state)
{
	struct reading reading = read_text(
		LISTEN " default-server inter 1s fall 5 check weight 7\n"
		" server a 10.0.0.1:80 port 8080 rise 4 fastinter 100ms downinter 10s\n"
		" server b 10.0.0.2:+1000 no-check backup send-proxy-v2 source 10.0.0.9:99 interface lo\n"
		" default-server no-check weight 9 send-proxy\n"
		" server c 10.0.0.3 no-send-proxy id 7 disabled minconn 10 maxconn 5 maxqueue 3 slowstart 30s\n"
		" server d unix@/tmp/x.sock check observe layer4 on-error mark-down error-limit 3 "
		"on-marked-down shutdown-sessions on-marked-up shutdown-backup-sessions\n"
		" server e 0.0.0.0 tcp-ut 10s send-proxy addr 10.0.0.5 weight 0 enabled\n");
	const struct server_conf *server = section(&reading, "web")->back.servers;

	assert_string_equal(reading.text.text, "");
	assert_true(server->check);
	assert_int_equal(server->check_port, 8080);
	assert_int_equal(server->inter_ms, 1000);
	assert_int_equal(server->fastinter_ms, 100);
	assert_int_equal(server->downinter_ms, 10000);
	assert_int_equal(server->rise, 4);
	assert_int_equal(server->fall, 5);
	assert_int_equal(server->weight, 7);
	server = server->next;
	assert_false(server->check);
	assert_true(server->backup);
	assert_true(server->port_relative);
	assert_int_equal(server->port_offset, 1000);
	assert_int_equal(server->send_proxy, 2);
	assert_address(&server->source, "10.0.0.9:99");
	assert_string_equal(server->source_interface, "lo");
	server = server->next;
	assert_int_equal(server->weight, 9);
	assert_int_equal(server->send_proxy, 0);
	assert_int_equal(server->fall, 5);
	assert_int_equal(server->id, 7);
	assert_true(server->disabled);
	assert_int_equal(server->maxconn, 10);
	assert_int_equal(server->minconn, 0);
	assert_int_equal(server->maxqueue, 3);
	assert_int_equal(server->slowstart_ms, 30000);
	assert_int_equal(net_address_port(&server->address), 0);
	server = server->next;
	assert_int_equal(server->observe, SERVER_OBSERVE_LAYER4);
	assert_int_equal(server->on_error, SERVER_ON_ERROR_MARK_DOWN);
	assert_int_equal(server->error_limit, 3);
	assert_true(server->shutdown_sessions_when_down);
	assert_true(server->shutdown_backup_sessions_when_up);
	server = server->next;
	assert_int_equal(server->id, 4);
	assert_int_equal(server->weight, 0);
	assert_int_equal(server->send_proxy, 1);
	assert_int_equal(server->tcp_user_timeout_ms, 10000);
	assert_address(&server->check_address, "10.0.0.5");
	done(&reading);
}

static void test_inheritance(void **state)
{
	struct reading reading = read_text(
		"defaults base\n timeout client 1s\n timeout connect 2s\n timeout server 3s\n"
		" log 127.0.0.1 local1 info\n retries 7\n tcp-request connection reject if { src 10.0.0.1 }\n"
		" default-server check\n option tcplog\n"
		"defaults more from base\n retries 8\n no option tcplog\n no log\n"
		"frontend f from base\n bind :8001\n log 127.0.0.2 local2\n default_backend b\n"
		" tcp-request connection accept\n"
		"frontend g from base\n bind :8002\n default_backend b\n"
		"backend b from more\n server s 10.0.0.1:80\n"
		"defaults\nlisten bare\n bind :8003\n");
	const struct section *f = section(&reading, "f");
	const struct section *g = section(&reading, "g");
	const struct section *b = section(&reading, "b");
	const struct section *bare = section(&reading, "bare");

	assert_int_equal(errors(&reading), 0);
	assert_int_equal(f->front.timeout_client, 1000);
	assert_false(f->http.log_at_accept);
	assert_int_equal(f->log.count, 2);
	assert_int_equal(g->log.count, 1);
	assert_string_equal(first_rule(f, RULES_CONNECTION)->action->doc.name, "reject");
	assert_string_equal(first_rule(f, RULES_CONNECTION)->next->action->doc.name, "accept");
	assert_null(first_rule(g, RULES_CONNECTION)->next);
	assert_int_equal(b->back.retries, 8);
	assert_int_equal(b->log.count, 0);
	assert_true(b->back.servers->check);
	assert_ptr_equal(f->front.default_backend, b);
	assert_int_equal(bare->back.retries, 3);
	assert_int_equal(bare->front.timeout_client, 0);
	assert_int_equal(warnings(&reading), 1);
	assert_true(says(&reading, "'bare' lacks timeouts"));
	done(&reading);
}

static void test_log(void **state)
{
	struct reading reading = read_text(
		"global\n log-tag pair\n log-send-hostname left\n log stdout format raw local0\n"
		" log /dev/log len 4096 format rfc5424 daemon notice err\n"
		" log [::1]:1514 sample 1,3-5:10 local7\n log fd@7 local1\n"
		LISTEN " log global\n log-tag web\n server s 127.0.0.1:80\n");
	const struct log_conf *log = &section(&reading, "web")->log;

	assert_int_equal(errors(&reading), 0);
	assert_string_equal(reading.conf->global.log.tag, "pair");
	assert_string_equal(log->tag, "web");
	assert_string_equal(log->hostname, "left");
	assert_int_equal(log->count, 4);
	assert_int_equal(log->targets[0].kind, LOG_TO_FD);
	assert_int_equal(log->targets[0].fd, 1);
	assert_int_equal(log->targets[0].format, LOG_FORMAT_RAW);
	assert_int_equal(log->targets[1].kind, LOG_TO_UNIX);
	assert_int_equal(log->targets[1].length, 4096);
	assert_int_equal(log->targets[1].format, LOG_FORMAT_RFC5424);
	assert_int_equal(log->targets[1].facility, 3);
	assert_int_equal(log->targets[1].max_level, LOG_LEVEL_NOTICE);
	assert_int_equal(log->targets[1].min_level, LOG_LEVEL_ERR);
	assert_int_equal(log->targets[2].sample_size, 10);
	assert_int_equal(log->targets[2].sample_low, 1);
	assert_int_equal(log->targets[2].sample_high, 1);
	assert_int_equal(log->targets[2].sample_more[0].low, 3);
	assert_int_equal(log->targets[2].sample_more[0].high, 5);
	assert_int_equal(log->targets[2].sample_more[1].low, 0);
	assert_int_equal(log->targets[3].fd, 7);
	done(&reading);
}

static void test_balance(void **state)
{
	struct reading reading = read_text(
		LISTEN " balance random(3)\n hash-type consistent\n hash-balance-factor 150\n"
		" server s 127.0.0.1:80\n"
		"backend crc\n balance source\n hash-type map-based crc32 avalanche\n server s 127.0.0.1:80\n"
		"backend uri\n balance uri whole\n server s 127.0.0.1:80\n");
	const struct lb_conf *web = &section(&reading, "web")->back.lb;
	const struct lb_conf *crc = &section(&reading, "crc")->back.lb;

	assert_int_equal(errors(&reading), 0);
	assert_string_equal(web->algo->doc.name, "random");
	assert_int_equal(web->random_draws, 3);
	assert_int_equal(web->hash_type, LB_HASH_CONSISTENT);
	assert_int_equal(web->hash_function, LB_HASH_SDBM);
	assert_true(web->hash_avalanche);
	assert_int_equal(web->hash_balance_factor, 150);
	assert_int_equal(crc->hash_type, LB_HASH_MAP_BASED);
	assert_int_equal(crc->hash_function, LB_HASH_CRC32);
	assert_true(crc->hash_avalanche);
	assert_string_equal(section(&reading, "uri")->back.lb.algo->doc.name, "roundrobin");
	assert_int_equal(warnings(&reading), 1);
	assert_true(says(&reading, "'balance' needs mode http; 'roundrobin' takes its place"));
	done(&reading);
}

static void test_rules(void **state)
{
	struct reading reading = read_text(
		LISTEN " acl inside src 10.0.0.0/8\n tcp-request inspect-delay 5s\n"
		" tcp-request connection reject unless inside\n tcp-request content accept\n"
		" use_backend other if inside { dst_port 81 }\n server s 127.0.0.1:80\n"
		"backend other\n tcp-request content reject if FALSE\n server s 127.0.0.1:80\n");
	const struct section *web = section(&reading, "web");
	const struct section *other = section(&reading, "other");

	assert_string_equal(reading.text.text, "");
	assert_int_equal(web->front.inspect_delay, 5000);
	assert_string_equal(first_rule(web, RULES_CONNECTION)->action->doc.name, "reject");
	assert_non_null(first_rule(web, RULES_CONNECTION)->condition);
	assert_string_equal(first_rule(web, RULES_REQUEST_CONTENT)->action->doc.name, "accept");
	assert_null(first_rule(web, RULES_REQUEST_CONTENT)->condition);
	assert_ptr_equal(web->front.use_backends->backend, other);
	assert_non_null(first_rule(other, RULES_REQUEST_CONTENT)->condition);
	assert_null(first_rule(other, RULES_CONNECTION));
	done(&reading);
}

/* The file that Kubernetes' guide to a control plane behind HAProxy gives, in its words. */
static void test_http_defaults(void **state)
{
	struct reading reading = read_text(
		"global\n log stdout format raw local0\n daemon\n"
		"defaults\n mode http\n log global\n option httplog\n option dontlognull\n"
		" option http-server-close\n option forwardfor except 127.0.0.0/8\n option redispatch\n"
		" retries 1\n timeout http-request 10s\n timeout queue 20s\n timeout connect 5s\n"
		" timeout client 35s\n timeout server 35s\n timeout http-keep-alive 10s\n timeout check 10s\n"
		" errorfile 400 /dev/null\n"
		"frontend api\n bind *:6443\n mode tcp\n option tcplog\n default_backend apis\n"
		"backend apis\n mode tcp\n balance roundrobin\n server a 10.0.0.1:6443 check\n"
		"listen plain\n bind :81\n mode tcp\n server a 10.0.0.1:6443 check\n"
		"listen page\n bind :8404\n stats enable\n stats refresh 10\n stats show-node left\n");
	const struct section *page = section(&reading, "page");

	assert_int_equal(errors(&reading), 0);
	assert_false(section(&reading, "api")->http.log_at_accept);
	assert_false(section(&reading, "plain")->http.log_at_accept);
	assert_false(section(&reading, "plain")->stats.enabled);
	assert_true(page->stats.enabled);
	assert_int_equal(page->stats.refresh_ms, 10000);
	assert_string_equal(page->stats.node, "left");
	assert_int_equal(page->front.timeout_http_request, 10000);
	assert_int_equal(page->front.timeout_http_keep_alive, 10000);
	assert_true(says(&reading, "'option forwardfor' has no effect in mode tcp"));
	assert_true(says(&reading, "'option httplog' needs mode http; 'option tcplog' takes its place"));
	assert_int_equal(warnings(&reading), 2);
	done(&reading);
}

static void test_old_forms(void **state)
{
	struct reading reading = read_text(
		"global\n nbproc 2\n nbthread 3\n debug\n master-worker\n tune.chksize 1000\n"
		TIMEOUTS " redispatch\n option tcpsplice\n bind-process all\n option forceclose\n"
		"frontend f 127.0.0.1:8001,127.0.0.1:8002\n default_backend d\n reqadd X-A:\\ b\n"
		"backend d\n dispatch 10.0.0.1:80\nbackend t\n transparent\n");
	const struct section *f = section(&reading, "f");
	const struct server_conf *server = section(&reading, "d")->back.servers;

	assert_int_equal(errors(&reading), 0);
	assert_int_equal(reading.conf->global.nbthread, 6);
	assert_true(reading.conf->global.debug);
	assert_true(reading.conf->global.master_worker);
	assert_true(f->front.splice_auto);
	assert_true(f->back.splice_auto);
	assert_true(f->back.redispatch);
	assert_int_equal(reading.conf->bind_count, 2);
	assert_string_equal(server->name, "dispatch");
	assert_address(&server->address, "10.0.0.1:80");
	assert_address(&section(&reading, "t")->back.servers->address, "0.0.0.0");
	assert_int_equal(warnings(&reading), 12);
	assert_true(says(&reading, "write 'option splice-auto'"));
	assert_true(says(&reading, "write 'server dispatch 10.0.0.1:80'"));
	assert_true(says(&reading, "write 'nbthread 2'"));
	done(&reading);
}

static void test_environment(void **state)
{
	struct reading reading = read_text(
		"global\n setenv WEB 10.0.0.7\n presetenv PORT 81\n"
		LISTEN " server s \"${WEB}\":\"$PORT\"\n server t $WEB:82\n");
	const struct server_conf *server = section(&reading, "web")->back.servers;

	assert_string_equal(reading.text.text, "");
	assert_address(&server->address, "10.0.0.7:81");
	assert_address(&server->next->address, "10.0.0.7:82");
	done(&reading);
}

/* What is wrong, and the words that say so; each file has exactly that one error. */
static void test_errors(void **state)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{ LISTEN " server s 10.0.0.1:80\n server s 10.0.0.2:80\n", "another server of 'web' is called 's'" },
		{ LISTEN " server s 10.0.0.1:80 id 4\n server t 10.0.0.2:80 id 4\n", "have the same id" },
		{ LISTEN " server s 10.0.0.1 check\n", "neither a port nor a port to check" },
		{ LISTEN " server s 10.0.0.1:80 weight 300\n", "'300' is above the maximum of 256" },
		{ LISTEN " server s 10.0.0.1:80 chek\n", "did you mean 'check'?" },
		{ LISTEN " server s 10.0.0.1:80 ssl verify none\n", "'ssl' is not supported yet" },
		{ LISTEN " server s\n", "more words are needed" },
		{ LISTEN " server s! 10.0.0.1:80\n", "a server's name may hold only letters" },
		{ LISTEN " server s 10.0.0.1:80-90\n", "10.0.0.1:80-90" },
		{ LISTEN " bind 127.0.0.1\n", "'127.0.0.1'" },
		{ LISTEN " bind :80 ssl crt /x\n", "bind option 'ssl' is not supported yet" },
		{ LISTEN " bind quic4@:443\n", "'quic4@:443' is not supported yet" },
		{ LISTEN " bind :80 id 1\n bind :81 id 1\n", "have the id 1" },
		{ LISTEN " balance leastcon\n", "did you mean 'leastconn'?" },
		{ LISTEN " balance roundrobin twice\n", "unexpected word 'twice'" },
		{ LISTEN " balance uri dept 3\n", "did you mean 'depth'?" },
		{ LISTEN " balance uri len 0\n", "'0' is below the minimum of 1" },
		{ LISTEN " balance url_param\n", "more words are needed" },
		{ LISTEN " balance hdr()\n", "there must be a name in the parentheses" },
		{ LISTEN " balance hash foo\n", "sample fetch 'foo'" },
		{ LISTEN " cookie A insert rewrite\n", "exclude each other" },
		{ LISTEN " cookie A rewrite indirect\n", "exclude each other" },
		{ LISTEN " cookie A preserve\n", "'preserve' needs 'insert' or 'indirect'" },
		{ LISTEN " cookie A inserd\n", "did you mean 'insert'?" },
		{ LISTEN " cookie A insert attr a;b\n", "may hold neither ';' nor control characters" },
		{ LISTEN " cookie A=B insert\n", "may hold neither blanks nor '='" },
		{ LISTEN " use-server t if TRUE\n", "'web' has no server 't'" },
		{ LISTEN " use-server t\n", "more words are needed" },
		{ LISTEN " persist rdp-cooki\n", "did you mean 'rdp-cookie'?" },
		{ LISTEN " errorfile 302 /dev/null\n", "no message for status 302" },
		{ LISTEN " errorfile 503 /no/such\n", "cannot be opened" },
		{ LISTEN " errorfile 503 /proc/version\n", "its head does not end" },
		{ LISTEN " errorfiles nobody\n", "no http-errors section is called 'nobody'" },
		{ LISTEN " http-error status 503 string x\n", "the body has no type" },
		{ LISTEN " option forwardfor except 10.0.0.0/33\n", "the mask must be 0 to 32" },
		{ LISTEN " option forwardfor heder X\n", "did you mean 'header'?" },
		{ LISTEN " option forwarded hots\n", "did you mean 'host'?" },
		{ LISTEN " option originalto if-none\n", "unknown argument 'if-none'" },
		{ LISTEN " http-reuse saef\n", "did you mean 'safe'?" },
		{ LISTEN " retry-on none 503\n", "'none' can only stand alone" },
		{ LISTEN " http-send-name-header X:Y\n", "can be no header's name" },
		{ LISTEN "userlist u\n user a password b\n", "no password as crypt(3) makes them" },
		{ LISTEN "userlist u\n group g users a\n", "has no user 'a'" },
		{ LISTEN "userlist u\n user a groups g\n", "has no group 'g'" },
		{ LISTEN "userlist u\n usre a\n", "did you mean 'user'?" },
		{ LISTEN "http-errors e\nhttp-errors e\n", "another http-errors section" },
		{ LISTEN " mode http\n default_backend b\nbackend b\n mode tcp\n", "the backend 'b' in mode tcp" },
		{ LISTEN " mode http\n compression algo gzip\n", "'compression' is not supported yet in mode http" },
		{ LISTEN " hash-balance-factor 50\n", "more than 100" },
		{ LISTEN " timeout foo 5s\n", "timeout" },
		{ LISTEN " retries -1\n", "'-1'" },
		{ LISTEN " default_backend wep\nbackend web2\n", "there is no backend or listen section 'wep'" },
		{ LISTEN " use_backend wex if TRUE\n", "did you mean 'web'?" },
		{ LISTEN " default_backend web\n", "send its clients to itself" },
		{ LISTEN " use_backend web if TRUE\n", "send its clients to itself" },
		{ LISTEN " bind :80 namespace no-such\n", "there is no network namespace 'no-such'" },
		{ LISTEN " source 10.0.0.1:1000-2000\n", "a port range is not permitted here" },
		{ LISTEN " server s 10.0.0.1:80 check inter 0\n", "'0' is below the minimum of 1ms" },
		{ LISTEN " tcp-request connection rejekt\n", "did you mean 'reject'?" },
		{ LISTEN " tcp-request content accept if nobody\n", "no ACL is called 'nobody'" },
		{ LISTEN " option spop-check\n", "'option spop-check' is not supported yet" },
		{ LISTEN " stick-table type ip size 1m\n", "'stick-table' is not supported yet" },
		{ LISTEN " mode tpc\n", "did you mean 'tcp'?" },
		{ LISTEN " monitor-net fe80::/10\n", "needs a network of IPv4" },
		{ LISTEN " grace soon\n", "'soon' is not a duration" },
		{ LISTEN " log 127.0.0.1 lokal0\n", "did you mean 'local0'?" },
		{ LISTEN " log 127.0.0.1 len 10 local0\n", "'10' is below the minimum of 80" },
		{ LISTEN " log 127.0.0.1 sample 3-1:10 local0\n", "is no sample" },
		{ LISTEN " log ring@x local0\n", "no ring section is called 'x'" },
		{ LISTEN " log 127.0.0.1\n", "needs a facility" },
		{ LISTEN "listen web\n bind :1\n", "another section is called 'web'" },
		{ LISTEN "listen w!b\n bind :1\n", "a listen's name may hold only letters" },
		{ LISTEN "listen\n bind :1\n", "'listen' needs a name" },
		{ LISTEN "listen x from nowhere\n bind :1\n timeout client 1\n", "no defaults section is called 'nowhere'" },
		{ LISTEN "backend x 10.0.0.1:80\n", "a backend listens on no address" },
		{ LISTEN "peers p\n peer x 1.1.1.1:1\n", "section 'peers' is not supported yet" },
		{ LISTEN "defaults\n acl x src 10.0.0.1\n", "without a name" },
		{ "global\n user no-such-user\n" LISTEN, "there is no user 'no-such-user'" },
		{ "global\n group no-such-group\n" LISTEN, "there is no group 'no-such-group'" },
		{ "global\n chroot /no/such/place\n" LISTEN, "'/no/such/place' is no directory" },
		{ "global\n stats socket\n" LISTEN, "stats socket" },
		{ "global\n stats socket /run/x.sock level foo\n" LISTEN, "'foo'" },
		{ "global\n stats socket /run/x.sock expose-fd foo\n" LISTEN, "'foo'" },
		{ "global\n stats socket /run/x.sock accept-proxy\n" LISTEN, "not supported yet" },
		{ "global\n stats socket nowhere\n" LISTEN, "port" },
		{ "global\n stats maxconn 0\n" LISTEN, "stats maxconn" },
		{ "global\n stats timeout 0\n" LISTEN, "stats timeout" },
		{ "global\n maxcon 5\n" LISTEN, "did you mean 'maxconn'?" },
		{ "global\n log global\n" LISTEN, "'log global' stands in the sections" },
		{ "global\n maxconn 100\n", "no section listens on any address" },
		{ LISTEN " disabled\n", "no section listens on any address" },
		{ LISTEN " dispatch 10.0.0.1:80\n server s 10.0.0.1:80\n", "'dispatch' beside servers" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct reading reading = read_text(wrong[i].text);

		if (errors(&reading) != 1 || !says(&reading, wrong[i].says))
			fail_msg("%u errors for:\n%s\n%s", errors(&reading), wrong[i].text,
				 reading.text.text);
		done(&reading);
	}
}

static void test_warnings(void **state)
{
	static const struct {
		const char *text, *says;
	} odd[] = {
		{ TIMEOUTS "frontend f\n default_backend b\nbackend b\n" LISTEN, "listens on no address" },
		{ LISTEN " option tcplog\n", "'web' has a log format but no log server" },
		{ LISTEN " stats enable\n", "'stats enable' has no effect in mode tcp" },
		{ LISTEN " cookie A insert\n", "'cookie' has no effect in mode tcp" },
		{ LISTEN " server s 10.0.0.1:80 cookie x\n", "the cookie of server 's' has no effect" },
		{ LISTEN " mode http\n cookie A insert dynamic\n", "no key to make them from" },
		{ LISTEN " mode http\n cookie A insert domain local\n", "browsers ignore a domain" },
		{ LISTEN " errorfiles e 503\nhttp-errors e\n", "has nothing for status 503" },
		{ LISTEN "userlist u\nuserlist u\n", "is there already" },
		{ LISTEN " server s 10.0.0.1:80 check observe layer7\n", "has no effect in mode tcp" },
		{ LISTEN " http-request deny\n", "'http-request' has no effect in mode tcp" },
		{ LISTEN "backend b\n maxconn 5\n", "'maxconn' has no effect in a 'backend' section" },
		{ LISTEN "backend b\n bind :1\n", "'bind' has no effect in a 'backend' section" },
		{ "listen web\n bind :1\n server s 10.0.0.1:80\n", "'web' lacks timeouts" },
		{ TIMEOUTS "defaults d\n timeout client 1s\nlisten a\n bind :1\nlisten b from d\n bind :2\n",
		  "is also taken by sections without 'from'" },
	};

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct reading reading = read_text(odd[i].text);

		if (errors(&reading) != 0 || warnings(&reading) != 1 || !says(&reading, odd[i].says))
			fail_msg("%u warnings for:\n%s\n%s", warnings(&reading), odd[i].text,
				 reading.text.text);
		done(&reading);
	}
}

static void test_zero_warning(void **state)
{
	struct reading reading = read_text("global\n zero-warning\n" LISTEN " option tcplog\n");

	assert_int_equal(errors(&reading), 1);
	assert_true(says(&reading, "error: 'web' has a log format but no log server"));
	done(&reading);
}

/* Everything that is wrong is said in one run. */
static void test_all_at_once(void **state)
{
	struct reading reading = read_text("global\n maxcon 5\n user no-such-user\n"
					   "listen a\n bind :8000\n balance foo\n server s 1.1.1.1:80 chek\n"
					   " default_backend nowhere\n option spop-check\n");

	assert_int_equal(errors(&reading), 6);
	done(&reading);
}

static const struct backend_model *model(const struct reading *reading, const char *name)
{
	const struct backend_model *found = reading->conf->models;

	while (found != NULL && strcmp(found->name, name) != 0)
		found = found->next;
	return found;
}

/* `add backend` copies these: each named defaults section, whatever takes it or not. */
static void test_backend_models(void **state)
{
	static const char sections[] = "defaults web\n"
				       "  mode http\n"
				       "  retries 7\n"
				       "  balance leastconn\n"
				       "defaults like from web\n"
				       "defaults bare\n"
				       "  option transparent\n"
				       "defaults\n"
				       "  mode http\n"
				       "frontend fe from web\n"
				       "  bind :80\n";
	struct strbuf commanded = STRBUF_EMPTY;

	strbuf_printf(&commanded, "global\n  stats socket /run/x\n%s", sections);
	struct reading with = read_text(commanded.text), without = read_text(sections);

	assert_int_equal(errors(&with) + warnings(&with), errors(&without) + warnings(&without));
	assert_null(without.conf->models);
	assert_true(model(&with, "web")->mode_given);
	assert_int_equal(model(&with, "like")->mode, PROXY_MODE_HTTP);
	assert_true(model(&with, "like")->mode_given);
	assert_false(model(&with, "bare")->mode_given);
	for (enum proxy_mode mode = PROXY_MODE_TCP; mode <= PROXY_MODE_HTTP; mode++) {
		const struct section *one = model(&with, "like")->of[mode].section;

		assert_null(model(&with, "like")->of[mode].why);
		assert_non_null(model(&with, "bare")->of[mode].why);
		assert_int_equal(one->mode, mode);
		assert_int_equal(one->kind, SECTION_BACKEND);
		assert_int_equal(one->back.retries, 7);
		assert_string_equal(one->back.lb.algo->doc.name, "leastconn");
		assert_int_equal(one->back.server_count, 0);
	}
	assert_int_equal(with.conf->section_count, 1); /* none of them is one of the file */
	strbuf_free(&commanded);
	done(&with);
	done(&without);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_article),	      cmocka_unit_test(test_bind),
		cmocka_unit_test(test_backend_models),
		cmocka_unit_test(test_servers),	      cmocka_unit_test(test_inheritance),
		cmocka_unit_test(test_log),	      cmocka_unit_test(test_balance),
		cmocka_unit_test(test_rules),	      cmocka_unit_test(test_http_defaults),
		cmocka_unit_test(test_old_forms),     cmocka_unit_test(test_environment),
		cmocka_unit_test(test_errors),	      cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_all_at_once),   cmocka_unit_test(test_zero_warning),
	};

	return cmocka_run_group_tests_name("proxy/conf", tests, NULL, NULL);
}
