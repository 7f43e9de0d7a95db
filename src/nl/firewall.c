/* SPDX-License-Identifier: Apache-2.0 */
/* nl/firewall.c - see firewall.h. */
#include "nl/firewall.h"

#include <errno.h>
#include <nftables/libnftables.h>
#include <stdlib.h>

struct nl_firewall {
	struct nft_ctx *nft;
};

struct nl_firewall *nl_firewall_open(void)
{
	struct nl_firewall *firewall = calloc(1, sizeof(*firewall));

	if (firewall == NULL)
		return NULL;
	firewall->nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (firewall->nft == NULL || nft_ctx_buffer_error(firewall->nft) != 0 ||
	    nft_ctx_buffer_output(firewall->nft) != 0) {
		nl_firewall_close(firewall);
		return NULL;
	}
	return firewall;
}

void nl_firewall_close(struct nl_firewall *firewall)
{
	if (firewall == NULL)
		return;
	if (firewall->nft != NULL)
		nft_ctx_free(firewall->nft);
	free(firewall);
}

int nl_firewall_run(struct nl_firewall *firewall, const char *commands, const char **ret_error)
{
	if (nft_run_cmd_from_buffer(firewall->nft, commands) == 0)
		return 0;
	*ret_error = nft_ctx_get_error_buffer(firewall->nft);
	return -EINVAL;
}
