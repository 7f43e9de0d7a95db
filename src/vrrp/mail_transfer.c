/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/mail_transfer.c - see mail_transfer.h. */
#include "vrrp/mail_transfer.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"

enum { /* how often a transfer is looked at: ever more seldom */
	TRANSFER_POLL_MIN_US = 2000,
	TRANSFER_POLL_MAX_US = 100000,
};

_Static_assert(sizeof((struct mail_transfer){ 0 }.error) >= CURL_ERROR_SIZE, "room for an error");

static size_t transfer_read(char *buffer, size_t size, size_t count, void *context)
{
	struct mail_transfer *transfer = context;
	size_t left = transfer->text.len - transfer->sent, len = size * count;

	if (len > left)
		len = left;
	memcpy(buffer, transfer->text.text + transfer->sent, len);
	transfer->sent += len;
	return len;
}

/* smtp://HOST:PORT/HELO; false when out of memory. */
static bool transfer_set_url(const struct mail_envelope *envelope, CURL *easy)
{
	bool ipv6 = strchr(envelope->host, ':') != NULL;
	char *helo = envelope->helo == NULL ? NULL : curl_easy_escape(easy, envelope->helo, 0);
	struct strbuf url = STRBUF_EMPTY;
	bool fine;

	strbuf_printf(&url, "smtp://%s%s%s:%u/%s", ipv6 ? "[" : "", envelope->host,
		      ipv6 ? "]" : "", envelope->port, helo == NULL ? "" : helo);
	fine = !url.failed && curl_easy_setopt(easy, CURLOPT_URL, url.text) == CURLE_OK;
	curl_free(helo);
	strbuf_free(&url);
	return fine;
}

static bool transfer_set_envelope(struct mail_transfer *transfer,
				  const struct mail_envelope *envelope, CURL *easy)
{
	char from[320];

	snprintf(from, sizeof(from), "<%s>", envelope->from);
	for (const char *const *to = envelope->to; *to != NULL; to++) {
		struct curl_slist *longer;
		char address[320];

		snprintf(address, sizeof(address), "<%s>", *to);
		longer = curl_slist_append(transfer->recipients, address);
		if (longer == NULL)
			return false;
		transfer->recipients = longer;
	}
	return curl_easy_setopt(easy, CURLOPT_MAIL_FROM, from) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, transfer->recipients) == CURLE_OK &&
	       /* One address that is refused must not cost the others their mail. */
	       curl_easy_setopt(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L) == CURLE_OK;
}

static bool transfer_set_rest(struct mail_transfer *transfer, const struct mail_envelope *envelope,
			      CURL *easy)
{
	long timeout_ms = (long)(envelope->timeout_us / 1000);

	transfer->error[0] = '\0';
	return curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_READFUNCTION, transfer_read) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_READDATA, transfer) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)transfer->text.len) ==
		       CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms) == CURLE_OK &&
	       /* A server that stops answering is given the same time for each answer. */
	       curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
				(timeout_ms + 999) / 1000) == CURLE_OK;
}

static void transfer_drop(struct mail_transfer *transfer)
{
	if (transfer->easy != NULL) {
		curl_multi_remove_handle(transfer->multi, transfer->easy);
		curl_easy_cleanup(transfer->easy);
		transfer->easy = NULL;
	}
	curl_slist_free_all(transfer->recipients);
	transfer->recipients = NULL;
	strbuf_free(&transfer->text);
}

static void transfer_end(struct mail_transfer *transfer, CURLcode result, long reply)
{
	char why[sizeof(transfer->error)];

	snprintf(why, sizeof(why), "%s",
		 transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(result));
	transfer_drop(transfer);
	transfer->on_end(transfer, result == CURLE_OK, reply, why);
}

static void transfer_move(struct mail_transfer *transfer)
{
	CURLMsg *message;
	int running, left;
	long reply = 0;

	if (curl_multi_perform(transfer->multi, &running) != CURLM_OK) {
		transfer_end(transfer, CURLE_OUT_OF_MEMORY, 0);
		return;
	}
	message = curl_multi_info_read(transfer->multi, &left);
	if (message != NULL && message->msg == CURLMSG_DONE) {
		CURLcode result = message->data.result;

		curl_easy_getinfo((CURL *)transfer->easy, CURLINFO_RESPONSE_CODE, &reply);
		transfer_end(transfer, result, reply);
		return;
	}
	transfer->poll_us = transfer->poll_us * 3 / 2;
	if (transfer->poll_us > TRANSFER_POLL_MAX_US)
		transfer->poll_us = TRANSFER_POLL_MAX_US;
	if (loop_timer_arm(transfer->loop, &transfer->poll,
			   moment_after(moment_now(), transfer->poll_us)) < 0)
		transfer_end(transfer, CURLE_OUT_OF_MEMORY, 0);
}

static void transfer_on_poll(struct loop *loop, struct loop_timer *timer)
{
	transfer_move(container_of(timer, struct mail_transfer, poll));
}

int mail_transfer_open(struct mail_transfer *transfer, struct loop *loop)
{
	transfer->loop = loop;
	transfer->poll.on_expire = transfer_on_poll;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		transfer->multi = curl_multi_init();
	return transfer->multi == NULL ? -ENOMEM : 0;
}

void mail_transfer_close(struct mail_transfer *transfer)
{
	if (transfer->multi == NULL)
		return;
	loop_timer_disarm(transfer->loop, &transfer->poll);
	transfer_drop(transfer);
	curl_multi_cleanup(transfer->multi);
	curl_global_cleanup();
	transfer->multi = NULL;
}

void mail_transfer_begin(struct mail_transfer *transfer, const struct mail_envelope *envelope,
			 struct strbuf *text)
{
	CURL *easy = curl_easy_init();

	transfer->text = *text;
	*text = STRBUF_EMPTY;
	transfer->sent = 0;
	transfer->easy = easy;
	if (easy == NULL || transfer->text.failed || !transfer_set_url(envelope, easy) ||
	    !transfer_set_envelope(transfer, envelope, easy) ||
	    !transfer_set_rest(transfer, envelope, easy) ||
	    curl_multi_add_handle(transfer->multi, easy) != CURLM_OK) {
		transfer_end(transfer, CURLE_OUT_OF_MEMORY, 0);
		return;
	}
	transfer->poll_us = TRANSFER_POLL_MIN_US;
	transfer_move(transfer);
}
