/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/reference.c - the manual of keepalived.conf, printed from its rows. */
#include <stdio.h>

#include "base/macros.h"
#include "vrrp/keyword.h"

static const struct {
	enum vrrp_where where;
	const char *title;
} reference_blocks[] = {
	{ VRRP_TOP, "Blocks of the file" },
	{ VRRP_GLOBAL, "global_defs" },
	{ VRRP_SCRIPT, "vrrp_script" },
	{ VRRP_INSTANCE, "vrrp_instance" },
	{ VRRP_AUTHENTICATION, "authentication in vrrp_instance" },
	{ VRRP_GROUP, "vrrp_sync_group" },
	{ VRRP_PROCESS, "vrrp_track_process" },
	{ VRRP_FILE, "track_file" },
	{ VRRP_BFD, "bfd_instance" },
	{ VRRP_HMAC, "auth_hmac in vrrp_instance" },
	{ VRRP_GARP_GROUP, "garp_group" },
	{ VRRP_VIRTUAL_SERVER, "virtual_server" },
	{ VRRP_REAL_SERVER, "real_server" },
	{ VRRP_CHECK_CONNECT, "Checks that connect" },
	{ VRRP_CHECK_HTTP, "HTTP_GET and SSL_GET" },
	{ VRRP_CHECK_URL, "url in HTTP_GET" },
	{ VRRP_CHECK_SMTP, "SMTP_CHECK" },
	{ VRRP_CHECK_DNS, "DNS_CHECK" },
	{ VRRP_CHECK_MISC, "MISC_CHECK" },
	{ VRRP_CHECK_UDP, "UDP_CHECK" },
	{ VRRP_CHECK_BFD, "BFD_CHECK" },
	{ VRRP_CHECK_FILE, "FILE_CHECK" },
	{ VRRP_SSL, "SSL" },
	{ VRRP_PEER, "Options of an address in unicast_peer" },
	{ VRRP_ADDRESS, "Options of an address in virtual_ipaddress and the like" },
	{ VRRP_VIRTUAL_ADDRESS, "Options of an address of an instance" },
	{ VRRP_STATIC_ADDRESS, "Options of an address in static_ipaddress" },
	{ VRRP_ROUTE, "Options of a route in virtual_routes and static_routes" },
	{ VRRP_STATIC_ROUTE, "Options of a route in static_routes" },
	{ VRRP_RULE, "Options of a rule in virtual_rules and static_rules" },
	{ VRRP_STATIC_RULE, "Options of a rule in static_rules" },
	{ VRRP_TRACK_GROUP, "track_group" },
};

static void reference_range(const struct vrrp_keyword *row, FILE *out)
{
	if (row->min == 0 && row->max == 0)
		return;
	if (row->max > 255 && row->type != VRRP_UNSIGNED)
		fprintf(out, " Range: %.15g to %.15g seconds.", (double)row->min / 1e6,
			(double)row->max / 1e6);
	else
		fprintf(out, " Range: %lld to %lld.", (long long)row->min, (long long)row->max);
}

static void reference_row(const struct vrrp_keyword *row, FILE *out)
{
	fprintf(out, "- **`%s`** %s", row->doc.name, row->doc.summary);
	reference_range(row, out);
	if (row->preset != NULL)
		fprintf(out, " Default: `%s`.", row->preset);
	if (row->why != NULL)
		fprintf(out, " It has no effect: %s.", row->why);
	if (row->modern != NULL)
		fprintf(out, " Write `%s`.", row->modern);
	fprintf(out, "\n  Example: `%s`. Since %s.\n", row->doc.example, row->doc.since);
}

void vrrp_conf_print_reference(FILE *out)
{
	fprintf(out, "# keepalived.conf\n");
	for (size_t i = 0; i < ARRAY_LEN(reference_blocks); i++) {
		fprintf(out, "\n## %s\n\n", reference_blocks[i].title);
		for (const struct vrrp_keyword *const *table = vrrp_keyword_tables; *table != NULL;
		     table++)
			for (const struct vrrp_keyword *row = *table; row->doc.name != NULL; row++)
				if ((row->where & reference_blocks[i].where) != 0)
					reference_row(row, out);
	}
}
