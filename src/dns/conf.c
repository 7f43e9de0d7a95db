/* SPDX-License-Identifier: Apache-2.0 */
/* dns/conf.c - see conf.h. */
#include "dns/conf.h"

#include <ctype.h>
#include <string.h>

enum { NAME_MAX_BYTES = 253, LABEL_MAX_BYTES = 63 };

uint32_t dns_conf_hold_ms(const struct dns_conf *conf, enum dns_status status)
{
	switch (status) {
	case DNS_NX:
		return conf->hold_nx_ms;
	case DNS_REFUSED:
		return conf->hold_refused_ms;
	case DNS_TIMEOUT:
		return conf->hold_timeout_ms;
	default:
		return conf->hold_other_ms;
	}
}

static bool conf_label_valid(const char *label, size_t len)
{
	if (len == 0 || len > LABEL_MAX_BYTES)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)label[i]) && label[i] != '-' && label[i] != '_')
			return false;
	return true;
}

bool dns_name_valid(const char *name)
{
	size_t len = strlen(name), at = 0;

	if (len != 0 && name[len - 1] == '.')
		len--;
	if (len == 0 || len > NAME_MAX_BYTES)
		return false;
	while (at <= len) {
		size_t label = strcspn(name + at, ".");

		if (at + label > len)
			label = len - at;
		if (!conf_label_valid(name + at, label))
			return false;
		at += label + 1;
	}
	return true;
}
