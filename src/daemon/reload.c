/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/reload.c - see reload.h. */
#include "daemon/reload.h"

#include <stdlib.h>
#include <string.h>

#include "diag/report.h"

void reload_init(struct reload *reload, const struct options *options)
{
	*reload = (struct reload){ .warnings_fatal = options->warnings_fatal };
	if (options->keepalived_file != NULL)
		reload->file = realpath(options->keepalived_file, NULL);
	if (options->config_id != NULL)
		reload->config_id = strdup(options->config_id);
}

void reload_free(struct reload *reload)
{
	free(reload->file);
	free(reload->config_id);
}

struct vrrp_conf *reload_read(const struct reload *reload, struct strbuf *ret_said)
{
	struct diag_report *report = diag_report_new();
	struct vrrp_conf *conf;

	diag_report_warnings_fatal(report, reload->warnings_fatal);
	conf = vrrp_conf_read(reload->file, reload->config_id, report);
	diag_report_render(report, ret_said);
	if (diag_count(report, DIAG_ERROR) != 0) {
		vrrp_conf_free(conf);
		conf = NULL;
	}
	diag_report_free(report);
	return conf;
}
