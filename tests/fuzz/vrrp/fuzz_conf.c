/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as keepalived.conf: a configuration and a report, never a crash. */
#include <stdint.h>

#include "base/strbuf.h"
#include "vrrp/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag_report *report = diag_report_new();
	struct vrrp_conf *conf =
		vrrp_conf_read_text("k.conf", (const char *)data, size, "nodea", report);
	struct strbuf text = STRBUF_EMPTY;

	diag_report_render(report, &text);
	strbuf_free(&text);
	diag_report_free(report);
	vrrp_conf_free(conf);
	return 0;
}
