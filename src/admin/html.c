/* SPDX-License-Identifier: Apache-2.0 */
/* admin/html.c - see html.h. */
#include "admin/html.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

static const char *html_entity(unsigned char byte)
{
	switch (byte) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	}
	return byte < ' ' || byte == 127 ? "\xef\xbf\xbd" : NULL;
}

/* Bytes of the UTF-8 character at `at` beyond ASCII, or 0 if it is none (RFC 3629). */
static size_t utf8_len(const unsigned char *at)
{
	size_t len = at[0] >= 0xc2 && at[0] <= 0xdf ? 2 :
		     at[0] >= 0xe0 && at[0] <= 0xef ? 3 :
		     at[0] >= 0xf0 && at[0] <= 0xf4 ? 4 :
						      0;

	for (size_t i = 1; i < len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return len;
}

void html_text(struct strbuf *buf, const char *text)
{
	while (*text != '\0') {
		const unsigned char *at = (const unsigned char *)text;
		const char *entity = html_entity(*at);
		size_t len = *at < 0x80 ? 1 : utf8_len(at);

		if (entity != NULL || len == 0) {
			strbuf_puts(buf, entity != NULL ? entity : "\xef\xbf\xbd");
			len = 1;
		} else {
			strbuf_add(buf, text, len);
		}
		text += len;
	}
}

void html_number(struct strbuf *buf, uint64_t number)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, number);

	for (int i = 0; i < len; i++) {
		if (i != 0 && (len - i) % 3 == 0)
			strbuf_puts(buf, "\xe2\x80\xaf"); /* U+202F */
		strbuf_add(buf, &digits[i], 1);
	}
}

void html_bytes(struct strbuf *buf, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	size_t unit = 0;

	/* 1023.95 would be printed as "1024.0" */
	while (value >= 1023.95 && unit + 1 < ARRAY_LEN(units)) {
		value /= 1024;
		unit++;
	}
	if (unit == 0)
		strbuf_printf(buf, "%" PRIu64, bytes);
	else
		strbuf_printf(buf, value < 99.95 ? "%.1f" : "%.0f", value);
	strbuf_printf(buf, "\xe2\x80\xaf%s", units[unit]);
}

void html_duration(struct strbuf *buf, uint64_t seconds)
{
	static const struct {
		uint64_t seconds;
		const char *name;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(units) && seconds < units[i].seconds)
		i++;
	strbuf_printf(buf, "%" PRIu64 "\xe2\x80\xaf%s", seconds / units[i].seconds, units[i].name);
	if (i + 1 == ARRAY_LEN(units))
		return;
	seconds = seconds % units[i].seconds / units[i + 1].seconds;
	if (seconds != 0)
		strbuf_printf(buf, " %" PRIu64 "\xe2\x80\xaf%s", seconds, units[i + 1].name);
}

void html_time(struct strbuf *buf, uint64_t wall_us)
{
	time_t second = (time_t)(wall_us / 1000000);
	char text[40];
	struct tm tm;

	if (localtime_r(&second, &tm) == NULL)
		return; /* a year that does not fit, out of a broken page */
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	strbuf_puts(buf, text);
}
