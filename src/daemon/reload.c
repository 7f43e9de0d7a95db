/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/reload.c - see reload.h. */
#include "daemon/reload.h"

#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "diag/report.h"

void reload_init(struct reload *reload, const struct options *options)
{
	*reload = (struct reload){ .options = options };
	if (options->keepalived_file != NULL)
		reload->file = realpath(options->keepalived_file, NULL);
	if (options->config_id != NULL)
		reload->config_id = strdup(options->config_id);
	if (options->namespace != NULL)
		reload->namespace = strdup(options->namespace);
	reload->haproxy_files = calloc(options->haproxy_count + 1, sizeof(char *));
	ASSERT(reload->haproxy_files != NULL);
	for (unsigned i = 0; i < options->haproxy_count; i++) {
		reload->haproxy_files[i] = strdup(options->haproxy_files[i]);
		ASSERT(reload->haproxy_files[i] != NULL);
	}
	reload->haproxy_count = options->haproxy_count;
}

void reload_free(struct reload *reload)
{
	free(reload->file);
	free(reload->config_id);
	free(reload->namespace);
	for (unsigned i = 0; i < reload->haproxy_count; i++)
		free(reload->haproxy_files[i]);
	free(reload->haproxy_files);
}

bool reload_read(const struct reload *reload, struct strbuf *ret_said,
		 struct proxy_conf **ret_proxy, struct vrrp_conf **ret_vrrp)
{
	struct diag_report *report = diag_report_new();
	bool good;

	*ret_proxy = NULL;
	*ret_vrrp = NULL;
	diag_report_warnings_fatal(report, reload->options->warnings_fatal);
	if (reload->haproxy_count != 0) {
		*ret_proxy = proxy_conf_read_so((const char *const *)reload->haproxy_files,
						reload->haproxy_count,
						options_proxy_how(reload->options), report);
		options_shape(reload->options, *ret_proxy);
	}
	if (reload->file != NULL) {
		struct vrrp_conf_how how = options_how(reload->options);

		how.config_id = reload->config_id;
		how.net_namespace = reload->namespace;
		*ret_vrrp = vrrp_conf_open(reload->file, &how, report);
	}
	diag_report_render(report, ret_said);
	good = diag_count(report, DIAG_ERROR) == 0;
	diag_report_free(report);
	if (!good) {
		proxy_conf_free(*ret_proxy);
		vrrp_conf_free(*ret_vrrp);
		*ret_proxy = NULL;
		*ret_vrrp = NULL;
	}
	return good;
}
