/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/txn.c - see txn.h. */
#include "proxy/txn.h"

#include "dns/lookup.h"
#include "expr/vars.h"
#include "proxy/service.h"
#include "proxy/stream.h"

size_t txn_size(int64_t maxhdr)
{
	return sizeof(struct txn) + 2 * (size_t)maxhdr * sizeof(struct http_header);
}

struct txn *txn_new(struct stream *stream)
{
	struct worker *worker = stream->worker;
	unsigned maxhdr = (unsigned)worker->proxy->conf->global.maxhdr;
	struct txn *txn = slab_get(&worker->txn_slab);
	struct http_header *headers = (struct http_header *)(txn + 1);

	if (txn == NULL)
		return NULL;
	*txn = (struct txn){
		.stream = stream,
		.memory.pool = &worker->bumps,
		.request = { .headers = headers, .header_max = maxhdr },
		.response = { .headers = headers + maxhdr, .header_max = maxhdr },
		.began = worker_now(worker),
		.log_level = -1,
		.max_retries = -1,
	};
	stream->txn = txn;
	stream->number = 0;
	return txn;
}

static void feed_close(struct proxy_service_feed *feed)
{
	strbuf_free(&feed->bytes);
	feed->close(feed);
}

void txn_free(struct stream *stream)
{
	struct txn *txn = stream->txn;

	if (txn == NULL)
		return;
	if (txn->lookup != NULL)
		dns_lookup_cancel(txn->lookup);
	bump_free(&txn->memory);
	strbuf_free(&txn->service_reply);
	if (txn->feed != NULL)
		feed_close(txn->feed);
	slab_put(&stream->worker->txn_slab, txn);
	stream->txn = NULL;
}

void txn_reply(struct txn *txn, struct slice bytes, char cause, char phase)
{
	if (txn->feed != NULL)
		feed_close(txn->feed);
	txn->feed = NULL;
	txn->reply = bytes;
	txn->reply_cause = cause;
	txn->reply_phase = phase;
}
