/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords_hmac.c - auth_hmac of vrrp_instance (Keepalived 2.4.2 and
 * newer): the keys that sign adverts, and what is asked of those received.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hex.h"
#include "vrrp/keyword.h"

enum { HMAC_KEY_MIN = 32, HMAC_WINDOW_MAX_S = 300 };

static void hmac_parse(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	draft->conf.hmac = (struct vrrp_hmac_conf){
		.mode = VRRP_HMAC_ENFORCE, .anti_replay = true,
	};
	vrrp_warn_rest(parse, &node->line, 1);
	vrrp_parse_block(parse, VRRP_HMAC, &draft->conf.hmac, node);
}

/* The file's first line. NULL after a report. */
static const char *hmac_read_file(struct vrrp_parse *parse, const struct conf_word *word,
				  const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[2 * VRRP_HMAC_KEY + 16] = "";
	struct stat status;
	ssize_t got = -1;

	if (fd >= 0 && fstat(fd, &status) == 0)
		got = read(fd, text, sizeof(text) - 1);
	if (got < 0) {
		vrrp_report(parse, DIAG_ERROR, &diag_cannot_read, word->span,
			    "cannot read the key '%s': %s", path, strerror(errno));
	} else if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		vrrp_report(parse, DIAG_WARNING, &diag_bad_value, word->span,
			    "others than its owner may read the key '%s'", path);
	}
	if (fd >= 0)
		close(fd);
	text[strcspn(text, "\r\n")] = '\0';
	return got < 0 ? NULL : arena_strdup(parse->common.arena, text);
}

/* `hex:...` or the bytes themselves. Returns their number, 0 if they are no key. */
static size_t hmac_key_bytes(const char *text, uint8_t ret[VRRP_HMAC_KEY])
{
	bool hex = strncmp(text, "hex:", 4) == 0;
	size_t len = strlen(text);

	if (!hex) {
		if (len < HMAC_KEY_MIN || len > VRRP_HMAC_KEY)
			return 0;
		memcpy(ret, text, len);
		return len;
	}
	text += 4;
	len -= 4;
	if (len % 2 != 0 || len / 2 < HMAC_KEY_MIN || len / 2 > VRRP_HMAC_KEY)
		return 0;
	for (size_t i = 0; i < len; i++) {
		int digit = hex_value(text[i]);

		if (digit < 0)
			return 0;
		ret[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : ret[i / 2] | digit);
	}
	return len / 2;
}

static void hmac_parse_key(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_hmac_conf *hmac = object;
	const struct conf_word *words = node->line.words;
	const char *text;
	uint8_t bytes[VRRP_HMAC_KEY] = { 0 };
	size_t len;
	int64_t id;

	if (!vrrp_need(parse, node, 2, "key 1 hex:000102...") ||
	    !conf_read_int(&parse->common, &words[1], 1, 255, &id))
		return;
	text = words[2].text;
	if (strncmp(text, "file:", 5) == 0 &&
	    (text = hmac_read_file(parse, &words[2], text + 5)) == NULL)
		return;
	len = hmac_key_bytes(text, bytes);
	for (unsigned i = 0; i < hmac->key_count; i++)
		if (hmac->key[i].id == id) {
			vrrp_report(parse, DIAG_ERROR, &diag_duplicate, words[1].span,
				    "there is a key %u already", (unsigned)id);
			return;
		}
	if (len == 0) {
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, words[2].span,
			    "a key has %d to %d bytes, as text or as hex:", HMAC_KEY_MIN,
			    VRRP_HMAC_KEY);
	} else if (hmac->key_count == VRRP_HMAC_KEYS) {
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, words[0].span,
			    "an instance has at most %d keys", VRRP_HMAC_KEYS);
	} else {
		hmac->key[hmac->key_count].id = (uint8_t)id;
		hmac->key[hmac->key_count].len = (uint8_t)len;
		memcpy(hmac->key[hmac->key_count++].bytes, bytes, sizeof(bytes));
		vrrp_warn_rest(parse, &node->line, 3);
	}
}

static void hmac_parse_mode(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	static const struct conf_choice modes[] = {
		{ "enforce", VRRP_HMAC_ENFORCE, "Unsigned adverts are refused." },
		{ "permissive", VRRP_HMAC_PERMISSIVE, "Unsigned adverts are taken." },
		{ "receive_only", VRRP_HMAC_RECEIVE_ONLY, "Ours: none is signed here." },
		{ NULL, 0, NULL },
	};
	struct vrrp_hmac_conf *hmac = object;
	int mode;

	if (!vrrp_need(parse, node, 1, "mode enforce|permissive|receive_only") ||
	    !conf_read_choice(&parse->common, &node->line.words[1], modes, "mode", &mode))
		return;
	hmac->mode = (enum vrrp_hmac_mode)mode;
	vrrp_warn_rest(parse, &node->line, 2);
}

/* Both ask that a sender's numbers grow; only `time` compares them with our clock. */
static void hmac_parse_replay(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	static const struct conf_choice ways[] = {
		{ "time", 1, "Not older than time_window." },
		{ "monotonic", 0, "Newer than the sender's last." },
		{ NULL, 0, NULL },
	};
	struct vrrp_hmac_conf *hmac = object;
	int by_time;

	if (!vrrp_need(parse, node, 1, "anti_replay time|monotonic") ||
	    !conf_read_choice(&parse->common, &node->line.words[1], ways, "way", &by_time))
		return;
	if (!by_time)
		hmac->time_window_us = UINT64_MAX;
	else if (hmac->time_window_us == UINT64_MAX)
		hmac->time_window_us = 0;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void hmac_parse_window(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_hmac_conf *hmac = object;
	int64_t seconds;

	if (!vrrp_need(parse, node, 1, "time_window 5") ||
	    !conf_read_int(&parse->common, &node->line.words[1], 1, HMAC_WINDOW_MAX_S, &seconds))
		return;
	if (seconds < 5)
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, node->line.words[1].span,
			    "a window has at least 5 seconds: 5 is taken");
	if (hmac->time_window_us != UINT64_MAX)
		hmac->time_window_us = (uint64_t)seconds * 1000000;
	vrrp_warn_rest(parse, &node->line, 2);
}

#define HMAC(word, summary, example)                                                               \
	.doc = { word, summary, example, "0.3" }, .where = VRRP_HMAC, .type = VRRP_PARSE

const struct vrrp_keyword vrrp_keywords_hmac[] = {
	{ .doc = { "auth_hmac", "Signs adverts with a key (Keepalived 2.4.2 and newer).",
		   "auth_hmac {", "0.3" },
	  .where = VRRP_INSTANCE, .type = VRRP_PARSE, .block = true, .parse = hmac_parse,
	  .said = VRRP_SAID_HMAC },
	{ HMAC("key", "A key of 32 to 64 bytes and its number: text, hex:DIGITS or file:PATH.",
	       "key 1 0123456789abcdef0123456789abcdef"),
	  .parse = hmac_parse_key },
	{ .doc = { "active_key", "The number of the key that signs.", "active_key 1", "0.3" },
	  .where = VRRP_HMAC, .type = VRRP_BYTE, .min = 1, .max = 255,
	  .offset = offsetof(struct vrrp_hmac_conf, active_key) },
	{ HMAC("mode", "enforce, permissive, or our own receive_only.", "mode permissive"),
	  .preset = "enforce", .parse = hmac_parse_mode },
	{ HMAC("anti_replay",
	       "time: an advert must be new by the clock; monotonic: newer than the last.",
	       "anti_replay monotonic"),
	  .preset = "time", .parse = hmac_parse_replay },
	{ HMAC("time_window", "Seconds that clocks may be apart.", "time_window 5"),
	  .preset = "three advert intervals, at least 5", .parse = hmac_parse_window },
	VRRP_KEYWORDS_END,
};
