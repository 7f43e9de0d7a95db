/* SPDX-License-Identifier: Apache-2.0 */
/* base/ip.c - see ip.h. */
#include "base/ip.h"

#include <arpa/inet.h>

char *ip_text(const struct ip *ip, char buf[IP_TEXT])
{
	if (ip->family == 0 || inet_ntop(ip->family, ip->bytes, buf, IP_TEXT) == NULL)
		memcpy(buf, "-", 2);
	return buf;
}

bool ip_parse(const char *text, struct ip *ret)
{
	struct ip ip = { .family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET };

	if (inet_pton(ip.family, text, ip.bytes) != 1)
		return false;
	*ret = ip;
	return true;
}
