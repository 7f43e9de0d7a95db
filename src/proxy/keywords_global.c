/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_global.c - words of `global` (configuration manual, chapter
 * 3.1): the process, its user and its limits.
 */
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "proxy/reading.h"

static void keywords_read_user(struct conf_parse *parse, void *section,
			       const struct conf_line *line, unsigned at, bool no)
{
	struct proxy_global *global = section;
	int64_t uid;

	if (conf_need_words(parse, line, at, 1, 1, "user <name>") &&
	    read_user(parse, &line->words[at], &uid))
		global->user = line->words[at].text;
}

static void keywords_read_group(struct conf_parse *parse, void *section,
				const struct conf_line *line, unsigned at, bool no)
{
	struct proxy_global *global = section;
	int64_t gid;

	if (conf_need_words(parse, line, at, 1, 1, "group <name>") &&
	    read_group(parse, &line->words[at], &gid))
		global->group = line->words[at].text;
}

static void keywords_read_close_spread(struct conf_parse *parse, void *section,
				       const struct conf_line *line, unsigned at, bool no)
{
	struct proxy_global *global = section;

	if (!conf_need_words(parse, line, at, 1, 1, "close-spread-time <time>|infinite"))
		return;
	if (strcmp(line->words[at].text, "infinite") == 0)
		global->close_spread_ms = CLOSE_SPREAD_NEVER;
	else
		conf_read_duration(parse, &line->words[at], &global->close_spread_ms);
}

static void keywords_read_default_path(struct conf_parse *parse, void *section,
				       const struct conf_line *line, unsigned at, bool no)
{
	static const char *const starts[] = {
		[CONF_START_CURRENT] = "current", [CONF_START_CONFIG] = "config",
		[CONF_START_PARENT] = "parent", [CONF_START_ORIGIN] = "origin", NULL };
	const struct conf_word *word = &line->words[at];
	unsigned start = 0;
	struct stat status;

	if (!conf_need_words(parse, line, at, 1, 2, "default-path current|config|parent|origin <path>"))
		return;
	while (starts[start] != NULL && strcmp(starts[start], word->text) != 0)
		start++;
	if (starts[start] == NULL) {
		diag_add(parse->report, DIAG_ERROR, &diag_unknown_word, word->span,
			 "write 'current', 'config', 'parent' or 'origin'",
			 "unknown default path '%s'", word->text);
		return;
	}
	if (!conf_need_words(parse, line, at + 1, start == CONF_START_ORIGIN,
			     start == CONF_START_ORIGIN, "default-path origin <path>"))
		return;
	parse->start = (enum conf_start)start;
	if (start != CONF_START_ORIGIN)
		return;
	parse->origin = word[1].text;
	if (stat(parse->origin, &status) != 0 || !S_ISDIR(status.st_mode))
		diag_add(parse->report, DIAG_ERROR, &diag_cannot_read, word[1].span, NULL,
			 "'%s' is no directory", parse->origin);
}

static void keywords_read_chroot(struct conf_parse *parse, void *section,
				 const struct conf_line *line, unsigned at, bool no)
{
	struct proxy_global *global = section;
	const struct conf_word *word = &line->words[at];
	struct stat status;

	if (!conf_need_words(parse, line, at, 1, 1, "chroot <directory>"))
		return;
	if (stat(word->text, &status) != 0 || !S_ISDIR(status.st_mode))
		diag_add(parse->report, DIAG_ERROR, &diag_cannot_read, word->span, NULL,
			 "'%s' is no directory", word->text);
	global->chroot = word->text;
}

/* HAProxy 1.1 to 2.4 could run as several processes; threads have taken their place. */
static void keywords_read_nbproc(struct conf_parse *parse, void *section,
				 const struct conf_line *line, unsigned at, bool no)
{
	const struct conf_word *word = &line->words[at];

	if (!conf_need_words(parse, line, at, 1, 1, "nbproc <number>") ||
	    !conf_read_int(parse, word, 1, 64, &reading_conf(parse)->reading->nbproc))
		return;
	report_old_form(parse, line->words[at - 1].span, "nbproc",
			arena_printf(parse->arena, "nbthread %s", word->text));
}

static void keywords_read_debug(struct conf_parse *parse, void *section,
				const struct conf_line *line, unsigned at, bool no)
{
	struct proxy_global *global = section;

	report_obsolete(parse, line->words[at - 1].span, "debug", "give -d on the command line");
	global->debug = true;
}

static void keywords_read_master_worker(struct conf_parse *parse, void *section,
					const struct conf_line *line, unsigned at, bool no)
{
	struct proxy_global *global = section;

	report_obsolete(parse, line->words[at - 1].span, "master-worker",
			"give -W on the command line");
	global->master_worker = !no;
}

/* The reader has acted on it already (conf/line.h); here its words are only counted. */
static void keywords_read_setenv(struct conf_parse *parse, void *section,
				 const struct conf_line *line, unsigned at, bool no)
{
	conf_need_words(parse, line, at, 2, 2, "setenv <name> <value>");
}

static void keywords_read_unsetenv(struct conf_parse *parse, void *section,
				   const struct conf_line *line, unsigned at, bool no)
{
	conf_need_words(parse, line, at, 1, UINT32_MAX, "unsetenv <name>...");
}

static void keywords_read_resetenv(struct conf_parse *parse, void *section,
				   const struct conf_line *line, unsigned at, bool no)
{
	conf_need_words(parse, line, at, 0, UINT32_MAX, "resetenv [<name>...]");
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.1", .summary = what, .example = line }
#define FIELD(member) .where = CONF_GLOBAL, .offset = offsetof(struct proxy_global, member)

const struct conf_keyword proxy_keywords_global[] = {
	{ DOC("chroot", "The directory the proxy locks itself into after start.", "chroot /srv"),
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = keywords_read_chroot },
	{ .doc = { .name = "close-spread-time", .since = "0.5",
		   .summary = "A soft stop ends clients' connections of mode http bit by bit in this time, or "
			      "never: 'infinite'.",
		   .example = "close-spread-time 10s" },
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = keywords_read_close_spread },
	{ DOC("daemon", "Go to the background after start.", "daemon"),
	  FIELD(daemon), .type = CONF_FLAG },
	{ DOC("debug", "Old form of -d: stay in the foreground and say more.", "debug"),
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = keywords_read_debug },
	{ .doc = { .name = "default-path", .since = "0.5",
		   .summary = "Where relative paths of maps, lists, errorfiles and the like begin: where "
			      "relevo was started, beside the configuration file, above that, or at a path.",
		   .example = "default-path config" },
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = keywords_read_default_path },
	{ DOC("description", "Text about this node for the statistics page.",
	      "description the left one of the pair"),
	  FIELD(description), .type = CONF_TEXT },
	{ .doc = { .name = "fd-hard-limit", .since = "0.4",
		   .summary = "The most descriptors to ask for when nothing else says how many.",
		   .example = "fd-hard-limit 50000" },
	  FIELD(fd_hard_limit), .type = CONF_INT, .min = 0, .max = INT32_MAX },
	{ DOC("gid", "The proxy's group by number.", "gid 65534"),
	  FIELD(gid), .type = CONF_INT, .min = 0, .max = UINT32_MAX - 1 },
	{ .doc = { .name = "insecure-setuid-wanted", .since = "0.5",
		   .summary = "Let the setuid bit and file capabilities of external checks' programs hold.",
		   .example = "insecure-setuid-wanted" },
	  FIELD(setuid_wanted), .type = CONF_FLAG, .may_no = true },
	{ DOC("grace", "How long listeners stay open after SIGUSR1.", "grace 10s"),
	  FIELD(grace_ms), .type = CONF_DURATION },
	{ DOC("group", "The proxy's group by name.", "group nogroup"),
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = keywords_read_group },
	{ .doc = { .name = "h1-accept-payload-with-any-method", .since = "0.4",
		   .summary = "Take bodies of GET, HEAD and DELETE in HTTP/1.0, too.",
		   .example = "h1-accept-payload-with-any-method" },
	  FIELD(any_body), .type = CONF_FLAG },
	{ DOC("hard-stop-after", "After this long a soft stop cuts the streams that remain.",
	      "hard-stop-after 30s"),
	  FIELD(hard_stop_after_ms), .type = CONF_DURATION },
	{ DOC("master-worker", "Old form of -W; a parent always watches the proxy here.",
	      "master-worker"),
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .may_no = true,
	  .parse = keywords_read_master_worker },
	{ .doc = { .name = "maxconnrate", .since = "0.3",
		   .summary = "Connections a second from clients, over all frontends.",
		   .example = "maxconnrate 1000" },
	  FIELD(maxconnrate), .type = CONF_INT, .min = 0, .max = INT32_MAX },
	{ .doc = { .name = "maxsessrate", .since = "0.3",
		   .summary = "Connections a second that pass the first rules, over all frontends.",
		   .example = "maxsessrate 1000" },
	  FIELD(maxsessrate), .type = CONF_INT, .min = 0, .max = INT32_MAX },
	{ DOC("maxconn", "Connections from clients at one time, over all frontends.", "maxconn 20000"),
	  FIELD(maxconn), .type = CONF_INT, .min = 0, .max = INT32_MAX },
	{ DOC("maxpipes", "Pipes for splicing at one time.", "maxpipes 1000"),
	  FIELD(maxpipes), .type = CONF_INT, .min = 0, .max = INT32_MAX },
	{ .doc = { .name = "mworker-max-reloads", .since = "0.4",
		   .summary = "A proxy process that still drains after more reloads is stopped.",
		   .example = "mworker-max-reloads 50" },
	  FIELD(mworker_max_reloads), .type = CONF_INT, .preset = "2147483647", .min = 0,
	  .max = INT32_MAX },
	{ DOC("nbproc", "Old form: processes; threads take their place.", "nbproc 2"),
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = keywords_read_nbproc },
	{ DOC("nbthread", "Threads of the proxy; without it one per usable CPU.", "nbthread 4"),
	  FIELD(nbthread), .type = CONF_INT, .min = 1, .max = 64 },
	{ DOC("node", "This node's name on the statistics page.", "node left"),
	  FIELD(node), .type = CONF_STRING },
	{ .doc = { .name = "noreuseport", .since = "0.5",
		   .summary = "Each address has one socket that all threads share, without SO_REUSEPORT.",
		   .example = "noreuseport" },
	  FIELD(no_reuseport), .type = CONF_FLAG },
	{ DOC("nosplice", "Copy always, never splice.", "nosplice"),
	  FIELD(no_splice), .type = CONF_FLAG },
	{ DOC("pidfile", "Where the parent writes its process id.", "pidfile /run/relevo.pid"),
	  FIELD(pidfile), .type = CONF_STRING },
	{ .doc = { .name = "pp2-never-send-local", .since = "0.5",
		   .summary = "Health checks with PROXY headers of version 2 name their addresses; "
			      "without it they say LOCAL.",
		   .example = "pp2-never-send-local" },
	  FIELD(names_itself), .type = CONF_FLAG },
	{ DOC("presetenv", "Set an environment variable unless it is set.", "presetenv PEER 10.1.1.2"),
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = keywords_read_setenv },
	{ DOC("quiet", "Say nothing at start but errors.", "quiet"),
	  FIELD(quiet), .type = CONF_FLAG },
	{ DOC("resetenv", "Forget the environment but for the names given.", "resetenv PATH HOME"),
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = keywords_read_resetenv },
	{ .doc = { .name = "set-dumpable", .since = "0.4",
		   .summary = "Let the kernel write a core file when the proxy crashes.",
		   .example = "set-dumpable" },
	  FIELD(dumpable), .type = CONF_FLAG, .may_no = true },
	{ DOC("setenv", "Set an environment variable for the lines below.", "setenv PEER 10.1.1.2"),
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = keywords_read_setenv },
	{ DOC("tune.max-checks-per-thread",
	      "Health checks that one thread runs at the same time; others wait. 0: any number.",
	      "tune.max-checks-per-thread 100"),
	  FIELD(max_checks), .type = CONF_INT, .preset = "0", .min = 0, .max = INT32_MAX },
	{ .doc = { .name = "max-spread-checks", .since = "0.5",
		   .summary = "The first checks of all servers begin within this time, however long "
			      "their intervals are.",
		   .example = "max-spread-checks 5s" },
	  FIELD(max_spread_checks_ms), .type = CONF_DURATION },
	{ DOC("spread-checks", "Vary the time between health checks by this many percent.",
	      "spread-checks 5"),
	  FIELD(spread_checks), .type = CONF_INT, .preset = "0", .min = 0, .max = 50 },
	{ DOC("strict-limits",
	      "Refuse to start with fewer connections than maxconn says; without it a warning.",
	      "strict-limits"),
	  FIELD(strict_limits), .type = CONF_FLAG, .may_no = true },
	{ DOC("uid", "The proxy's user by number.", "uid 65534"),
	  FIELD(uid), .type = CONF_INT, .min = 0, .max = UINT32_MAX - 1 },
	{ DOC("ulimit-n", "The limit of open descriptors; without it computed.", "ulimit-n 65536"),
	  FIELD(ulimit_n), .type = CONF_INT, .min = 0, .max = INT32_MAX },
	{ DOC("unsetenv", "Remove environment variables for the lines below.", "unsetenv PEER"),
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = keywords_read_unsetenv },
	{ DOC("user", "The proxy's user by name.", "user nobody"),
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = keywords_read_user },
	{ DOC("zero-warning", "Refuse to start when there is any warning.", "zero-warning"),
	  FIELD(zero_warning), .type = CONF_FLAG },
	CONF_KEYWORDS_END,
};

const struct conf_keyword proxy_keywords_tune[] = {
	{ DOC("tune.bufsize", "Bytes of a buffer.", "tune.bufsize 16384"),
	  FIELD(bufsize), .type = CONF_SIZE, .preset = "16384", .min = 1024, .max = 256 << 20 },
	{ DOC("tune.http.cookielen", "Bytes of a cookie that 'capture cookie' keeps.",
	      "tune.http.cookielen 63"),
	  FIELD(cookielen), .type = CONF_INT, .preset = "63", .min = 0, .max = 65535 },
	{ DOC("tune.http.logurilen", "Bytes of a request's first line that are logged.",
	      "tune.http.logurilen 1024"),
	  FIELD(logurilen), .type = CONF_INT, .preset = "1024", .min = 0, .max = 65535 },
	{ DOC("tune.http.maxhdr", "Headers that a message may have.", "tune.http.maxhdr 101"),
	  FIELD(maxhdr), .type = CONF_INT, .preset = "101", .min = 1, .max = 32767 },
	{ DOC("tune.maxrewrite", "Bytes of a buffer that are kept free for edits.",
	      "tune.maxrewrite 1024"),
	  FIELD(maxrewrite), .type = CONF_INT, .preset = "1024", .min = 0, .max = INT32_MAX },
	{ DOC("tune.maxaccept", "Connections accepted in a row; -1: no limit.", "tune.maxaccept 8"),
	  FIELD(maxaccept), .type = CONF_INT, .preset = "4", .min = -1, .max = INT32_MAX },
	{ DOC("tune.maxpollevents", "Events taken from the kernel at once.", "tune.maxpollevents 200"),
	  FIELD(maxpollevents), .type = CONF_INT, .preset = "200", .min = 1, .max = 1000000 },
	{ DOC("tune.pipesize", "Bytes of a pipe for splicing.", "tune.pipesize 1m"),
	  FIELD(pipesize), .type = CONF_SIZE, .preset = "1m", .min = 4096, .max = 1 << 30 },
	{ DOC("tune.pool-high-fd-ratio",
	      "Percent of the descriptors for connections from which on a new one closes an idle one.",
	      "tune.pool-high-fd-ratio 25"),
	  FIELD(pool_high_percent), .type = CONF_INT, .preset = "100", .min = 0, .max = 100 },
	{ DOC("tune.pool-low-fd-ratio",
	      "Percent of the descriptors for connections from which on none is kept idle.",
	      "tune.pool-low-fd-ratio 20"),
	  FIELD(pool_low_percent), .type = CONF_INT, .preset = "100", .min = 0, .max = 100 },
	{ DOC("tune.rcvbuf.client", "The kernel's receive buffer towards clients.",
	      "tune.rcvbuf.client 65536"),
	  FIELD(rcvbuf_client), .type = CONF_SIZE },
	{ DOC("tune.rcvbuf.server", "The kernel's receive buffer towards servers.",
	      "tune.rcvbuf.server 65536"),
	  FIELD(rcvbuf_server), .type = CONF_SIZE },
	{ DOC("tune.sndbuf.client", "The kernel's send buffer towards clients.",
	      "tune.sndbuf.client 65536"),
	  FIELD(sndbuf_client), .type = CONF_SIZE },
	{ DOC("tune.sndbuf.server", "The kernel's send buffer towards servers.",
	      "tune.sndbuf.server 65536"),
	  FIELD(sndbuf_server), .type = CONF_SIZE },
	CONF_KEYWORDS_END,
};
