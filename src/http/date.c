/* SPDX-License-Identifier: Apache-2.0 */
/* http/date.c - IMF-fixdate (RFC 9110, 5.6.7). */
#include "base/out.h"
#include "http/message.h"

struct day {
	int64_t year;
	unsigned month, of_month; /* from 1 */
};

/*
 * The proleptic Gregorian calendar in eras of 400 years, whose years begin in
 * March so that the leap day is the last.
 */
static struct day day_of(int64_t days_since_1970)
{
	int64_t days = days_since_1970 + 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	unsigned of_era = (unsigned)(days - era * 146097);
	unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
	unsigned month = (5 * of_year + 2) / 153; /* from March */

	return (struct day){
		.year = (int64_t)year + era * 400 + (month >= 10),
		.month = month < 10 ? month + 3 : month - 9,
		.of_month = of_year - (153 * month + 2) / 5 + 1,
	};
}

void http_date(struct out *out, int64_t unix_seconds)
{
	static const char weekdays[] = "ThuFriSatSunMonTueWed";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t days = unix_seconds / 86400, second = unix_seconds % 86400;

	if (second < 0) {
		second += 86400;
		days--;
	}

	const struct day day = day_of(days);
	out_bytes(out, weekdays + 3 * ((days % 7 + 7) % 7), 3);
	out_text(out, ", ");
	out_padded(out, day.of_month, 2);
	out_char(out, ' ');
	out_bytes(out, months + 3 * (day.month - 1), 3);
	out_char(out, ' ');
	out_padded(out, (uint32_t)day.year, 4);
	out_char(out, ' ');
	out_padded(out, (uint32_t)(second / 3600), 2);
	out_char(out, ':');
	out_padded(out, (uint32_t)(second / 60 % 60), 2);
	out_char(out, ':');
	out_padded(out, (uint32_t)(second % 60), 2);
	out_text(out, " GMT");
}
