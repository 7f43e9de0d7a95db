/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/converter_time.c - dates as text. The date is the sample: seconds
 * since 1970, or the unit that the converter's name or argument says.
 */
#include <time.h>

#include "expr/converter.h"

enum {
	TIME_TEXT = 512,
	TIME_HTTP_TEXT = 48,
};

/* "0000-01-01" to "9999-12-31": what a date of four digits can say. */
static const int64_t time_first = -62167219200, time_last = 253402300799;

enum { TIME_SECONDS = 1, TIME_MILLISECONDS = 1000, TIME_MICROSECONDS = 1000000 };

/* The date with the offset of the argument added, cut into seconds and the rest. */
static bool time_split(const struct expr_sample *sample, const struct expr_arg *offset, int unit,
		       time_t *ret_seconds, uint32_t *ret_rest)
{
	int64_t date = sample->value.integer, seconds, rest;

	if (offset->given && __builtin_add_overflow(date, offset->integer, &date))
		return false;
	seconds = date / unit;
	rest = date % unit;
	if (rest < 0) {
		seconds--;
		rest += unit;
	}
	*ret_seconds = (time_t)seconds;
	*ret_rest = (uint32_t)rest;
	return seconds >= time_first && seconds <= time_last;
}

static bool time_format(struct expr_context *context, const struct expr_args *args, int unit,
			bool local, struct expr_sample *sample)
{
	struct out out;
	struct tm tm;
	time_t seconds;
	uint32_t rest;

	if (!time_split(sample, &args->at[1], unit, &seconds, &rest) ||
	    (local ? localtime_r(&seconds, &tm) : gmtime_r(&seconds, &tm)) == NULL ||
	    !converter_room(context, TIME_TEXT, &out))
		return false;
	out.len = strftime(out.bytes, out.size, args->at[0].text.at, &tm);
	return converter_take(context, &out, EXPR_STRING, sample);
}

#define TIME_CONVERTER(name, unit, local)                                                          \
	static bool time_##name(struct expr_context *context, const struct expr_args *args,        \
				struct expr_sample *sample)                                        \
	{                                                                                          \
		return time_format(context, args, unit, local, sample);                            \
	}

TIME_CONVERTER(ltime, TIME_SECONDS, true)
TIME_CONVERTER(utime, TIME_SECONDS, false)
TIME_CONVERTER(ms_ltime, TIME_MILLISECONDS, true)
TIME_CONVERTER(ms_utime, TIME_MILLISECONDS, false)
TIME_CONVERTER(us_ltime, TIME_MICROSECONDS, true)
TIME_CONVERTER(us_utime, TIME_MICROSECONDS, false)

static int time_unit(const struct expr_arg *unit)
{
	if (!unit->given || slice_is(unit->text, "s"))
		return TIME_SECONDS;
	if (slice_is(unit->text, "ms"))
		return TIME_MILLISECONDS;
	return slice_is(unit->text, "us") ? TIME_MICROSECONDS : 0;
}

static bool time_check_http_date(struct conf_parse *parse, struct expr_args *args,
				 struct diag_span span)
{
	return time_unit(&args->at[1]) != 0 ||
	       converter_error(parse, args, 1, span, NULL, "the unit is one of s, ms and us");
}

/* A fraction stands before the time zone: "Sun, 06 Nov 1994 08:49:37.250 GMT". */
static bool time_http_date(struct expr_context *context, const struct expr_args *args,
			   struct expr_sample *sample)
{
	int unit = time_unit(&args->at[1]);
	struct out out;
	time_t seconds;
	uint32_t rest;

	if (!time_split(sample, &args->at[0], unit, &seconds, &rest) ||
	    !converter_room(context, TIME_HTTP_TEXT, &out))
		return false;
	http_date(&out, seconds);
	if (unit != TIME_SECONDS) {
		out.len -= strlen(" GMT");
		out_char(&out, '.');
		out_padded(&out, rest, unit == TIME_MILLISECONDS ? 3 : 6);
		out_text(&out, " GMT");
	}
	return converter_take(context, &out, EXPR_STRING, sample);
}

#define TIME_ROW(word, text)                                                                       \
	{ .doc = { .name = #word, .summary = text, .since = "0.2",                                 \
		   .example = "http-request set-header x-day %[date," #word "(%Y-%m-%d)]" },       \
	  .in = EXPR_INT, .out = EXPR_STRING,                                                      \
	  .args = { { EXPR_ARG_STRING, false, "format" }, { EXPR_ARG_INT, true, "offset" } },      \
	  .run = time_##word }

const struct expr_converter expr_converters_time[] = {
	{
		.doc = { .name = "http_date", .since = "0.2",
			 .summary = "A date as headers have it; an offset is added before, and "
				    "both may be in s, ms or us.",
			 .example = "http-response set-header expires %[date,http_date(3600)]" },
		.in = EXPR_INT, .out = EXPR_STRING,
		.args = { { EXPR_ARG_INT, true, "offset" }, { EXPR_ARG_STRING, true, "unit" } },
		.check = time_check_http_date, .run = time_http_date,
	},
	TIME_ROW(ltime, "A date in local time, in the format of strftime(3)."),
	TIME_ROW(ms_ltime, "A date in milliseconds in local time, in the format of strftime(3)."),
	TIME_ROW(ms_utime, "A date in milliseconds in UTC, in the format of strftime(3)."),
	TIME_ROW(us_ltime, "A date in microseconds in local time, in the format of strftime(3)."),
	TIME_ROW(us_utime, "A date in microseconds in UTC, in the format of strftime(3)."),
	TIME_ROW(utime, "A date in UTC, in the format of strftime(3)."),
	{ .doc = { .name = NULL } },
};
