/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/log_names.c - the words of a `log` line: facilities, levels, formats
 * (configuration manual, 4.2 "log"). The order of each table is the number
 * that goes into <PRI> (RFC 5424, 6.2.1), or enum log_format.
 */
#include "diag/log.h"

#include <string.h>

const char *const log_facility_names[] = {
	"kern",	  "user",   "mail",   "daemon", "auth",	  "syslog", "lpr",    "news",	"uucp",
	"cron",	  "auth2",  "ftp",    "ntp",	"audit",  "alert",  "cron2",  "local0", "local1",
	"local2", "local3", "local4", "local5", "local6", "local7", NULL,
};

const char *const log_level_names[] = {
	[LOG_LEVEL_EMERG] = "emerg",	 [LOG_LEVEL_ALERT] = "alert",
	[LOG_LEVEL_CRIT] = "crit",	 [LOG_LEVEL_ERR] = "err",
	[LOG_LEVEL_WARNING] = "warning", [LOG_LEVEL_NOTICE] = "notice",
	[LOG_LEVEL_INFO] = "info",	 [LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_DEBUG + 1] = NULL,
};

const char *const log_format_names[] = {
	[LOG_FORMAT_LOCAL] = "local",	    [LOG_FORMAT_RFC3164] = "rfc3164",
	[LOG_FORMAT_RFC5424] = "rfc5424",   [LOG_FORMAT_PRIORITY] = "priority",
	[LOG_FORMAT_SHORT] = "short",	    [LOG_FORMAT_TIMED] = "timed",
	[LOG_FORMAT_ISO] = "iso",	    [LOG_FORMAT_RAW] = "raw",
	[LOG_FORMAT_DEFAULT] = NULL, /* nothing to type */
};

static int names_find(const char *const *names, const char *name)
{
	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

int log_facility_find(const char *name)
{
	return names_find(log_facility_names, name);
}

int log_level_find(const char *name)
{
	return names_find(log_level_names, name);
}

int log_format_find(const char *name)
{
	return names_find(log_format_names, name);
}

const char *log_level_name(enum log_level level)
{
	ASSERT(level <= LOG_LEVEL_DEBUG);
	return log_level_names[level];
}

const char *log_facility_name(unsigned facility)
{
	return facility < ARRAY_LEN(log_facility_names) ? log_facility_names[facility] : NULL;
}
