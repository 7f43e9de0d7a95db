/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_idle.c - words of `global` that are known, checked for their
 * number of words, and do nothing, because what they tune does not exist here
 * or is refused wherever it is asked for: TLS, mode http, Lua, compression,
 * stick tables.
 */
#include "proxy/reading.h"

#define IDLE(word, least, most, why, line)                                                         \
	{                                                                                          \
		.doc = { .name = word, .since = "0.1", .summary = why, .example = line },          \
		.where = CONF_GLOBAL, .type = CONF_IGNORED, .may_no = true,                        \
		.min = least, .max = most,                                                         \
	}
#define TLS(word, line)	    IDLE(word, 1, 64, "It tunes TLS, which is not supported yet.", line)
#define TUNE_H2(word)	    IDLE(word, 1, 1, "It tunes HTTP/2.", word " 100")
#define TUNE_LUA(word)	    IDLE(word, 1, 1, "It tunes Lua.", word " 100")
#define TUNE_ENGINE(word)   IDLE(word, 1, 1, "It tunes the inside of HAProxy's engine.", word " 100")
#define ON_OFF(word, why)   IDLE(word, 1, 1, why, word " on")

const struct conf_keyword proxy_keywords_global_idle[] = {
	TLS("ca-base", "ca-base /etc/ssl/certs"),
	TLS("crt-base", "crt-base /etc/ssl/private"),
	TLS("key-base", "key-base /etc/ssl/private"),
	TLS("issuers-chain-path", "issuers-chain-path /etc/ssl/chains"),
	TLS("ssl-default-bind-ciphers", "ssl-default-bind-ciphers HIGH"),
	TLS("ssl-default-bind-ciphersuites", "ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256"),
	TLS("ssl-default-bind-client-sigalgs", "ssl-default-bind-client-sigalgs RSA+SHA256"),
	TLS("ssl-default-bind-curves", "ssl-default-bind-curves X25519"),
	TLS("ssl-default-bind-options", "ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets"),
	TLS("ssl-default-bind-sigalgs", "ssl-default-bind-sigalgs RSA+SHA256"),
	TLS("ssl-default-server-ciphers", "ssl-default-server-ciphers HIGH"),
	TLS("ssl-default-server-ciphersuites",
	    "ssl-default-server-ciphersuites TLS_AES_128_GCM_SHA256"),
	TLS("ssl-default-server-client-sigalgs", "ssl-default-server-client-sigalgs RSA+SHA256"),
	TLS("ssl-default-server-curves", "ssl-default-server-curves X25519"),
	TLS("ssl-default-server-options", "ssl-default-server-options no-tls-tickets"),
	TLS("ssl-default-server-sigalgs", "ssl-default-server-sigalgs RSA+SHA256"),
	TLS("ssl-dh-param-file", "ssl-dh-param-file /etc/ssl/dh.pem"),
	TLS("ssl-load-extra-files", "ssl-load-extra-files all"),
	TLS("ssl-security-level", "ssl-security-level 1"),
	TLS("ssl-server-verify", "ssl-server-verify none"),
	IDLE("ssl-load-extra-del-ext", 0, 1, "It tunes TLS, which is not supported yet.",
	     "ssl-load-extra-del-ext"),
	IDLE("ssl-skip-self-issued-ca", 0, 1, "It tunes TLS, which is not supported yet.",
	     "ssl-skip-self-issued-ca"),
	TLS("maxsslconn", "maxsslconn 1000"),
	TLS("maxsslrate", "maxsslrate 1000"),
	TLS("tune.ssl.cachesize", "tune.ssl.cachesize 20000"),
	TLS("tune.ssl.capture-buffer-size", "tune.ssl.capture-buffer-size 96"),
	TLS("tune.ssl.capture-cipherlist-size", "tune.ssl.capture-cipherlist-size 800"),
	TLS("tune.ssl.default-dh-param", "tune.ssl.default-dh-param 2048"),
	IDLE("tune.ssl.force-private-cache", 0, 1, "It tunes TLS, which is not supported yet.",
	     "tune.ssl.force-private-cache"),
	TLS("tune.ssl.hard-maxrecord", "tune.ssl.hard-maxrecord 1400"),
	TLS("tune.ssl.keylog", "tune.ssl.keylog off"),
	TLS("tune.ssl.lifetime", "tune.ssl.lifetime 300"),
	TLS("tune.ssl.maxrecord", "tune.ssl.maxrecord 1400"),
	TLS("tune.ssl.ssl-ctx-cache-size", "tune.ssl.ssl-ctx-cache-size 1000"),

	TUNE_H2("tune.h2.be.initial-window-size"),
	TUNE_H2("tune.h2.be.max-concurrent-streams"),
	TUNE_H2("tune.h2.fe.initial-window-size"),
	TUNE_H2("tune.h2.fe.max-concurrent-streams"),
	TUNE_H2("tune.h2.header-table-size"),
	TUNE_H2("tune.h2.initial-window-size"),
	TUNE_H2("tune.h2.max-concurrent-streams"),
	TUNE_H2("tune.h2.max-frame-size"),
	IDLE("h2-workaround-bogus-websocket-clients", 0, 1, "It tunes HTTP/2.",
	     "h2-workaround-bogus-websocket-clients"),
	IDLE("tune.idle-pool.shared", 1, 1, "Each thread has server connections of its own.",
	     "tune.idle-pool.shared on"),
	IDLE("tune.pool-high-fd-ratio", 1, 1, "Write pool-max-conn to bound idle connections.",
	     "tune.pool-high-fd-ratio 25"),
	IDLE("tune.pool-low-fd-ratio", 1, 1, "Write pool-max-conn to bound idle connections.",
	     "tune.pool-low-fd-ratio 20"),
	IDLE("maxcompcpuusage", 1, 1, "It limits compression, a part of mode http.",
	     "maxcompcpuusage 50"),
	IDLE("maxcomprate", 1, 1, "It limits compression, a part of mode http.", "maxcomprate 1000"),
	IDLE("maxzlibmem", 1, 1, "It limits compression, a part of mode http.", "maxzlibmem 10"),
	IDLE("tune.comp.maxlevel", 1, 1, "It tunes compression, a part of mode http.",
	     "tune.comp.maxlevel 1"),
	IDLE("tune.zlib.memlevel", 1, 1, "It tunes compression, a part of mode http.",
	     "tune.zlib.memlevel 8"),
	IDLE("tune.zlib.windowsize", 1, 1, "It tunes compression, a part of mode http.",
	     "tune.zlib.windowsize 15"),

	TUNE_LUA("tune.lua.forced-yield"),
	TUNE_LUA("tune.lua.maxmem"),
	TUNE_LUA("tune.lua.service-timeout"),
	TUNE_LUA("tune.lua.session-timeout"),
	TUNE_LUA("tune.lua.task-timeout"),

	TUNE_ENGINE("tune.idletimer"),
	TUNE_ENGINE("tune.pattern.cache-size"),
	TUNE_ENGINE("tune.recv_enough"),
	TUNE_ENGINE("tune.runqueue-depth"),
	ON_OFF("tune.sched.low-latency", "It tunes the inside of HAProxy's engine."),
	TUNE_ENGINE("tune.buffers.reserve"),
	IDLE("tune.peers.max-updates-at-once", 1, 1, "There are no peers yet.",
	     "tune.peers.max-updates-at-once 200"),
	IDLE("tune.stick-counters", 1, 1, "There are no stick tables yet.", "tune.stick-counters 3"),
	IDLE("tune.vars.global-max-size", 1, 1, "There are no variables yet.",
	     "tune.vars.global-max-size 1000"),
	IDLE("tune.vars.proc-max-size", 1, 1, "There are no variables yet.",
	     "tune.vars.proc-max-size 1000"),
	IDLE("tune.vars.reqres-max-size", 1, 1, "There are no variables yet.",
	     "tune.vars.reqres-max-size 1000"),
	IDLE("tune.vars.sess-max-size", 1, 1, "There are no variables yet.",
	     "tune.vars.sess-max-size 1000"),
	IDLE("tune.vars.txn-max-size", 1, 1, "There are no variables yet.",
	     "tune.vars.txn-max-size 1000"),

	IDLE("expose-experimental-directives", 0, 1, "Nothing here is experimental.",
	     "expose-experimental-directives"),
	IDLE("expose-deprecated-directives", 0, 1, "Old forms are translated without it.",
	     "expose-deprecated-directives"),
	IDLE("external-check", 0, 1, "'option external-check' is refused where it stands.",
	     "external-check"),
	IDLE("insecure-fork-wanted", 0, 1, "The proxy never forks.", "insecure-fork-wanted"),
	IDLE("localpeer", 1, 1, "There are no peers yet.", "localpeer left"),
	IDLE("noevports", 0, 1, "Event ports belong to Solaris.", "noevports"),
	IDLE("nokqueue", 0, 1, "kqueue belongs to BSD.", "nokqueue"),
	IDLE("nopoll", 0, 1, "poll is never used.", "nopoll"),
	IDLE("noktls", 0, 1, "It tunes TLS, which is not supported yet.", "noktls"),
	IDLE("no-memory-trimming", 0, 1, "Memory is never trimmed.", "no-memory-trimming"),
	IDLE("prealloc-fd", 0, 1, "It tunes the inside of HAProxy's engine.", "prealloc-fd"),
	ON_OFF("profiling.tasks", "It feeds the runtime API, which is not supported yet."),
	ON_OFF("profiling.memory", "It feeds the runtime API, which is not supported yet."),
	CONF_KEYWORDS_END,
};
