/* SPDX-License-Identifier: Apache-2.0 */
/* keepalived.conf as typed: the article's file, defaults, checks; verdicts as `keepalived -t`. */
#include "fixture_conf.h"

#define VIRTUAL "virtual_server 10.0.0.1 80 {\nprotocol TCP\nreal_server 10.0.0.2 80 {\n}\n"
#define CHECK(check) "virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\n" check "\n}\n}\n"
#define KEY "0123456789abcdef0123456789abcdef"

#include <arpa/inet.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file of the article, whose eth0 is lo here: every machine has that. */
static const char article[] =
	"global_defs {\n"
	"    notification_email {\n"
	"        alerts@cloudadmins.org\n"
	"    }\n"
	"    notification_email_from keepalived@haproxy01.cloudadmins.org\n"
	"    smtp_server 10.1.1.25\n"
	"    smtp_connect_timeout 30\n"
	"}\n"
	"vrrp_script chk_haproxy {\n"
	"    script \"killall -0 haproxy\"\n"
	"    interval 2 # check cada 2 segundos\n"
	"    weight 2 # a\xc3\xb1" "ade 2 puntos de prioridad si OK\n"
	"}\n"
	"vrrp_instance VI_1 {\n"
	"    interface lo\n"
	"    state MASTER # \"BACKUP\" en el servidor de respaldo\n"
	"    priority 101 # 101 en el master, 100 en el respaldo\n"
	"    virtual_router_id 51\n"
	"    smtp_alert # Activar notificaciones SMTP\n"
	"    authentication {\n"
	"        auth_type AH\n"
	"        auth_pass PASSWORD\n"
	"    }\n"
	"    virtual_ipaddress {\n"
	"        10.1.1.80\n"
	"    }\n"
	"    track_script {\n"
	"        chk_haproxy\n"
	"    }\n"
	"}";

static struct in_addr ipv4(const char *text)
{
	struct in_addr address;

	assert_int_equal(inet_pton(AF_INET, text, &address), 1);
	return address;
}

static void article_globals(void **state)
{
	struct fixture f;
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	fixture_fine(&f, article);
	assert_string_equal(f.conf->router_id, host);
	assert_string_equal(f.conf->notification_emails[0], "alerts@cloudadmins.org");
	assert_null(f.conf->notification_emails[1]);
	assert_string_equal(f.conf->notification_email_from,
			    "keepalived@haproxy01.cloudadmins.org");
	assert_string_equal(f.conf->smtp_host, "10.1.1.25");
	assert_int_equal(f.conf->smtp_port, 25);
	assert_null(f.conf->smtp_helo_name);
	assert_int_equal(f.conf->smtp_connect_timeout_us, 30000000);
	assert_null(f.conf->script_user);
	assert_false(f.conf->enable_script_security);
	assert_int_equal(ip_v4(&f.conf->mcast_group4).s_addr, ipv4("224.0.0.18").s_addr);
	assert_int_equal(f.conf->proxy_fault_delay_us, 500000);
	assert_int_equal(f.conf->script_count, 1);
	assert_int_equal(f.conf->instance_count, 1);
	fixture_close(&f);
}

static void article_script(void **state)
{
	const struct vrrp_script_conf *script;
	struct fixture f;

	fixture_fine(&f, article);
	script = f.conf->scripts;
	assert_string_equal(script->name, "chk_haproxy");
	assert_int_equal(script->span.line, 9);
	assert_string_equal(script->command.argv[0], "killall");
	assert_string_equal(script->command.argv[1], "-0");
	assert_string_equal(script->command.argv[2], "haproxy");
	assert_null(script->command.argv[3]);
	assert_non_null(strstr(script->command.path, "/killall"));
	assert_int_equal(script->command.uid, geteuid());
	assert_int_equal(script->interval_us, 2000000);
	assert_int_equal(script->timeout_us, 2000000);
	assert_int_equal(script->weight, 2);
	assert_false(script->weight_reverse);
	assert_int_equal(script->rise, 1);
	assert_int_equal(script->fall, 1);
	assert_false(script->init_fail);
	assert_int_equal(script->index, 0);
	assert_null(script->next);
	fixture_close(&f);
}

static void article_instance(void **state)
{
	const struct vrrp_instance_conf *i;
	struct fixture f;

	fixture_fine(&f, article);
	i = f.conf->instances;
	assert_string_equal(i->name, "VI_1");
	assert_string_equal(i->interface, "lo");
	assert_int_equal(i->interface_span.line, 15);
	assert_int_equal(i->interface_span.column, 15);
	assert_int_equal(i->vrid, 51);
	assert_int_equal(i->priority, 101);
	assert_false(i->start_as_master); /* AH does not let it */
	assert_non_null(strstr(f.said.text, "k.conf:16:11: warning: with AH"));
	assert_int_equal(i->advert_interval_us, 1000000);
	assert_int_equal(i->version, 2);
	assert_int_equal(i->auth, VRRP_AUTH_AH);
	assert_memory_equal(i->auth_key, "PASSWORD", 8);
	assert_false(i->nopreempt);
	assert_int_equal(i->preempt_delay_us, 0);
	assert_int_equal(i->address_count, 1);
	assert_int_equal(i->source.family, 0);
	assert_int_equal(i->unicast_peer_count, 0);
	assert_null(i->group_conf);
	assert_null(i->notify.any.argv);
	assert_null(i->notify.master.argv);
	assert_true(i->smtp_alert);
	assert_false(i->dont_track_primary);
	assert_int_equal(i->index, 0);
	assert_null(i->next);
	fixture_close(&f);
}

static void article_lists(void **state)
{
	const struct vrrp_instance_conf *i;
	struct in_addr address = ipv4("10.1.1.80");
	struct fixture f;

	fixture_fine(&f, article);
	i = f.conf->instances;
	assert_int_equal(i->addresses->ip.family, AF_INET);
	assert_memory_equal(i->addresses->ip.bytes, &address, 4);
	assert_int_equal(i->addresses->prefix, 32);
	assert_null(i->addresses->dev);
	assert_null(i->addresses->label);
	assert_int_equal(i->addresses->scope, 0);
	assert_false(i->addresses->has_broadcast);
	assert_null(i->addresses->next);
	assert_int_equal(i->tracks->kind, VRRP_TRACK_SCRIPT);
	assert_int_equal(i->tracks->index, f.conf->scripts->index);
	assert_int_equal(i->tracks->weight, 2);
	assert_null(i->tracks->next);
	assert_int_equal(i->garp.master_delay_us, 5000000);
	assert_int_equal(i->garp.master_repeat, 5);
	assert_int_equal(i->garp.master_refresh_us, 0);
	assert_int_equal(i->garp.master_refresh_repeat, 1);
	assert_int_equal(i->garp.lower_prio_delay_us, 5000000);
	assert_int_equal(i->garp.lower_prio_repeat, 5);
	assert_int_equal(i->garp.interval_us, 0);
	fixture_close(&f);
}

/* Everything issue 2 lists, in one file. */
static const char everything[] =
	"global_defs {\n"
	" notification_email {\n  a@b.c d@e.f\n  g@h.i\n }\n"
	" notification_email_from me@x.y\n smtp_server mail.example.com 2525\n"
	" smtp_connect_timeout 7\n smtp_helo_name node1.example.com\n router_id node1\n"
	" script_user root\n vrrp_garp_master_delay 1.5\n vrrp_garp_master_repeat 2\n"
	" vrrp_garp_master_refresh 60\n vrrp_garp_master_refresh_repeat 3\n"
	" vrrp_garp_lower_prio_delay 4\n vrrp_garp_lower_prio_repeat 0\n"
	" vrrp_garp_interval 0.001\n vrrp_mcast_group4 224.0.0.20\n proxy_fault_delay 1.25\n"
	" smtp_alert\n vrrp_version 2\n"
	"}\n"
	"vrrp_script one {\n script \"/bin/sh -c 'exit 0'\"\n interval 3\n timeout 0.5\n"
	" weight -20 reverse\n rise 2\n fall 4\n user root root\n init_fail\n}\n"
	"vrrp_script two {\n script /bin/true\n}\n"
	"vrrp_instance A {\n interface lo\n state BACKUP\n virtual_router_id 1\n priority 200\n"
	" advert_int 3\n nopreempt\n preempt_delay 2.5\n"
	" authentication {\n  auth_type PASS\n  auth_pass 1111\n }\n"
	" virtual_ipaddress {\n  10.0.0.1/24 brd 10.0.0.255 dev lo scope link label lo:1\n"
	"  10.0.0.2/24 brd +\n  10.0.0.3\n }\n"
	" track_script {\n  one\n  two weight 5 reverse\n }\n"
	" track_interface {\n  lo weight -7\n }\n"
	" garp_master_delay 9\n garp_lower_prio_repeat 8\n"
	" unicast_src_ip 10.0.0.9\n unicast_peer {\n  10.0.0.7\n  10.0.0.8\n }\n"
	" notify \"/bin/echo 'a b' c\" root root\n notify_master /bin/true\n"
	" notify_backup /bin/true\n notify_fault /bin/true\n notify_stop /bin/true\n"
	" smtp_alert off\n dont_track_primary\n version 2\n}\n"
	"vrrp_instance B {\n interface lo\n state MASTER\n virtual_router_id 2\n"
	" mcast_src_ip 10.0.0.9\n virtual_ipaddress {\n  10.0.1.1\n }\n}\n";

static void everything_globals(void **state)
{
	struct fixture f;

	fixture_fine(&f, everything);
	assert_string_equal(f.conf->notification_emails[1], "d@e.f");
	assert_string_equal(f.conf->notification_emails[2], "g@h.i");
	assert_null(f.conf->notification_emails[3]);
	assert_string_equal(f.conf->smtp_host, "mail.example.com");
	assert_int_equal(f.conf->smtp_port, 2525);
	assert_int_equal(f.conf->smtp_connect_timeout_us, 7000000);
	assert_string_equal(f.conf->smtp_helo_name, "node1.example.com");
	assert_string_equal(f.conf->router_id, "node1");
	assert_int_equal(ip_v4(&f.conf->mcast_group4).s_addr, ipv4("224.0.0.20").s_addr);
	assert_int_equal(f.conf->proxy_fault_delay_us, 1250000);
	fixture_close(&f);
}

static void everything_scripts(void **state)
{
	const struct vrrp_script_conf *one;
	struct fixture f;

	fixture_fine(&f, everything);
	one = f.conf->scripts;
	assert_int_equal(f.conf->script_count, 2);
	assert_string_equal(one->command.argv[2], "exit 0");
	assert_int_equal(one->interval_us, 3000000);
	assert_int_equal(one->timeout_us, 500000);
	assert_int_equal(one->weight, -20);
	assert_true(one->weight_reverse);
	assert_int_equal(one->rise, 2);
	assert_int_equal(one->fall, 4);
	assert_true(one->init_fail);
	assert_int_equal(one->next->index, 1);
	fixture_close(&f);
}

static void everything_instance(void **state)
{
	const struct vrrp_instance_conf *a;
	struct fixture f;

	fixture_fine(&f, everything);
	a = f.conf->instances;
	assert_int_equal(a->priority, 200);
	assert_int_equal(a->advert_interval_us, 3000000);
	assert_true(a->nopreempt);
	assert_int_equal(a->preempt_delay_us, 0); /* nopreempt takes it away, as in Keepalived */
	assert_int_equal(a->auth, VRRP_AUTH_PASS);
	assert_memory_equal(a->auth_key, "1111\0\0\0\0", 8);
	assert_int_equal(a->source.family, AF_INET);
	assert_int_equal(a->unicast_peer_count, 2);
	assert_int_equal(ip_v4(&a->unicast_peers[1].ip).s_addr, ipv4("10.0.0.8").s_addr);
	assert_string_equal(a->notify.any.argv[1], "a b");
	assert_string_equal(a->notify.any.argv[2], "c");
	assert_non_null(a->notify.master.argv);
	assert_non_null(a->notify.backup.argv);
	assert_non_null(a->notify.fault.argv);
	assert_non_null(a->notify.stop.argv);
	assert_false(a->smtp_alert);
	assert_true(a->dont_track_primary);
	assert_true(a->next->smtp_alert); /* as global_defs says */
	assert_true(a->next->start_as_master);
	assert_int_equal(a->next->priority, 255); /* MASTER without a priority, as in Keepalived */
	fixture_close(&f);
}

static void everything_lists(void **state)
{
	const struct vrrp_instance_conf *a;
	const struct vrrp_address_conf *address;
	struct fixture f;

	fixture_fine(&f, everything);
	a = f.conf->instances;
	address = a->addresses;
	assert_int_equal(a->address_count, 3);
	assert_int_equal(address->prefix, 24);
	assert_string_equal(address->dev, "lo");
	assert_string_equal(address->label, "lo:1");
	assert_int_equal(address->scope, 253);
	assert_true(address->has_broadcast);
	assert_memory_equal(address->broadcast, "\x0a\x00\x00\xff", 4);
	assert_memory_equal(address->next->broadcast, "\x0a\x00\x00\xff", 4);
	const struct vrrp_track *track = a->tracks;
	assert_string_equal(track->name, "one");
	assert_int_equal(track->weight, -20);
	assert_true(track->weight_reverse);
	assert_int_equal(track->next->weight, 5);
	assert_true(track->next->weight_reverse);
	assert_int_equal(track->next->next->kind, VRRP_TRACK_INTERFACE);
	assert_string_equal(track->next->next->name, "lo");
	assert_int_equal(track->next->next->weight, -7);
	/* Its own, then those of global_defs. */
	assert_int_equal(a->garp.master_delay_us, 9000000);
	assert_int_equal(a->garp.master_repeat, 2);
	assert_int_equal(a->garp.lower_prio_delay_us, 4000000);
	assert_int_equal(a->garp.lower_prio_repeat, 8);
	assert_int_equal(a->next->garp.lower_prio_repeat, 0);
	assert_int_equal(a->garp.interval_us, 1000);
	fixture_close(&f);
}

/* Each with the number of errors and a piece of what is said. */
static const struct {
	const char *text;
	unsigned errors;
	const char *said;
} cases[] = {
	/* What is wrong in Keepalived's eyes too (`keepalived -t` fails). */
	{ INSTANCE ADDRESS "priority 300\n}\n", 1, "[bad-number]" },
	{ INSTANCE ADDRESS "priority abc\n}\n", 1, "k.conf:7:10: error" },
	{ INSTANCE ADDRESS "advert_int 0\n}\n", 1, "[bad-number]" },
	{ INSTANCE ADDRESS "advert_int 256\n}\n", 1, "[bad-number]" },
	{ INSTANCE ADDRESS "state FOO\n}\n", 1, "FOO" },
	{ INSTANCE ADDRESS "preempt_delay 1001\n}\n", 1, "[bad-number]" },
	{ INSTANCE ADDRESS "virtual_router_id 0\n}\n", 1, "[bad-number]" },
	{ "vrrp_instance A {\n interface lo\n " ADDRESS "}\n", 1, "no virtual_router_id" },
	{ "vrrp_instance A {\n virtual_router_id 5\n " ADDRESS "}\n", 1, "no interface" },
	{ "vrrp_instance A {\n interface nosuch0\n virtual_router_id 5\n " ADDRESS "}\n", 1,
	  "k.conf:2:12: error: this machine has no interface 'nosuch0' [unresolved]" },
	{ INSTANCE "}\n", 0, "no address" },
	{ INSTANCE ADDRESS "track_script {\n nosuch\n}\n}\n", 1, "[unknown-name]" },
	{ INSTANCE ADDRESS "track_interface {\n nosuch0\n}\n}\n", 1, "[unresolved]" },
	{ INSTANCE ADDRESS "}\n" INSTANCE "}\n", 2, "already defined in line 1" },
	{ INSTANCE ADDRESS "}\nvrrp_instance B {\n interface lo\n virtual_router_id 51\n}\n", 1,
	  "k.conf:10:20: error: instance 'VI_1' has virtual_router_id 51 on lo already" },
	{ INSTANCE "virtual_ipaddress {\n 10.1.1.1/33\n}\n}\n", 1, "[bad-number]" },
	{ INSTANCE "virtual_ipaddress {\n 300.1.1.1\n}\n}\n", 1, "[bad-address]" },
	{ INSTANCE "virtual_ipaddress {\n fe80::1/129\n}\n}\n", 1, "[bad-number]" },
	{ INSTANCE "virtual_ipaddress {\n fe80::1\n}\nversion 2\n}\n", 1, "IPv6 has version 3" },
	{ INSTANCE "virtual_ipaddress {\n 10.1.1.1\n fe80::1\n}\n}\n", 1, "[conflict]" },
	{ INSTANCE ADDRESS "native_ipv6\n}\n", 1, "are not IPv6" },
	{ INSTANCE ADDRESS "unicast_src_ip fe80::1\n}\n", 1, "source is not" },
	{ INSTANCE ADDRESS "mcast_dst_ip ff02::13\n}\n", 1, "group is not" },
	{ INSTANCE ADDRESS "mcast_dst_ip 10.0.0.1\n}\n", 1, "not a multicast" },
	{ INSTANCE ADDRESS "mcast_dst_ip ff05::13\n}\n", 1, "of one link" },
	{ INSTANCE ADDRESS "unicast_peer {\n fe80::2\n}\n}\n", 1, "peer's address" },
	{ INSTANCE ADDRESS "unicast_peer {\n 10.0.0.2 min_ttl 9 max_ttl 8\n}\n}\n", 1, "above max_ttl" },
	{ INSTANCE ADDRESS "unicast_peer {\n 10.0.0.2 max_ttl 256\n}\n}\n", 1, "[bad-number]" },
	{ INSTANCE ADDRESS "down_timer_adverts 101\n}\n", 1, "[bad-number]" },
	{ INSTANCE ADDRESS "auth_hmac {\n}\n}\n", 1, "needs a key" },
	{ INSTANCE ADDRESS "auth_hmac {\n key 1 " KEY "\n}\n}\n", 1, "needs an active_key" },
	{ INSTANCE ADDRESS "auth_hmac {\n key 1 " KEY "\n active_key 2\n}\n}\n", 1, "none of the keys" },
	{ INSTANCE ADDRESS "auth_hmac {\n key 1 short\n active_key 1\n}\n}\n", 2, "32 to 64 bytes" },
	{ INSTANCE ADDRESS "auth_hmac {\n key 1 hex:0g" KEY KEY "\n}\n}\n", 2, "32 to 64 bytes" },
	{ INSTANCE ADDRESS "auth_hmac {\n key 1 " KEY "\n key 1 " KEY "\n active_key 1\n}\n}\n", 1,
	  "a key 1 already" },
	{ INSTANCE ADDRESS "auth_hmac {\n key 1 file:/nonexistent\n}\n}\n", 2, "[cannot-read]" },
	{ INSTANCE "strict_mode\n priority 255\n}\n", 1, "has an address" },
	{ INSTANCE "virtual_ipaddress {\n 10.1.1.1 bogus\n}\n}\n", 1, "[unknown-word]" },
	{ INSTANCE "virtual_ipaddress {\n 10.1.1.1 scope foo\n}\n}\n", 1, "foo" },
	{ INSTANCE "virtual_ipaddress {\n 10.1.1.1 dev\n}\n}\n", 1, "needs a value" },
	{ INSTANCE "virtual_ipaddress {\n 10.1.1.1/24 peer 10.1.1.2\n}\n}\n", 1, "no prefix" },
	{ INSTANCE ADDRESS "authentication {\n auth_type FOO\n}\n}\n", 1, "FOO" },
	{ INSTANCE ADDRESS "authentication {\n auth_type PASS\n}\n}\n", 1, "needs an auth_pass" },
	{ INSTANCE ADDRESS "authentication {\n auth_pass x\n}\n}\n", 0, "no authentication" },
	{ INSTANCE ADDRESS "authentication {\n auth_type PASS\n auth_pass 123456789\n}\n}\n", 0,
	  "first 8 bytes" },
	{ "vrrp_script a {\n}\n" INSTANCE ADDRESS "}\n", 1, "has no 'script'" },
	{ "vrrp_script a {\n script \"/bin/true 'x\"\n}\n", 1, "not closed" },
	{ "vrrp_script a {\n script /bin/true\n user nosuchuser\n}\n", 1, "no user 'nosuchuser'" },
	{ "vrrp_script a {\n script /bin/true\n weight 254\n}\n", 1, "[bad-number]" },
	{ "vrrp_script a {\n script /bin/true\n rise 0\n}\n", 1, "[bad-number]" },
	{ "vrrp_script a {\n script /bin/true\n interval 0\n}\n", 1, "[bad-number]" },
	/* What it mends. */
	{ INSTANCE ADDRESS "advert_int 1.5\n}\n", 0, "2 is taken" },
	{ INSTANCE ADDRESS "advert_int 0.4\n}\n", 0, "1 is taken" },
	{ INSTANCE ADDRESS "state MASTER\n priority 5\n nopreempt\n}\n", 0, "'nopreempt' has no effect" },
	{ INSTANCE ADDRESS "state MASTER\n priority 5\n preempt_delay 3\n}\n", 0,
	  "'preempt_delay' has no effect" },
	{ INSTANCE ADDRESS "unicast_src_ip 10.0.0.1\n}\n", 0, "adverts are multicast" },
	{ INSTANCE ADDRESS "smtp_alert\n}\n", 0, "no mail is sent: global_defs has no smtp_server" },
	{ "vrrp_script a {\n script /nonexistent/x\n}\n" INSTANCE ADDRESS
	  "track_script {\n a\n}\n}\n", 0, "'a' is disabled" },
	{ "vrrp_script a {\n script /bin/true\n}\n" INSTANCE ADDRESS
	  "track_script {\n a\n a weight 3\n}\n}\n", 0, "tracked already" },
	{ "vrrp_script a {\n script /bin/true\n}\n" INSTANCE ADDRESS "}\n", 0, "it is not run" },
	{ "vrrp_script a {\n script /bin/true 1\n}\n" INSTANCE ADDRESS "}\n", 0, "[old-form]" },
	{ "global_defs {\n lvs_id X\n}\n", 0, "'lvs_id' is an old form of 'router_id'" },
	{ "global_defs {\n router_id a b\n}\n", 0, "'b' and what follows it is not read" },
	{ INSTANCE ADDRESS "unicast_src_ip 10.0.0.1/24\n unicast_peer {\n 10.0.0.2/24\n}\n}\n", 0,
	  "the prefix '/24' has no effect here" },
	{ INSTANCE "virtual_ipaddress {\n 10.1.1.1/24\n 10.1.1.1/32\n 10.1.1.1/24\n}\n}\n", 0,
	  "k.conf:7:2: warning: 10.1.1.1 is given twice" },
	/* What we do not do, and what nobody knows. */
	{ INSTANCE ADDRESS "version 4\n}\n", 1, "[bad-number]" },
	{ "virtual_server 1.2.3.4 80 {\n}\n", 2, "has no real_server" },
	{ VIRTUAL "}\n", 1, "does not run virtual_server yet" },
	{ VIRTUAL "lvs_sched foo\n}\n", 2, "unknown scheduler" },
	{ VIRTUAL "lvs_method TUN type gue\n}\n", 2, "gue needs a port" },
	{ VIRTUAL "lvs_method TUN type gre remcsum\n}\n", 2, "no remote checksum" },
	{ VIRTUAL "lvs_method NAT foo\n}\n", 2, "only TUN has options" },
	{ VIRTUAL "protocol FOO\n}\n", 2, "protocol" },
	{ VIRTUAL "delay_loop 0\n}\n", 2, "[bad-number]" },
	{ VIRTUAL "quorum 2\n}\n", 1, "weigh 1, less than the quorum of 2" },
	{ VIRTUAL "hysteresis 1\n}\n", 1, "is not below the quorum" },
	{ VIRTUAL "sh-port\n}\n", 1, "without 'lvs_sched sh'" },
	{ VIRTUAL "sorry_server_inhibit\n}\n", 1, "before a sorry_server" },
	{ VIRTUAL "ip_family inet6\n}\n", 2, "other family" },
	{ VIRTUAL "real_server fe80::1 80 {\n}\n}\n", 2, "needs lvs_method TUN" },
	{ CHECK("HTTP_GET {\n}"), 2, "HTTP_GET needs 'url'" },
	{ CHECK("HTTP_GET {\nurl {\nstatus_code 200\n}\n}"), 2, "url needs a path" },
	{ CHECK("HTTP_GET {\nurl {\npath /\nstatus_code 299-200 1000 x 99\n}\n}"), 5, "'1000' is not a status" },
	{ CHECK("HTTP_GET {\nurl {\npath /\ndigest xyz\n}\n}"), 2, "32 hexadecimal" },
	{ CHECK("TCP_CHECK {\nnb_get_retry 3\n}"), 2, "not allowed in this block" },
	{ CHECK("TCP_CHECK {\nconnect_ip x\n}"), 2, "not an IP address" },
	{ CHECK("MISC_CHECK {\n}"), 2, "MISC_CHECK needs 'misc_path'" },
	{ CHECK("MISC_CHECK {\nmisc_path /bin/true\nconnect_port 5\n}"), 2, "not allowed" },
	{ CHECK("BFD_CHECK {\nname foo\n}"), 2, "no bfd_instance 'foo'" },
	{ CHECK("FILE_CHECK {\ntrack_file foo\n}"), 2, "no track_file 'foo'" },
	{ CHECK("UDP_CHECK {\nmin_reply_length 9\nmax_reply_length 5\n}"), 2, "is above" },
	{ CHECK("UDP_CHECK {\npayload 0g\n}"), 2, "hexadecimal" },
	{ "virtual_server group G {\nreal_server 10.0.0.2 80 {\n}\n}\n", 2, "no such virtual_server_group" },
	{ "virtual_server_group G {\n10.0.0.5-3 80\n10.0.0.5-256 80\n10.0.0.1 x\n10.0.0.5-9 80\n"
	  "10.0.0.0/33\n10.0.0.5-10.0.0.9\nfwmark 5\nfwmark x\n}\n", 5, "ends before it begins" },
	{ "global_defs {\n enable_dbus\n}\n", 1, "'enable_dbus' is not supported yet" },
	{ INSTANCE ADDRESS "prioritty 3\n}\n", 1, "did you mean 'priority'?" },
	{ INSTANCE ADDRESS "interval 3\n}\n", 1, "not allowed in this block" },
	{ "priority 3\n", 1, "not allowed in this block" },
	{ INSTANCE ADDRESS "lb_algo rr\n}\n", 1, "'lb_algo' is not allowed in this block" },
	{ "global_defs\n", 1, "needs a block" },
	{ "vrrp_instance {\n}\n", 1, "needs a value" },
	{ "vrrp_instance A\n", 1, "needs a block" },
	{ INSTANCE ADDRESS "priority 3 {\n}\n}\n", 1, "takes no block" },
	{ "global_defs {\n notification_email_from \"a b@c\"\n}\n", 1, "not a mail address" },
	{ "global_defs {\n smtp_server 10.0.0.1 70000\n}\n", 1, "[bad-number]" },
	{ "global_defs {\n smtp_server http://x\n}\n", 1, "[bad-address]" },
	{ "global_defs {\n vrrp_mcast_group4 10.0.0.1\n}\n", 1, "not a multicast address" },
	{ "global_defs {\n script_user nosuchuser\n}\nvrrp_script a {\n script /bin/true\n}\n", 1,
	  "no user 'nosuchuser'" },
};

static void verdicts(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		fixture_says(cases[i].text, cases[i].errors, cases[i].said);
}

static void peers_may_share_a_vrid(void **state)
{
	fixture_says(INSTANCE ADDRESS "unicast_peer {\n 10.0.0.1\n}\n}\n"
		     "vrrp_instance B {\n interface lo\n virtual_router_id 51\n"
		     "unicast_peer {\n 10.0.0.2\n}\n}\n", 0, "");
}

/* A script that runs as root must not be in a place where others may change it. */
static void script_security(void **state)
{
	char dir[] = "/tmp/relevo-conf-XXXXXX", text[512];
	char path[sizeof(dir) + 8];
	FILE *file;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/check", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(chmod(dir, 0777), 0);
	snprintf(text, sizeof(text),
		 "global_defs {\n enable_script_security\n script_user root\n}\n"
		 "vrrp_script a {\n script %s\n}\n" INSTANCE ADDRESS "track_script {\n a\n}\n}\n",
		 path);
	fixture_says(text, 0, "may be changed by others: the script is disabled");
	unlink(path);
	rmdir(dir);
	fixture_says("global_defs {\n enable_script_security\n script_user root\n}\n"
		     "vrrp_script a {\n script /bin/true\n}\n" INSTANCE ADDRESS
		     "track_script {\n a\n}\n}\n", 0, "");
}

static void security_needs_a_user(void **state)
{
	bool exists = getpwnam("keepalived_script") != NULL;

	fixture_says("global_defs {\n enable_script_security\n}\n"
		     "vrrp_script a {\n script /bin/true\n}\n", exists ? 0 : 1,
		     exists ? "" : "write 'script_user USER'");
}

static void version_3(void **state)
{
	struct fixture f;

	fixture_fine(&f, INSTANCE ADDRESS "version 3\nadvert_int 0.01\npreempt_delay 2.5\n}\n");
	assert_int_equal(f.conf->instances->preempt_delay_us, 2500000);
	assert_int_equal(f.conf->instances->version, 3);
	assert_int_equal(f.conf->instances->advert_interval_us, 10000);
	fixture_close(&f);
	fixture_says(INSTANCE ADDRESS "version 3\nadvert_int 0.014\n}\n", 0, "0.01 is taken");
	fixture_says(INSTANCE ADDRESS "version 3\nadvert_int 41\n}\n", 0, "40.95 is taken");
	fixture_says(INSTANCE ADDRESS "version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}"
		     "\n}\n", 0, "version 3 has no authentication");
}

static void ipv6(void **state)
{
	const struct vrrp_instance_conf *conf;
	struct fixture f;

	fixture_fine(&f, INSTANCE "virtual_ipaddress {\n fe80::1\n 2001:db8::1/64\n}\n"
			 "unicast_peer {\n 2001:db8::2 min_ttl 64 max_ttl 255\n}\nunicast_ttl 64\n}\n");
	conf = f.conf->instances;
	assert_int_equal(conf->family, AF_INET6);
	assert_int_equal(conf->version, 3);
	assert_int_equal(conf->addresses->prefix, 128);
	assert_int_equal(conf->unicast_ttl, 64);
	assert_int_equal(conf->unicast_peers->min_ttl, 64);
	assert_int_equal(conf->group.family, AF_INET6);
	fixture_close(&f);
}

static void presets(void **state)
{
	const struct vrrp_instance_conf *conf;
	struct fixture f;

	fixture_fine(&f, "global_defs {\n vrrp_version 3\n vrrp_lower_prio_no_advert\n"
			 " vrrp_higher_prio_send_advert\n vrrp_down_timer_adverts 5\n"
			 " vrrp_mcast_group4 224.0.0.19\n vrrp_skip_check_adv_addr\n}\n"
			 INSTANCE ADDRESS "lower_prio_no_advert off\n}\n");
	conf = f.conf->instances;
	assert_int_equal(conf->version, 3);
	assert_false(conf->lower_prio_no_advert);
	assert_true(conf->higher_prio_send_advert);
	assert_true(conf->skip_check_addresses);
	assert_int_equal(conf->down_timer_adverts, 5);
	assert_int_equal(conf->group.bytes[3], 19);
	fixture_close(&f);
}

static void signatures(void **state)
{
	const struct vrrp_hmac_conf *hmac;
	struct fixture f;

	fixture_fine(&f, INSTANCE ADDRESS "auth_hmac {\n key 1 " KEY "\n key 2 hex:" KEY KEY "\n"
			 " active_key 2\n mode permissive\n time_window 9\n}\n}\n");
	hmac = &f.conf->instances->hmac;
	assert_int_equal(hmac->mode, VRRP_HMAC_PERMISSIVE);
	assert_int_equal(hmac->key_count, 2);
	assert_int_equal(hmac->key[0].len, 32);
	assert_int_equal(hmac->key[1].len, 32);
	assert_int_equal(hmac->key[1].bytes[1], 0x23);
	assert_int_equal(hmac->active_key, 2);
	assert_int_equal(hmac->time_window_us, 9000000);
	assert_true(hmac->anti_replay);
	fixture_close(&f);
	fixture_fine(&f, INSTANCE ADDRESS "auth_hmac {\n key 1 " KEY "\n active_key 1\n"
			 " anti_replay monotonic\n time_window 9\n}\n}\n");
	assert_int_equal(f.conf->instances->hmac.time_window_us, UINT64_MAX);
	fixture_close(&f);
}

static void strict_mode(void **state)
{
	const char *text = "global_defs {\n vrrp_strict\n}\n" INSTANCE ADDRESS
			   "state MASTER\n priority 255\n garp_lower_prio_repeat 3\n"
			   "higher_prio_send_advert\n lower_prio_no_advert off\n preempt_delay 5\n}\n";
	struct fixture f;

	fixture_fine(&f, text);
	assert_true(f.conf->instances->strict);
	assert_true(f.conf->instances->lower_prio_no_advert);
	assert_false(f.conf->instances->higher_prio_send_advert);
	assert_int_equal(f.conf->instances->garp.lower_prio_repeat, 0);
	fixture_close(&f);
	fixture_says(text, 0, "does not answer a higher priority");
	fixture_fine(&f, INSTANCE ADDRESS "strict_mode\n}\n");
	assert_true(f.conf->instances->no_accept);
	fixture_close(&f);
	fixture_fine(&f, INSTANCE ADDRESS "version 3\n strict_mode\n accept\n}\n");
	assert_false(f.conf->instances->no_accept);
	fixture_close(&f);
	fixture_says(INSTANCE ADDRESS "priority 255\n strict_mode\nauthentication {\nauth_type PASS\n"
		     "auth_pass x\n}\n}\n", 0, "strict mode has no authentication");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(article_globals),
		cmocka_unit_test(article_script),
		cmocka_unit_test(article_instance),
		cmocka_unit_test(article_lists),
		cmocka_unit_test(everything_globals),
		cmocka_unit_test(everything_scripts),
		cmocka_unit_test(everything_instance),
		cmocka_unit_test(everything_lists),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(peers_may_share_a_vrid),
		cmocka_unit_test(script_security),
		cmocka_unit_test(security_needs_a_user),
		cmocka_unit_test(version_3),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(presets),
		cmocka_unit_test(signatures),
		cmocka_unit_test(strict_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
