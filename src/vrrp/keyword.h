/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keyword.h - the rows from which keepalived.conf is parsed, checked and
 * documented: conf/keyword.h for a file of blocks.
 *
 * A row is a word that begins a statement in one kind of block. Words that
 * Keepalived knows and relevo does not are in known_keepalived.def; they are
 * errors that say so. Values are read by the helpers of conf/keyword.h.
 */
#pragma once

#include "conf/keyword.h"
#include "nl/names.h"
#include "vrrp/conf.h"
#include "vrrp/lexer.h"

enum vrrp_where { /* the kind of block a row may stand in; bits */
	VRRP_TOP = 1 << 0,
	VRRP_GLOBAL = 1 << 1,
	VRRP_SCRIPT = 1 << 2,
	VRRP_INSTANCE = 1 << 3,
	VRRP_AUTHENTICATION = 1 << 4,
	VRRP_ADDRESS = 1 << 5,		/* after an address of virtual_ipaddress */
	VRRP_PEER = 1 << 6,		/* after an address of unicast_peer */
	VRRP_HMAC = 1 << 20,		/* auth_hmac */
	VRRP_GARP_GROUP = 1 << 21,	/* garp_group */
	VRRP_SSL = 1 << 7,
	VRRP_VIRTUAL_SERVER = 1 << 12,
	VRRP_REAL_SERVER = 1 << 13,
	VRRP_CHECK_CONNECT = 1 << 14,	/* checks that connect to somewhere */
	VRRP_CHECK_HTTP = 1 << 15,
	VRRP_CHECK_URL = 1 << 16,
	VRRP_CHECK_SMTP = 1 << 17,
	VRRP_CHECK_DNS = 1 << 18,
	VRRP_CHECK_MISC = 1 << 19,
	VRRP_CHECK_UDP = 1 << 22,
	VRRP_CHECK_BFD = 1 << 23,
	VRRP_CHECK_FILE = (int)(1u << 31),
	VRRP_PROCESS = 1 << 8,		/* vrrp_track_process */
	VRRP_FILE = 1 << 9,		/* track_file */
	VRRP_BFD = 1 << 10,		/* bfd_instance */
	VRRP_GROUP = 1 << 11,		/* vrrp_sync_group */
	VRRP_VIRTUAL_ADDRESS = 1 << 24,	/* VRRP_ADDRESS of an instance */
	VRRP_STATIC_ADDRESS = 1 << 25,	/* VRRP_ADDRESS of static_ipaddress */
	VRRP_ROUTE = 1 << 26,		/* in a line of virtual_routes or static_routes */
	VRRP_STATIC_ROUTE = 1 << 27,
	VRRP_RULE = 1 << 28,		/* in a line of virtual_rules or static_rules */
	VRRP_STATIC_RULE = 1 << 29,
	VRRP_TRACK_GROUP = 1 << 30,
};

enum vrrp_type { /* of the field at `offset` in the block's struct */
	VRRP_PARSE,	/* .parse does it all */
	VRRP_FLAG,	/* bool: true, or as on|off, true|false, yes|no after it says */
	VRRP_UNSET,	/* bool: false */
	VRRP_UNSIGNED,	/* unsigned, within min..max */
	VRRP_INT,	/* int, within min..max */
	VRRP_BYTE,	/* uint8_t, within min..max */
	VRRP_CHOICE,	/* int, one of .choices */
	VRRP_SECONDS,	/* uint64_t microseconds; decimals allowed; min..max in microseconds */
	VRRP_STRING,	/* const char *, one word */
	VRRP_LIST,	/* .parse, called for each statement of the row's block */
	VRRP_COMMAND,	/* struct vrrp_command: SCRIPT [USER [GROUP]] */
	VRRP_IGNORED,	/* checked as .checked, and a warning that says why it does nothing */
};

struct vrrp_parse;

struct vrrp_keyword {
	struct doc doc;
	unsigned where;			/* enum vrrp_where bits */
	enum vrrp_type type;
	size_t offset;
	const char *preset;		/* default as the user would type it, or NULL */
	int64_t min, max;
	const struct conf_choice *choices; /* VRRP_CHOICE; ends in .word NULL */
	enum vrrp_type checked;		/* VRRP_IGNORED: how its words are checked; 0: not at all */
	unsigned said;			/* enum vrrp_said of the draft that is told; 0: none */
	bool block;			/* takes a block in braces, and needs one */
	/* `object` is the block's struct. Reports its own errors. */
	void (*parse)(struct vrrp_parse *parse, void *object, const struct vrrp_node *node);
	const char *why;		/* VRRP_IGNORED: the reason */
	const char *modern;		/* an old spelling: the row it is
					 * read as, after a warning */
};

#define VRRP_KEYWORDS_END { .doc = { .name = NULL } }

/* A script as written; resolved when the whole file is known. */
struct vrrp_pending_command {
	struct vrrp_pending_command *next;
	struct vrrp_command *command;
	const struct conf_word *user, *group;	/* NULL: the default */
	const char *text;			/* NULL: only the user is known */
	struct vrrp_fifo_conf *fifo;		/* a FIFO that this user owns, or NULL */
};

/* A line of a track_* block. */
struct vrrp_track_line {
	struct vrrp_track_line *next;
	enum vrrp_track_kind kind;
	const struct conf_line *line;
};

/* What an instance says of itself, and where: else global_defs rules. */
enum vrrp_said {
	VRRP_SAID_NOTHING,
	VRRP_SAID_VERSION,
	VRRP_SAID_INTERVAL,
	VRRP_SAID_LOWER_PRIO,
	VRRP_SAID_HIGHER_PRIO,
	VRRP_SAID_OWNER,
	VRRP_SAID_STRICT,
	VRRP_SAID_ACCEPT,
	VRRP_SAID_SKIP_CHECK,
	VRRP_SAID_CHECK_SOURCE,
	VRRP_SAID_CHECKSUM,
	VRRP_SAID_OLD_CHECKSUM,
	VRRP_SAID_UNICAST,		/* any word that unicast alone needs */
	VRRP_SAID_UNICAST_TTL,
	VRRP_SAID_GROUP,		/* mcast_dst_ip */
	VRRP_SAID_SOURCE,
	VRRP_SAID_NATIVE_IPV6,
	VRRP_SAID_NO_ADDRESS,
	VRRP_SAID_HMAC,
	VRRP_SAID_VRF,
	VRRP_SAID_COUNT,
};

/* An instance being read: what its struct cannot say yet. */
struct vrrp_draft {
	struct vrrp_instance_conf conf;		/* first: rows give offsets in it */
	struct vrrp_draft *next;
	bool has_vrid, has_priority;
	int smtp_alert;				/* -1: as global_defs says */
	struct diag_span vrid_span, state_span, interval_span, nopreempt_span, delay_span;
	int auth_type;				/* enum vrrp_auth, -1: none given */
	struct diag_span auth_span;
	const struct conf_word *auth_pass;
	struct vrrp_track_line *track_lines;	/* resolved at the end */
	struct diag_span said[VRRP_SAID_COUNT]; /* source NULL: not said */
	struct diag_span link_span;		/* of use_vmac, use_ipvlan or vmac_xmit_base */
	bool linkbeat;				/* linkbeat_use_polling */
	unsigned vmac_bytes;			/* of conf.vmac that are given: 0, 5 or 6 */
};

/* A sync group being read. */
struct vrrp_group_draft {
	struct vrrp_group_conf conf;		/* first: rows give offsets in it */
	struct vrrp_group_draft *next;
	int smtp_alert;				/* -1: as global_defs says */
	struct vrrp_track_line *track_lines;	/* resolved at the end, as: */
	const struct conf_word **members;
	unsigned member_count;
};

/* A virtual_server_group's name. */
struct vrrp_virtual_group {
	struct vrrp_virtual_group *next;
	const char *name;
};

/* One run over a file. */
struct vrrp_parse {
	struct conf_parse common;		/* arena, report */
	struct vrrp_conf *conf;
	bool check;				/* nothing will be run: what
						 * cannot be is a warning */
	struct vrrp_virtual_group *virtual_groups;
	struct vrrp_draft presets;		/* what global_defs says for instances */
	int smtp_alert, smtp_alert_vrrp;	/* of global_defs; -1: not given */
	const struct conf_word *script_user, *script_group;
	struct vrrp_draft *drafts, **drafts_tail;
	struct vrrp_group_draft *groups, **groups_tail;
	struct vrrp_script_conf **scripts_tail;
	struct vrrp_pending_command *commands, **commands_tail;
	struct diag_span smtp_span;
	struct nl_name_dirs name_dirs;		/* iproute_etc_dir, iproute_usr_dir */
	uint32_t next_rule_priority;		/* of rules that say none: downwards */
};

/* A GARP setting that was not given; see vrrp_garp_clear. */
#define GARP_NO_REPEAT ((unsigned)-1)
#define GARP_NO_DELAY  UINT64_MAX

/* Every table of rows; ends in NULL. Each ends in VRRP_KEYWORDS_END. */
extern const struct vrrp_keyword *const vrrp_keyword_tables[];
extern const struct vrrp_keyword vrrp_keywords_adverts[], vrrp_keywords_hmac[],
	vrrp_keywords_presets[], vrrp_keywords_system[], vrrp_keywords_program[],
	vrrp_keywords_lvs[],
	vrrp_keywords_links[], vrrp_keywords_virtual_server[], vrrp_keywords_checkers[];
extern const struct vrrp_keyword vrrp_keywords_top[], vrrp_keywords_global[],
	vrrp_keywords_script[], vrrp_keywords_instance[], vrrp_keywords_garp[],
	vrrp_keywords_address[], vrrp_keywords_kernel[], vrrp_keywords_vmac[],
	vrrp_keywords_route[], vrrp_keywords_rule[], vrrp_keywords_peering[],
	vrrp_keywords_track[], vrrp_keywords_bfd[], vrrp_keywords_sync[], vrrp_keywords_notify[];

/* keywords.c: reads the statements of a block whose rows are `where`. */
void vrrp_parse_block(struct vrrp_parse *parse, unsigned where, void *object,
		      const struct vrrp_node *node);
/* Reads one statement by its row. */
void vrrp_parse_statement(struct vrrp_parse *parse, unsigned where, void *object,
			  const struct vrrp_node *node);
/*
 * Reads the option at words[at] by its row; returns how many words it took,
 * or 0 after a report that ends the line.
 */
unsigned vrrp_parse_option(struct vrrp_parse *parse, unsigned where, void *object,
			   const struct conf_line *line, unsigned at);
/* Reports a word that begins nothing here. */
void vrrp_report_unknown(struct vrrp_parse *parse, unsigned where, const struct conf_word *word);
const struct vrrp_keyword *vrrp_keyword_find(const char *word, unsigned where);

/* values.c: each reports what is wrong and returns false. */
bool vrrp_read_seconds(struct vrrp_parse *parse, const struct conf_word *word, int64_t min_us,
		       int64_t max_us, uint64_t *ret_us);
bool vrrp_read_bool(struct vrrp_parse *parse, const struct conf_word *word, bool *ret_value);
/* Of `family`; 0: of either. */
bool vrrp_read_ip(struct vrrp_parse *parse, const struct conf_word *word, int family,
		  struct ip *ret_address);
/* The same where a prefix may follow, which nothing uses. */
bool vrrp_read_host(struct vrrp_parse *parse, const struct conf_word *word,
		    struct ip *ret_address);
bool vrrp_read_interface(struct vrrp_parse *parse, const struct conf_word *word,
			 char ret_name[IF_NAMESIZE]);
/* `N [reverse|noreverse]` from line->words[at] on, -limit..limit; returns false after a report. */
bool vrrp_read_weight_within(struct vrrp_parse *parse, const struct conf_line *line, unsigned at,
			     int limit, int *ret_weight, bool *ret_reverse);
/* At least `min` words after the first, else an error. */
bool vrrp_need(struct vrrp_parse *parse, const struct vrrp_node *node, unsigned min,
	       const char *usage);
/* Whether every quote of node->escaped is closed, else an error: for words read from it. */
bool vrrp_closed(struct vrrp_parse *parse, const struct vrrp_node *node);
/* Warns of words from words[at] on: Keepalived does not read them. */
void vrrp_warn_rest(struct vrrp_parse *parse, const struct conf_line *line, unsigned at);
/* Reports a block where none belongs, or its absence. */
bool vrrp_need_block(struct vrrp_parse *parse, const struct vrrp_node *node, bool needed);

void vrrp_report(struct vrrp_parse *parse, enum diag_level level, const struct diag_kind *kind,
		 struct diag_span span, const char *format, ...) PRINTF_LIKE(5, 6);

/* keywords_global.c: the name in `WORD NAME {`, or NULL after a report. */
const struct conf_word *vrrp_block_name(struct vrrp_parse *parse, const struct vrrp_node *node,
					const char *usage);
/* Reports a second block of that name; the first is at `first`. */
void vrrp_block_duplicate(struct vrrp_parse *parse, const struct conf_word *name, const char *what,
			  struct diag_span first);

/* keywords_track_finish.c: what the lines name, added to *tracks. */
void vrrp_tracks_finish(struct vrrp_parse *parse, struct vrrp_track **tracks,
			const struct vrrp_track_line *lines);
/* What the group makes of the tracks of a member. */
void vrrp_tracks_finish_member(struct vrrp_parse *parse, const struct vrrp_group_conf *group,
			       struct vrrp_track **tracks);
/* The same of an instance with priority 255. */
void vrrp_tracks_finish_owner(struct vrrp_parse *parse, struct vrrp_track **tracks);
/* When all of them are resolved: drops what nothing tracks, and gives the rest their index. */
void vrrp_tracks_number(struct vrrp_parse *parse);

/* keywords_sync.c: the groups, when their members are finished but for tracks. */
void vrrp_groups_finish(struct vrrp_parse *parse);

/* keywords_notify.c: what needs both FIFOs and their scripts. */
void vrrp_fifos_finish(struct vrrp_parse *parse);

/* keywords_links.c: what is polled, when tracks and groups are finished. */
void vrrp_links_finish(struct vrrp_parse *parse);

/*
 * command.c: what is noted of `command` for
 * vrrp_commands_resolve; made when there is nothing yet.
 */
struct vrrp_pending_command *vrrp_command_pending(struct vrrp_parse *parse,
						  struct vrrp_command *command);
/* Notes the script in words[at] and, behind it, who runs it. */
void vrrp_command_add(struct vrrp_parse *parse, struct vrrp_command *command,
		      const struct conf_line *line, unsigned at);
void vrrp_commands_resolve(struct vrrp_parse *parse);
/* Cuts a script's text into argv as Keepalived does. NULL: a quote is not closed. */
char **vrrp_command_split(struct arena *arena, const char *text);

/* keywords_garp.c: marks every setting as not given, and fills those with their defaults. */
void vrrp_garp_clear(struct vrrp_garp_conf *garp);
void vrrp_garp_inherit(struct vrrp_garp_conf *garp, const struct vrrp_garp_conf *defaults);
extern const struct vrrp_garp_conf vrrp_garp_builtin;

/*
 * finish_adverts.c: version, family, unicast, strict mode:
 * what an instance's words mean together.
 */
void vrrp_finish_adverts(struct vrrp_parse *parse, struct vrrp_draft *draft);

/* finish.c: defaults, references and checks that need the whole file. */
void vrrp_parse_finish(struct vrrp_parse *parse);
