/* SPDX-License-Identifier: Apache-2.0 */
/* conf/predicate.c - the predicates of conditions, one row each. See condition.h. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "conf/condition.h"
#include "conf/environment.h"

static bool listed(const char *const *names, const char *name)
{
	for (; names != NULL && *names != NULL; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

static uint64_t version_number(const char **at)
{
	uint64_t number = 0;

	for (; isdigit((unsigned char)**at); ++*at) {
		if (number < 0xffff)
			number = number * 10 + (uint64_t)(**at - '0');
	}
	return number < 0xffff ? number : 0xffff;
}

/*
 * Orders "2.4-dev19" before "2.4-rc1" before "2.4" = "2.4.0" before "2.4.0a"
 * before "2.4.1". What follows another dash (commits, packaging) is not
 * looked at.
 */
static bool version_read(const char *text, uint64_t *ret_key)
{
	uint64_t key = 0, last = 0xff00;
	const char *at = text;

	if (!isdigit((unsigned char)*at))
		return false;
	for (int component = 0; component < 3; component++) {
		key = key << 16 | version_number(&at);
		if (*at == '.' && component < 2)
			at++;
	}
	if (strncmp(at, "-dev", 4) == 0 || strncmp(at, "-rc", 3) == 0) {
		last = at[1] == 'r' ? 0x8000 : 0;
		at += at[1] == 'r' ? 3 : 4;
		last += version_number(&at) & 0x7fff;
	} else if (isalpha((unsigned char)*at)) {
		last += (unsigned char)*at;
	} else if (*at != '\0' && *at != '-' && *at != '.' && *at != '+' && *at != '~') {
		return false;
	}
	*ret_key = key << 16 | last;
	return true;
}

/* Whether `have` is at least `want`; a `have` of NULL is no version at all. */
static int version_reached(const char *have, const char *want, bool negate)
{
	uint64_t have_key, want_key;

	if (!version_read(want, &want_key))
		return -EINVAL;
	if (have == NULL || !version_read(have, &have_key))
		return 0;
	return (have_key >= want_key) != negate;
}

static int predicate_defined(const struct conf_reader *reader, const char *const *arguments)
{
	return conf_environment_get(reader->environment, arguments[0]) != NULL;
}

static int predicate_feature(const struct conf_reader *reader, const char *const *arguments)
{
	return listed(reader->features, arguments[0]);
}

static int predicate_enabled(const struct conf_reader *reader, const char *const *arguments)
{
	return listed(reader->enabled, arguments[0]);
}

static int predicate_streq(const struct conf_reader *reader, const char *const *arguments)
{
	return strcmp(arguments[0], arguments[1]) == 0;
}

static int predicate_strneq(const struct conf_reader *reader, const char *const *arguments)
{
	return strcmp(arguments[0], arguments[1]) != 0;
}

static int predicate_strstr(const struct conf_reader *reader, const char *const *arguments)
{
	return strstr(arguments[0], arguments[1]) != NULL;
}

static int predicate_version_atleast(const struct conf_reader *reader, const char *const *arguments)
{
	return version_reached(reader->version, arguments[0], false);
}

static int predicate_version_before(const struct conf_reader *reader, const char *const *arguments)
{
	return version_reached(reader->version, arguments[0], true);
}

static int predicate_tls_atleast(const struct conf_reader *reader, const char *const *arguments)
{
	return version_reached(reader->tls_version, arguments[0], false);
}

static int predicate_tls_before(const struct conf_reader *reader, const char *const *arguments)
{
	return version_reached(reader->tls_version, arguments[0], true);
}

static int predicate_tls_name(const struct conf_reader *reader, const char *const *arguments)
{
	return reader->tls_version != NULL &&
	       strncmp("OpenSSL", arguments[0], strlen(arguments[0])) == 0;
}

/* A library that relevo is never linked with, so neither side of the comparison holds. */
static int predicate_awslc(const struct conf_reader *reader, const char *const *arguments)
{
	return 0;
}

const struct conf_predicate conf_predicates[] = {
	{ { "defined", "True if the environment has a variable of this name, even an empty one.",
	    ".if defined(HOME)", "0.1" }, 1, predicate_defined },
	{ { "feature", "True if relevo was built with this feature, named as HAProxy names it.",
	    ".if feature(OPENSSL)", "0.1" }, 1, predicate_feature },
	{ { "enabled", "True if this facility is in use at run time.",
	    ".if enabled(SPLICE)", "0.1" }, 1, predicate_enabled },
	{ { "streq", "True if the two strings are equal.",
	    ".if streq(\"$SITE\",north)", "0.1" }, 2, predicate_streq },
	{ { "strneq", "True if the two strings differ.",
	    ".if strneq(\"$SITE\",north)", "0.1" }, 2, predicate_strneq },
	{ { "strstr", "True if the first string contains the second.",
	    ".if strstr(\"$SITE\",north)", "0.1" }, 2, predicate_strstr },
	{ { "version_atleast", "True if the HAProxy version relevo stands for is this or later.",
	    ".if version_atleast(2.4-dev19)", "0.1" }, 1, predicate_version_atleast },
	{ { "version_before", "True if the HAProxy version relevo stands for is before this one.",
	    ".if version_before(2.4)", "0.1" }, 1, predicate_version_before },
	{ { "openssl_version_atleast", "True if the TLS library is OpenSSL, this version or later.",
	    ".if openssl_version_atleast(1.1.1k)", "0.1" }, 1, predicate_tls_atleast },
	{ { "openssl_version_before", "True if the TLS library is OpenSSL before this version.",
	    ".if openssl_version_before(3.0.0)", "0.1" }, 1, predicate_tls_before },
	{ { "ssllib_name_startswith", "True if the name of the TLS library begins with this.",
	    ".if ssllib_name_startswith(OpenSSL)", "0.1" }, 1, predicate_tls_name },
	{ { "awslc_api_atleast", "Always false: relevo is not built with AWS-LC.",
	    ".if awslc_api_atleast(20)", "0.1" }, 1, predicate_awslc },
	{ { "awslc_api_before", "Always false: relevo is not built with AWS-LC.",
	    ".if awslc_api_before(20)", "0.1" }, 1, predicate_awslc },
	{ .doc = { .name = NULL } },
};
