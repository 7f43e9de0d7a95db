/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/control_answer.c - what is answered from the shared page alone (control.h). */
#include <string.h>

#include "base/macros.h"
#include "base/slice.h"
#include "daemon/control.h"
#include "daemon/status.h"

static void answer_why(struct page *page, struct strbuf *text)
{
	uint64_t last = atomic_load(&page->event_count);
	uint64_t first = last > PAGE_EVENTS ? last - PAGE_EVENTS + 1 : 1;

	struct page_instance instance;

	for (unsigned i = 0; i < PAGE_INSTANCES; i++) {
		if (!page_instance_get(page, i, &instance))
			continue;
		strbuf_printf(text, "%s is %s, priority %u, since ", instance.name,
			      page_vrrp_state_name(atomic_load(&instance.state)),
			      (unsigned)atomic_load(&instance.priority));
		status_time(text, atomic_load(&instance.since_wall_us));
		strbuf_puts(text, "\n");
	}
	for (uint64_t number = first; number <= last; number++) {
		struct page_event event;

		if (!page_event_get(page, number, &event))
			continue;
		status_time(text, event.wall_us);
		strbuf_printf(text, "%s\n", event.text);
	}
	if (last == 0)
		strbuf_puts(text, "Nothing has happened since the start.\n");
}

/* Puts a command on the page for the vrrp process. The answer is its number, or why not. */
static void answer_operate(struct page *page, enum page_command_kind kind, struct slice instance,
			   struct strbuf *text)
{
	struct page_command *command = &page->command;

	if (atomic_load(&page->vrrp_generation) == 0) {
		strbuf_puts(text, "there is no keepalived.conf: nothing to hand over\n");
	} else if (atomic_load(&command->asked) != atomic_load(&command->answered)) {
		strbuf_puts(text, "another command is being carried out\n");
	} else if (instance.len >= sizeof(command->instance)) {
		strbuf_puts(text, "there is no such vrrp_instance\n");
	} else {
		command->kind = kind;
		memset(command->instance, 0, sizeof(command->instance));
		memcpy(command->instance, instance.at, instance.len);
		strbuf_printf(text, "%lu\n",
			      (unsigned long)atomic_fetch_add(&command->asked, 1) + 1);
	}
}

static void answer_handover(struct page *page, struct slice word, struct strbuf *text)
{
	answer_operate(page, PAGE_HAND_OVER, word, text);
}

static void answer_maintenance_on(struct page *page, struct slice word, struct strbuf *text)
{
	answer_operate(page, PAGE_MAINTENANCE_ON, SLICE(""), text);
}

static void answer_maintenance_off(struct page *page, struct slice word, struct strbuf *text)
{
	answer_operate(page, PAGE_MAINTENANCE_OFF, SLICE(""), text);
}

/* "ok" or "failed" and the lines, or "wait". */
static void answer_outcome(struct page *page, struct slice word, struct strbuf *text)
{
	const struct page_command *command = &page->command;

	if (atomic_load(&command->asked) != atomic_load(&command->answered))
		strbuf_puts(text, "wait\n");
	else
		strbuf_printf(text, "%s\n%.*s", command->failed != 0 ? "failed" : "ok",
			      (int)sizeof(command->answer) - 1, command->answer);
}

static void answer_why_request(struct page *page, struct slice word, struct strbuf *text)
{
	answer_why(page, text);
}

static void answer_status(struct page *page, struct slice word, struct strbuf *text)
{
	status_text(page, text);
}

static void answer_status_json(struct page *page, struct slice word, struct strbuf *text)
{
	status_json(page, text);
}

static const struct request {
	const char *word;	/* what follows it is handed on */
	void (*answer)(struct page *page, struct slice word, struct strbuf *text);
} requests[] = {
	{ "why", answer_why_request },
	{ "status", answer_status },
	{ "status-json", answer_status_json },
	{ "handover", answer_handover },
	{ "maintenance-on", answer_maintenance_on },
	{ "maintenance-off", answer_maintenance_off },
	{ "outcome", answer_outcome },
};

void control_answer(struct page *page, const char *request, size_t len, struct strbuf *ret_answer)
{
	struct slice rest = { request, len };

	while (rest.len > 0 && strchr(" \r\n", rest.at[rest.len - 1]) != NULL)
		rest.len--;
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		size_t word = strlen(requests[i].word);

		if (rest.len < word || memcmp(rest.at, requests[i].word, word) != 0 ||
		    (rest.len > word && rest.at[word] != ' '))
			continue;
		requests[i].answer(page, slice_skip(rest, word + 1), ret_answer);
		return;
	}
	strbuf_puts(ret_answer, "unknown request\n");
}
