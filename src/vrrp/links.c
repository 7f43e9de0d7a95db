/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/links.c - see links.h. */
#include "vrrp/links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The array with room for one more; NULL (and `failed`) if there is no memory. */
static void *links_grow(struct links *links, void *array, unsigned count, size_t size)
{
	if ((count & (count - 1)) != 0)
		return array; /* grows at powers of two */
	void *grown = realloc(array, (count == 0 ? 1 : (size_t)count * 2) * size);

	if (grown == NULL)
		links->failed = true;
	return grown;
}

static void links_add(const struct nl_link *link, void *context)
{
	struct links *links = context;
	struct nl_link *grown = links_grow(links, links->links, links->link_count, sizeof(*link));

	if (grown == NULL)
		return;
	links->links = grown;
	links->links[links->link_count++] = *link;
}

static void links_add_address(const struct nl_address *address, void *context)
{
	struct links *links = context;
	struct nl_address *grown =
		links_grow(links, links->addresses, links->address_count, sizeof(*address));

	if (grown == NULL)
		return;
	links->addresses = grown;
	links->addresses[links->address_count++] = *address;
}

int links_read(struct links *links, struct nl_socket *nl)
{
	struct links fresh = { 0 };
	int error = nl_link_dump(nl, links_add, &fresh);

	if (error == 0)
		error = nl_address_dump(nl, links_add_address, &fresh);
	if (error == 0 && fresh.failed)
		error = -ENOMEM;
	if (error < 0) {
		links_free(&fresh);
		return error;
	}
	links_free(links);
	*links = fresh;
	return 0;
}

void links_free(struct links *links)
{
	free(links->links);
	free(links->addresses);
	*links = (struct links){ 0 };
}

const struct nl_link *links_by_index(const struct links *links, unsigned ifindex)
{
	for (unsigned i = 0; i < links->link_count; i++)
		if (links->links[i].ifindex == ifindex)
			return &links->links[i];
	return NULL;
}

const struct nl_link *links_by_name(const struct links *links, const char *name)
{
	for (unsigned i = 0; i < links->link_count; i++)
		if (strcmp(links->links[i].name, name) == 0)
			return &links->links[i];
	return NULL;
}

static bool links_can_be_source(const struct nl_address *address, int family)
{
	const uint32_t unusable = NL_ADDRESS_TENTATIVE | NL_ADDRESS_DAD_FAILED;

	return address->ip.family == family &&
	       (family == AF_INET ||
		(ip_is_link_local(&address->ip) && (address->flags & unusable) == 0));
}

bool links_have(const struct links *links, const struct ip *ip)
{
	for (unsigned i = 0; i < links->address_count; i++)
		if (ip_equal(&links->addresses[i].ip, ip))
			return true;
	return false;
}

bool links_know(const struct links *links, const struct nl_address *address)
{
	for (unsigned i = 0; i < links->address_count; i++) {
		const struct nl_address *known = &links->addresses[i];

		if (known->ifindex == address->ifindex && known->prefix == address->prefix &&
		    known->flags == address->flags && ip_equal(&known->ip, &address->ip))
			return true;
	}
	return false;
}

bool links_source(const struct links *links, unsigned ifindex, int family,
		  bool (*is_ours)(void *context, const struct ip *ip), void *context,
		  struct ip *ret)
{
	for (unsigned i = 0; i < links->address_count; i++) {
		const struct nl_address *address = &links->addresses[i];

		if (address->ifindex != ifindex || !links_can_be_source(address, family) ||
		    is_ours(context, &address->ip))
			continue;
		*ret = address->ip;
		return true;
	}
	return false;
}
