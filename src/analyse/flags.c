/* SPDX-License-Identifier: Apache-2.0 */
/* analyse/flags.c - see flags.h: one row a flag. */
#include "analyse/flags.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/outputs.h"
#include "base/macros.h"
#include "diag/report.h"

enum flag_type {
	FLAG_SET,	/* a bool */
	FLAG_NUMBER,
	FLAG_RANGE,	/* "min:max", either may be missing; one number: `alone` says what it is */
	FLAG_CODE,	/* two characters */
	FLAG_CAPTURE,	/* "block:field" */
	FLAG_OUTPUT,
};

enum flag_alone { ALONE_EXACT, ALONE_FROM };

struct flag {
	struct doc doc;
	const char *alias;
	const char *value;	/* what help calls it; NULL: takes none */
	enum flag_type type;
	size_t offset;
	const struct analyse_output *output; /* asks for this one, of whatever type the flag is */
	int64_t least;
	enum flag_alone alone;
};

#define DOC(flag_name, text, line)                                                                 \
	.doc = { .name = flag_name, .summary = text, .example = "relevo log " line, .since = "0.2" }
#define FIELD(kind, member) .type = kind, .offset = offsetof(struct analyse_flags, member)
#define OUTPUT(flag_name, which, text)                                                             \
	{ DOC(flag_name, text, flag_name " haproxy.log"), .type = FLAG_OUTPUT, .output = &(which) }

static const struct flag flags[] = {
	{ DOC("-h", "Print this and exit.", "-h"), .alias = "--help", FIELD(FLAG_SET, help) },

	{ DOC("-H", "Only requests of mode http.", "-H haproxy.log"),
	  FIELD(FLAG_SET, filter.http) },
	{ DOC("-e", "Only requests with a status of 5xx, or with none.", "-e haproxy.log"),
	  FIELD(FLAG_SET, filter.errors) },
	{ DOC("-E", "Only what -e would leave out.", "-E haproxy.log"),
	  FIELD(FLAG_SET, filter.no_errors) },
	{ DOC("-rt", "Only requests answered after this many milliseconds or more.",
	      "-rt 1000 haproxy.log"),
	  .value = "MS", FIELD(FLAG_NUMBER, filter.response_from) },
	{ DOC("-RT", "Only requests answered in less than this many milliseconds.",
	      "-RT 50 haproxy.log"),
	  .value = "MS", FIELD(FLAG_NUMBER, filter.response_below) },
	{ DOC("-Q", "Only what waited in a queue.", "-Q haproxy.log"),
	  FIELD(FLAG_SET, filter.queued) },
	{ DOC("-QS", "Only what waited in a server's queue.", "-QS haproxy.log"),
	  FIELD(FLAG_SET, filter.server_queued) },
	{ DOC("-tcn", "Only what ended with this termination state (its first two characters).",
	      "-tcn SC haproxy.log"),
	  .value = "CODE", FIELD(FLAG_CODE, filter.termination) },
	{ DOC("-TCN", "Only what ended with another termination state.", "-TCN -- haproxy.log"),
	  .value = "CODE", FIELD(FLAG_CODE, filter.no_termination) },
	{ DOC("-hs", "Only requests whose status is this one, or within min:max.",
	      "-hs 400:499 haproxy.log"),
	  .value = "STATUS", FIELD(FLAG_RANGE, filter.status) },
	{ DOC("-HS", "Only what has no such status.", "-HS 200 haproxy.log"),
	  .value = "STATUS", FIELD(FLAG_RANGE, filter.no_status) },
	{ DOC("-time",
	      "Only lines dated within min:max, in seconds since 1970, their dates read as UTC.",
	      "-time 1233921171:1233921231 haproxy.log"),
	  .value = "SECONDS", FIELD(FLAG_RANGE, filter.date), .alone = ALONE_FROM },

	{ DOC("-v", "Turn the filters round: only what they would leave out.", "-v -H haproxy.log"),
	  FIELD(FLAG_SET, filter.invert) },
	{ DOC("-q", "Say nothing of lines that cannot be read, nor how many there were.",
	      "-q -st haproxy.log"),
	  FIELD(FLAG_SET, quiet) },
	{ DOC("-m", "Print this many lines, or rows of a table, at most.", "-m 10 -uc haproxy.log"),
	  .value = "COUNT", FIELD(FLAG_NUMBER, limit), .least = 1 },
	{ DOC("-s",
	      "Pass over this many words, and 4 more: for prefixes that have such a date "
	      "themselves.",
	      "-s 1 -st haproxy.log"),
	  .value = "COUNT", FIELD(FLAG_NUMBER, skip), .least = SKIP_NONE },
	{ DOC("-query", "Tell URLs apart by their query too.", "-query -uc haproxy.log"),
	  FIELD(FLAG_SET, query) },

	{ DOC("--summary", "A summary to read: the output when no flag asks for lines.",
	      "--summary -e haproxy.log"),
	  .type = FLAG_OUTPUT, .output = &output_summary },
	OUTPUT("-c", output_count, "How many lines there are."),
	OUTPUT("-pct", output_percentiles,
	       "Percentiles: percent, requests, and milliseconds of request, connect, response, "
	       "data."),
	OUTPUT("-gt", output_graph,
	       "Points of a graph of times: series (0 failed, 1 to 4 as -pct), ms, height."),
	OUTPUT("-st", output_statuses, "Requests of each status."),
	OUTPUT("-cc", output_cookies, "Requests of each pair of cookie flags."),
	OUTPUT("-tc", output_terminations, "Requests and sessions of each termination state."),
	OUTPUT("-srv", output_servers, "Each server: statuses, requests, those answered, times."),
	OUTPUT("-ic", output_clients, "Each client's address: requests, errors, times, bytes."),
	OUTPUT("-u", output_urls, "Each URL: requests, errors, times, bytes; by name."),
	OUTPUT("-uc", output_urls_count, "As -u, most frequent first."),
	OUTPUT("-ue", output_urls_errors, "As -u, most errors first."),
	OUTPUT("-ua", output_urls_average, "As -u, longest average time first."),
	OUTPUT("-ut", output_urls_total, "As -u, most time in all first."),
	OUTPUT("-uao", output_urls_good_average, "As -ua, of requests that were answered."),
	OUTPUT("-uto", output_urls_good_total, "As -ut, of requests that were answered."),
	OUTPUT("-uba", output_urls_bytes_average, "As -u, most bytes a request first."),
	OUTPUT("-ubt", output_urls_bytes, "As -u, most bytes in all first."),
	{ DOC("-hdr", "The captured header of this block and field, both from 1, of each request.",
	      "-hdr 1:2 haproxy.log"),
	  .value = "BLOCK:FIELD", FIELD(FLAG_CAPTURE, block), .output = &output_captures },
	{ DOC("-ad", "Arrivals after a gap of this many milliseconds: time, ms, gap, how many.",
	      "-ad 1000 haproxy.log"),
	  .value = "MS", FIELD(FLAG_NUMBER, gap_ms), .output = &output_accepts },
	{ DOC("-ac", "Milliseconds in which this many arrived or more, as -ad prints them.",
	      "-ac 10 haproxy.log"),
	  .value = "COUNT", FIELD(FLAG_NUMBER, gap_count), .output = &output_accepts },
};

static const struct flag *find_flag(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (strcmp(flags[i].doc.name, word) == 0 ||
		    (flags[i].alias != NULL && strcmp(flags[i].alias, word) == 0))
			return &flags[i];
	return NULL;
}

static int fail_unknown(const char *word)
{
	const char *names[ARRAY_LEN(flags) + 1];

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		names[i] = flags[i].doc.name;
	names[ARRAY_LEN(flags)] = NULL;

	const char *near = diag_closest(word, names);
	if (near != NULL)
		fprintf(stderr, "relevo log: unknown flag '%s': did you mean '%s'?\n", word, near);
	else
		fprintf(stderr, "relevo log: unknown flag '%s': 'relevo log -h' lists them\n",
			word);
	return -EINVAL;
}

static int fail_value(const struct flag *flag, const char *value)
{
	fprintf(stderr, "relevo log: '%s' is no %s for %s, as in: %s\n", value, flag->value,
		flag->doc.name, flag->doc.example);
	return -EINVAL;
}

/* A whole number; *at moves behind it. */
static bool read_number(const char **at, int64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoll(*at, &end, 10);
	if (errno != 0 || end == *at)
		return false;
	*at = end;
	return true;
}

static bool read_range(const char *at, enum flag_alone alone, struct filter_range *range)
{
	*range = (struct filter_range){ .given = true, .from = INT64_MIN, .to = INT64_MAX };
	if (*at != ':' && !read_number(&at, &range->from))
		return false;
	if (*at == '\0') {
		if (alone == ALONE_EXACT)
			range->to = range->from;
		return true;
	}
	if (*at++ != ':')
		return false;
	return *at == '\0' || (read_number(&at, &range->to) && *at == '\0');
}

static bool read_value(const struct flag *flag, const char *value, struct analyse_flags *ret)
{
	void *field = (char *)ret + flag->offset;
	int64_t *number = field;

	switch (flag->type) {
	case FLAG_NUMBER:
		return read_number(&value, number) && *value == '\0' && *number >= flag->least &&
		       *number <= INT32_MAX;
	case FLAG_RANGE:
		return read_range(value, flag->alone, field);
	case FLAG_CODE:
		*(const char **)field = value;
		return strlen(value) >= 2 && strlen(value) <= 4;
	case FLAG_CAPTURE:
		return read_number(&value, &ret->block) && *value++ == ':' &&
		       read_number(&value, &ret->field) && *value == '\0' && ret->block > 0 &&
		       ret->field > 0 && ret->block < UINT16_MAX && ret->field < UINT16_MAX;
	case FLAG_SET:
		*(bool *)field = true;
		return true;
	case FLAG_OUTPUT:
		return true;
	}
	return false;
}

/* One output at a time; -ad and -ac ask for the same. */
static int choose_output(const struct flag *flag, struct analyse_flags *ret)
{
	if (flag->output == NULL || flag->output == ret->output)
		return 0;
	if (ret->output != NULL) {
		fprintf(stderr, "relevo log: %s asks for a second output: only one at a time\n",
			flag->doc.name);
		return -EINVAL;
	}
	ret->output = flag->output;
	return 0;
}

static int parse_flag(char **argv, int argc, int *at, struct analyse_flags *ret)
{
	const struct flag *flag = find_flag(argv[*at]);
	const char *value = "";

	if (flag == NULL)
		return fail_unknown(argv[*at]);
	if (flag->value != NULL) {
		if (*at + 1 >= argc) {
			fprintf(stderr, "relevo log: %s needs a %s, as in: %s\n", flag->doc.name,
				flag->value, flag->doc.example);
			return -EINVAL;
		}
		value = argv[++*at];
	}
	if (!read_value(flag, value, ret))
		return fail_value(flag, value);
	return choose_output(flag, ret);
}

int analyse_flags_parse(int argc, char **argv, struct analyse_flags *ret)
{
	bool only_files = false;

	*ret = (struct analyse_flags){ .files = argv + 1, .skip = SKIP_NONE };
	for (int i = 1; i < argc; i++) {
		if (!only_files && strcmp(argv[i], "--") == 0) {
			only_files = true;
			continue;
		}
		if (only_files || argv[i][0] != '-' || argv[i][1] == '\0') {
			ret->files[ret->file_count++] = argv[i];
			continue;
		}
		int r = parse_flag(argv, argc, &i, ret);
		if (r < 0)
			return r;
	}
	if (ret->output == NULL)
		ret->output = filter_is_set(&ret->filter) ? &output_lines : &output_summary;
	return 0;
}

const struct doc *analyse_flags_doc(unsigned index)
{
	return index < ARRAY_LEN(flags) ? &flags[index].doc : NULL;
}

static void flag_name(const struct flag *flag, char *bytes, size_t size)
{
	snprintf(bytes, size, "%s%s%s%s%s", flag->doc.name, flag->alias != NULL ? ", " : "",
		 flag->alias != NULL ? flag->alias : "", flag->value != NULL ? " " : "",
		 flag->value != NULL ? flag->value : "");
}

void analyse_flags_help(FILE *out)
{
	char name[64];

	fprintf(out, "Usage: relevo log [flags] [file ...]\n"
		     "Reads the files or standard input, and prints a summary without flags, the "
		     "lines\n"
		     "that pass with filters alone, else what one flag asks for. Flags are "
		     "halog's.\n");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		flag_name(&flags[i], name, sizeof(name));
		fprintf(out, "  %-18s %s\n", name, flags[i].doc.summary);
	}
}

void analyse_flags_reference(FILE *out)
{
	char name[64];

	fprintf(out, "\n## relevo log\n\n");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		flag_name(&flags[i], name, sizeof(name));
		fprintf(out, "- `%s`: %s Example: `%s`\n", name, flags[i].doc.summary,
			flags[i].doc.example);
	}
}
