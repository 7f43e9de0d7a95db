/* SPDX-License-Identifier: Apache-2.0 */
/* base/page.c - see page.h. */
#include "base/page.h"

#include <string.h>
#include <sys/mman.h>

#include "base/macros.h"

struct page *page_map(void)
{
	void *memory = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void page_unmap(struct page *page)
{
	munmap(page, sizeof(*page));
}

/* Copies one printable line, cut to `size` - 1 bytes. */
static void copy_line(char *to, size_t size, const char *from)
{
	size_t len = 0;

	for (; from[len] != '\0' && len + 1 < size; len++)
		to[len] = (unsigned char)from[len] < ' ' || from[len] == 127 ? ' ' : from[len];
	to[len] = '\0';
}

void page_event_add(struct page *page, const char *text)
{
	uint64_t number = atomic_fetch_add(&page->event_count, 1) + 1;
	struct page_event *event = &page->event[number % PAGE_EVENTS];

	atomic_store(&event->number, 0);
	event->wall_us = wall_now_us();
	copy_line(event->text, sizeof(event->text), text);
	atomic_store(&event->number, number);
}

bool page_event_get(const struct page *page, uint64_t number, struct page_event *ret_event)
{
	const struct page_event *event = &page->event[number % PAGE_EVENTS];

	if (number == 0 || atomic_load(&event->number) != number)
		return false;
	ret_event->wall_us = event->wall_us;
	memcpy(ret_event->text, event->text, sizeof(event->text));
	ret_event->text[sizeof(event->text) - 1] = '\0';
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load(&event->number) != number)
		return false; /* overwritten while it was copied */
	atomic_store(&ret_event->number, number);
	return true;
}

#define END_TEXT(text) ((text)[sizeof(text) - 1] = '\0')

void page_turn_add(struct page *page, unsigned index, const struct page_turn *turn)
{
	ASSERT(index < PAGE_INSTANCES);
	struct page_turns *turns = &page->turns[index];
	uint64_t number = atomic_load(&turns->count) + 1;
	struct page_turn *place = &turns->turn[number % PAGE_TURNS];

	atomic_store(&place->number, 0);
	place->wall_us = turn->wall_us;
	place->outage_us = turn->outage_us;
	place->state = turn->state;
	copy_line(place->owner, sizeof(place->owner), turn->owner);
	copy_line(place->cause, sizeof(place->cause), turn->cause);
	atomic_store(&place->number, number);
	atomic_store(&turns->count, number);
}

bool page_turn_get(const struct page *page, unsigned index, uint64_t number,
		   struct page_turn *ret_turn)
{
	ASSERT(index < PAGE_INSTANCES);
	const struct page_turn *place = &page->turns[index].turn[number % PAGE_TURNS];

	if (number == 0 || atomic_load(&place->number) != number)
		return false;
	memcpy(ret_turn, place, sizeof(*ret_turn));
	END_TEXT(ret_turn->owner);
	END_TEXT(ret_turn->cause);
	atomic_thread_fence(memory_order_acquire);
	return atomic_load(&place->number) == number; /* else overwritten while it was copied */
}

bool page_mail_add(struct page *page, const char *subject, const char *body)
{
	struct page_mails *mails = &page->mails;
	uint64_t head = atomic_load(&mails->head);

	if (head - atomic_load(&mails->tail) >= PAGE_MAILS) {
		atomic_fetch_add(&mails->dropped, 1);
		return false;
	}

	struct page_mail *mail = &mails->mail[head % PAGE_MAILS];
	copy_line(mail->subject, sizeof(mail->subject), subject);
	copy_line(mail->body, sizeof(mail->body), body);
	atomic_store(&mails->head, head + 1);
	return true;
}

bool page_instance_get(const struct page *page, unsigned index, struct page_instance *ret_instance)
{
	ASSERT(index < PAGE_INSTANCES);
	if (atomic_load(&page->instance[index].used) == 0)
		return false;
	memcpy(ret_instance, &page->instance[index], sizeof(*ret_instance));
	END_TEXT(ret_instance->name);
	END_TEXT(ret_instance->interface);
	END_TEXT(ret_instance->addresses);
	END_TEXT(ret_instance->owner);
	END_TEXT(ret_instance->cause);
	END_TEXT(ret_instance->priority_cause);
	for (unsigned i = 0; i < PAGE_PEERS; i++) {
		END_TEXT(ret_instance->peer[i].name);
		END_TEXT(ret_instance->peer[i].address);
	}
	return true;
}

bool page_track_get(const struct page *page, unsigned index, struct page_track *ret_track)
{
	if (index >= PAGE_TRACKS || index >= atomic_load(&page->track_count))
		return false;
	memcpy(ret_track, &page->track[index], sizeof(*ret_track));
	END_TEXT(ret_track->instance);
	END_TEXT(ret_track->name);
	return true;
}

const char *page_track_kind_name(uint32_t kind)
{
	static const char *const names[] = {
		[PAGE_TRACK_SCRIPT] = "script",	  [PAGE_TRACK_INTERFACE] = "interface",
		[PAGE_TRACK_FILE] = "file",	  [PAGE_TRACK_PROCESS] = "process",
		[PAGE_TRACK_BFD] = "bfd",
	};

	return kind < ARRAY_LEN(names) ? names[kind] : "?";
}

const char *page_track_state_name(uint32_t state)
{
	return state == PAGE_TRACK_UP ? "up" : state == PAGE_TRACK_DOWN ? "down" : "unknown";
}

const char *page_vrrp_state_name(uint32_t state)
{
	static const char *const names[] = {
		[PAGE_VRRP_INIT] = "INIT",	 [PAGE_VRRP_BACKUP] = "BACKUP",
		[PAGE_VRRP_MASTER] = "MASTER",	 [PAGE_VRRP_FAULT] = "FAULT",
		[PAGE_VRRP_STOPPED] = "STOPPED",
	};

	return state < ARRAY_LEN(names) ? names[state] : "UNKNOWN";
}

void page_proxy_set_state(struct page *page, enum page_proxy_state state)
{
	atomic_store(&page->proxy.changed_us, moment_now().us);
	atomic_store(&page->proxy.state, state);
}
