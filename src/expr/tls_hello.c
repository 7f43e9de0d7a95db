/* SPDX-License-Identifier: Apache-2.0 */
/* expr/tls_hello.c - see tls_hello.h. */
#include "expr/tls_hello.h"

#include "base/bump.h"

enum {
	RECORD_HANDSHAKE = 22,
	RECORD_HEADER = 5,
	RECORD_MAX = 16384,	/* RFC 8446, 5.1 */
	MESSAGE_HEADER = 4,
	MESSAGE_MAX = 65536,	/* more than any hello needs */
	RANDOM = 32,
};

static unsigned hello_number(const char *bytes, unsigned size)
{
	unsigned number = 0;

	for (unsigned i = 0; i < size; i++)
		number = number << 8 | (unsigned char)bytes[i];
	return number;
}

/* Takes `count` bytes off the front. */
static bool hello_take(struct slice *from, size_t count, struct slice *ret_taken)
{
	if (from->len < count)
		return false;
	*ret_taken = (struct slice){ from->at, count };
	*from = slice_skip(*from, count);
	return true;
}

/* Takes a length of `size` bytes, and as many bytes as it says. */
static bool hello_take_vector(struct slice *from, unsigned size, struct slice *ret_taken)
{
	struct slice length;

	return hello_take(from, size, &length) &&
	       hello_take(from, hello_number(length.at, size), ret_taken);
}

/* A record's content as far as it is there; MORE: none of it. */
static enum tls_hello_result hello_take_record(struct slice *bytes, struct slice *ret_content)
{
	size_t len;

	if (bytes->len > 0 && bytes->at[0] != RECORD_HANDSHAKE)
		return TLS_HELLO_NOT;
	if (bytes->len > 1 && bytes->at[1] != 3)
		return TLS_HELLO_NOT;
	if (bytes->len < RECORD_HEADER)
		return TLS_HELLO_MORE;
	len = hello_number(bytes->at + 3, 2);
	if (len == 0 || len > RECORD_MAX)
		return TLS_HELLO_NOT;
	*bytes = slice_skip(*bytes, RECORD_HEADER);
	*ret_content = (struct slice){ bytes->at, len < bytes->len ? len : bytes->len };
	*bytes = slice_skip(*bytes, len);
	return ret_content->len == 0 ? TLS_HELLO_MORE : TLS_HELLO_DONE;
}

/* The next `size` bytes of the messages that the records carry. out NULL: only whether they are
 * there. */
static enum tls_hello_result hello_gather(struct slice *bytes, struct slice *content, char *out,
					  size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t part = size - done < content->len ? size - done : content->len;

		if (out != NULL)
			memcpy(out + done, content->at, part);
		*content = slice_skip(*content, part);
		done += part;
		if (done < size) {
			enum tls_hello_result result = hello_take_record(bytes, content);

			if (result != TLS_HELLO_DONE)
				return result;
		}
	}
	return TLS_HELLO_DONE;
}

static bool hello_type_known(unsigned type)
{
	return type == TLS_HELLO_CLIENT || type == TLS_HELLO_SERVER;
}

/* A body that is cut into records; memory is only taken when all of it is there. */
static enum tls_hello_result hello_join(struct slice bytes, struct slice content,
					struct bump *memory, struct slice *ret_body)
{
	struct slice more = bytes, first = content;
	enum tls_hello_result result = hello_gather(&more, &first, NULL, ret_body->len);
	char *body;

	if (result != TLS_HELLO_DONE)
		return result;
	body = bump_alloc(memory, ret_body->len);
	if (body == NULL)
		return TLS_HELLO_NOT;
	ret_body->at = body;
	return hello_gather(&bytes, &content, body, ret_body->len);
}

/* The first message: its type, and its body in one piece. */
static enum tls_hello_result hello_message(struct slice bytes, struct bump *memory,
					   unsigned *ret_type, struct slice *ret_body)
{
	char header[MESSAGE_HEADER];
	struct slice content;
	enum tls_hello_result result = hello_take_record(&bytes, &content);

	if (result != TLS_HELLO_DONE)
		return result;
	if (!hello_type_known((unsigned char)content.at[0]))
		return TLS_HELLO_NOT;
	result = hello_gather(&bytes, &content, header, sizeof(header));
	if (result != TLS_HELLO_DONE)
		return result;
	*ret_type = (unsigned char)header[0];
	ret_body->len = hello_number(header + 1, 3);
	if (ret_body->len > MESSAGE_MAX)
		return TLS_HELLO_NOT;
	ret_body->at = content.at;
	if (ret_body->len <= content.len)
		return TLS_HELLO_DONE;
	return hello_join(bytes, content, memory, ret_body);
}

/* RFC 8446, 4.1.2 and 4.1.3; extensions may be absent (RFC 5246, 7.4.1.2). */
static bool hello_body(struct slice body, struct tls_hello *ret)
{
	struct slice part;

	if (!hello_take(&body, 2, &part))
		return false;
	ret->version = (uint16_t)hello_number(part.at, 2);
	if (ret->version >> 8 != 3 || !hello_take(&body, RANDOM, &part) ||
	    !hello_take_vector(&body, 1, &ret->session_id))
		return false;
	if (ret->type == TLS_HELLO_CLIENT &&
	    (!hello_take_vector(&body, 2, &part) || !hello_take_vector(&body, 1, &part)))
		return false;
	if (ret->type == TLS_HELLO_SERVER && !hello_take(&body, 2 + 1, &part))
		return false;
	ret->extensions = body;
	return body.len == 0 || hello_take_vector(&body, 2, &ret->extensions);
}

enum tls_hello_result tls_hello_read(struct slice bytes, struct bump *memory,
				     struct tls_hello *ret)
{
	struct slice body;
	unsigned type;
	enum tls_hello_result result = hello_message(bytes, memory, &type, &body);

	if (result != TLS_HELLO_DONE)
		return result;
	ret->type = type;
	return hello_body(body, ret) ? TLS_HELLO_DONE : TLS_HELLO_NOT;
}

/* Two bytes of length with the upper bit set, type 1, the version. */
static enum tls_hello_result hello_version_ssl2(struct slice bytes, uint16_t *ret_version)
{
	if (bytes.len > 2 && bytes.at[2] != TLS_HELLO_CLIENT)
		return TLS_HELLO_NOT;
	if (bytes.len < 5)
		return TLS_HELLO_MORE;
	*ret_version = (uint16_t)hello_number(bytes.at + 3, 2);
	return *ret_version == 0x0002 || *ret_version >> 8 == 3 ? TLS_HELLO_DONE : TLS_HELLO_NOT;
}

enum tls_hello_result tls_hello_version(struct slice bytes, uint16_t *ret_version)
{
	char start[MESSAGE_HEADER + 2];
	struct slice content;
	enum tls_hello_result result;

	if (bytes.len > 0 && (bytes.at[0] & 0x80) != 0)
		return hello_version_ssl2(bytes, ret_version);
	result = hello_take_record(&bytes, &content);
	if (result != TLS_HELLO_DONE)
		return result;
	if (content.at[0] != TLS_HELLO_CLIENT)
		return TLS_HELLO_NOT;
	result = hello_gather(&bytes, &content, start, sizeof(start));
	if (result != TLS_HELLO_DONE)
		return result;
	*ret_version = (uint16_t)hello_number(start + MESSAGE_HEADER, 2);
	return *ret_version >> 8 == 3 ? TLS_HELLO_DONE : TLS_HELLO_NOT;
}

bool tls_hello_extension(const struct tls_hello *hello, enum tls_extension which,
			 struct slice *ret_content)
{
	struct slice left = hello->extensions, id, content;

	while (hello_take(&left, 2, &id) && hello_take_vector(&left, 2, &content)) {
		if (hello_number(id.at, 2) != which)
			continue;
		*ret_content = content;
		return true;
	}
	return false;
}

bool tls_hello_server_name(const struct tls_hello *hello, struct slice *ret_name)
{
	enum { HOST_NAME = 0 };
	struct slice content, names, kind, name;

	if (!tls_hello_extension(hello, TLS_EXTENSION_SERVER_NAME, &content) ||
	    !hello_take_vector(&content, 2, &names))
		return false;
	while (hello_take(&names, 1, &kind) && hello_take_vector(&names, 2, &name)) {
		if (kind.at[0] != HOST_NAME)
			continue;
		*ret_name = name;
		return true;
	}
	return false;
}

bool tls_hello_alpn(const struct tls_hello *hello, struct slice *ret_list)
{
	struct slice content;

	return tls_hello_extension(hello, TLS_EXTENSION_ALPN, &content) &&
	       hello_take_vector(&content, 2, ret_list);
}

bool tls_hello_alpn_next(struct slice *list, struct slice *ret_name)
{
	return hello_take_vector(list, 1, ret_name);
}
