/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/backend_model.c - what `add backend` copies (backend_dynamic.h).
 *
 * Every named defaults section is read as a backend of each mode while the file
 * is: variables, maps, rings and log sockets of what is added later are then
 * those of the file, numbered and opened with its own, and nothing is parsed at
 * run time. Findings are told to who asks for such a backend.
 */
#include <limits.h>
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

static void model_make(struct conf_parse *parse, const struct section *defaults, unsigned number,
		       enum proxy_mode mode, struct backend_model *model)
{
	struct diag_report *report = parse->report;
	struct section *section = section_new(parse, defaults);

	parse->report = diag_report_new();
	section->kind = SECTION_BACKEND;
	section->mode = mode;
	section->index = UINT_MAX - number; /* nobody's: alert.h */
	if (section->notes->transparent)
		model->of[mode].why = "'option transparent' is not supported at run time";
	else
		section_resolve(parse, section);
	if (diag_count(parse->report, DIAG_ERROR) != 0)
		model->of[mode].why = report_first_error(parse->arena, parse->report);
	section->notes = NULL;
	model->of[mode].section = section;
	diag_report_free(parse->report);
	parse->report = report;
}

static bool model_known(const struct proxy_conf *conf, const char *name)
{
	for (const struct backend_model *model = conf->models; model != NULL; model = model->next)
		if (strcmp(model->name, name) == 0)
			return true;
	return false;
}

void backend_models_make(struct conf_parse *parse)
{
	struct proxy_conf *conf = reading_conf(parse);
	unsigned number = 0;

	if (!conf->commanded || diag_count(parse->report, DIAG_ERROR) != 0)
		return;
	for (const struct section *defaults = conf->reading->defaults; defaults != NULL;
	     defaults = defaults->next) {
		struct backend_model *model;

		if (defaults->name == NULL || model_known(conf, defaults->name))
			continue;
		model = arena_zalloc(parse->arena, sizeof(*model));
		model->name = defaults->name;
		model->mode = defaults->mode;
		model->mode_given = defaults->notes->mode_span.source != NULL;
		model_make(parse, defaults, number++, PROXY_MODE_TCP, model);
		model_make(parse, defaults, number++, PROXY_MODE_HTTP, model);
		model->next = conf->models;
		conf->models = model;
	}
}
