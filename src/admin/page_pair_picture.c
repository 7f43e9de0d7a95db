/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/page_pair_picture.c - a picture of an instance: its addresses, the
 * nodes, and which of them holds the addresses as far as this one knows. What
 * it shows is said in words beside it, too.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admin/html.h"
#include "admin/page.h"

enum { BOX = 196, GAP = 28, TOP = 84, HEIGHT = 84, TEXT = 26 };

struct node {
	const char *name, *below;
	uint32_t state, priority;
	bool known;
};

/* Cut to what a box has room for, at a character's beginning. */
static void label(struct strbuf *html, const char *text)
{
	char cut[TEXT + 8];
	size_t len = strlen(text);

	if (len <= TEXT) {
		html_text(html, text);
		return;
	}
	for (len = TEXT - 1; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
		;
	snprintf(cut, sizeof(cut), "%.*s\xe2\x80\xa6", (int)len, text);
	html_text(html, cut);
}

static unsigned center(unsigned at)
{
	return at * (BOX + GAP) + BOX / 2 + 2;
}

static void node_line(const struct node *node, unsigned at, unsigned middle, struct strbuf *html)
{
	if (node->known)
		strbuf_printf(html, "<path class=\"%s\" d=\"M%u 42C%u 66 %u 58 %u %d\"/>",
			      node->state == PAGE_VRRP_MASTER ? "wire on" : "wire", middle, middle,
			      center(at), center(at), TOP);
}

static void node_box(const struct node *node, unsigned at, struct strbuf *html)
{
	struct stats_pair_look look = stats_pair_look(node->state);

	strbuf_printf(html,
		      "<g class=\"node%s t%u\"><rect x=%u y=%d width=%d height=%d rx=10 />"
		      "<text x=%u y=%d class=nn>",
		      node->known ? "" : " no", (unsigned)look.tone, center(at) - BOX / 2, TOP, BOX,
		      HEIGHT, center(at), TOP + 24);
	label(html, node->name);
	strbuf_printf(html, "</text><text x=%u y=%d class=ns>", center(at), TOP + 47);
	if (node->known)
		strbuf_printf(html, "%s %s \xc2\xb7 %" PRIu32, stats_page_sign(look.tone),
			      look.word, node->priority);
	strbuf_printf(html, "</text><text x=%u y=%d class=nb>", center(at), TOP + 68);
	label(html, node->below);
	strbuf_puts(html, "</text></g>");
}

static unsigned peers_of(const struct page_instance *instance, struct node nodes[PAGE_PEERS])
{
	unsigned count = 0;

	for (unsigned i = 0; i < PAGE_PEERS; i++) {
		const struct page_peer *peer = &instance->peer[i];

		if (atomic_load(&peer->heard_wall_us) == 0)
			continue;
		nodes[count++] = (struct node){
			.name = peer->name,
			.below = atomic_load(&peer->maintenance) != 0 ? "in maintenance" :
									peer->address,
			.state = atomic_load(&peer->state),
			.priority = atomic_load(&peer->priority),
			.known = true,
		};
	}
	return count;
}

/* Nodes that say no hellos are known by their adverts alone: only a master sends those. */
static struct node other_node(const struct page_instance *instance)
{
	uint32_t state = atomic_load(&instance->state);

	if (state != PAGE_VRRP_MASTER && instance->owner[0] != '\0')
		return (struct node){ instance->owner, "by its adverts", PAGE_VRRP_MASTER,
				      atomic_load(&instance->master_priority), true };
	return (struct node){ "other nodes", "none is heard", PAGE_VRRP_INIT, 0, false };
}

void stats_page_pair_picture(const struct stats_view *view, const struct page_instance *instance,
			     struct strbuf *html)
{
	struct node nodes[PAGE_PEERS + 1] = { {
		.name = view->node != NULL ? view->node : "this node",
		.below = view->node != NULL ? "this node" : instance->interface,
		.state = atomic_load(&instance->state),
		.priority = atomic_load(&instance->priority),
		.known = true,
	} };
	unsigned count = 1 + peers_of(instance, nodes + 1), middle;

	if (count == 1)
		nodes[count++] = other_node(instance);
	middle = (center(0) + center(count - 1)) / 2;
	strbuf_printf(html,
		      "<svg class=net viewBox=\"0 0 %u %d\" aria-hidden=true>",
		      center(count - 1) + BOX / 2 + 2, TOP + HEIGHT + 2);
	for (unsigned i = 0; i < count; i++)
		node_line(&nodes[i], i, middle, html);
	strbuf_printf(html, "<rect class=vip x=%u y=2 width=220 height=38 rx=19 /><text x=%u y=26>",
		      middle - 110, middle);
	label(html, instance->addresses[0] != '\0' ? instance->addresses : instance->name);
	strbuf_puts(html, "</text>");
	for (unsigned i = 0; i < count; i++)
		node_box(&nodes[i], i, html);
	strbuf_puts(html, "</svg>");
}
