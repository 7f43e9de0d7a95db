/* SPDX-License-Identifier: Apache-2.0 */
/* analyse/filter.c - see filter.h. */
#include "analyse/filter.h"

bool filter_is_set(const struct filter *filter)
{
	return filter->http || filter->errors || filter->no_errors || filter->queued ||
	       filter->server_queued || filter->invert || filter->status.given ||
	       filter->no_status.given || filter->date.given || filter->response_from != 0 ||
	       filter->response_below != 0 || filter->termination != NULL ||
	       filter->no_termination != NULL;
}

bool filter_is_error(const struct analyse_line *line)
{
	return line->status < 0 || (line->status >= 500 && line->status <= 599);
}

static bool in_range(const struct filter_range *range, int64_t value)
{
	return value >= range->from && value <= range->to;
}

/* A session of mode tcp has no status, and so none within any range. */
static bool status_passes(const struct filter *filter, const struct analyse_line *line)
{
	if (filter->status.given && (line->status <= 0 || !in_range(&filter->status, line->status)))
		return false;
	return !filter->no_status.given || line->status <= 0 ||
	       !in_range(&filter->no_status, line->status);
}

/* As halog has it, what never got a response was not slow. */
static bool response_passes(const struct filter *filter, const struct analyse_line *line)
{
	if (filter->response_from == 0 && filter->response_below == 0)
		return true;
	if (line->kind != LINE_HTTP)
		return false;
	return (filter->response_from == 0 || line->response >= filter->response_from) &&
	       (filter->response_below == 0 || line->response < filter->response_below);
}

static bool queue_passes(const struct filter *filter, const struct analyse_line *line)
{
	if (filter->queued && line->server_queue == 0 && line->backend_queue == 0)
		return false;
	return !filter->server_queued || line->server_queue != 0;
}

static bool termination_passes(const struct filter *filter, const struct analyse_line *line)
{
	if (filter->termination == NULL && filter->no_termination == NULL)
		return true;
	if (line->kind == LINE_REFUSED)
		return false;
	if (filter->termination != NULL && memcmp(line->termination, filter->termination, 2) != 0)
		return false;
	return filter->no_termination == NULL ||
	       memcmp(line->termination, filter->no_termination, 2) != 0;
}

static bool all_pass(const struct filter *filter, const struct analyse_line *line)
{
	if (filter->http && line->kind != LINE_HTTP)
		return false;
	if ((filter->errors && !filter_is_error(line)) ||
	    (filter->no_errors && filter_is_error(line)))
		return false;
	if (filter->date.given && !in_range(&filter->date, analyse_line_seconds(line)))
		return false;
	return status_passes(filter, line) && response_passes(filter, line) &&
	       queue_passes(filter, line) && termination_passes(filter, line);
}

bool filter_passes(const struct filter *filter, const struct analyse_line *line)
{
	return all_pass(filter, line) != filter->invert;
}
