/* SPDX-License-Identifier: Apache-2.0 */
/* http/scan.c - see scan.h: the class of each byte. */
#include "http/scan.h"

enum {
	TEXT = HTTP_BYTE_TEXT,
	TARGET = TEXT | HTTP_BYTE_TARGET,
	HOST = TARGET | HTTP_BYTE_HOST,
	SYMBOL = TARGET | HTTP_BYTE_TOKEN,
	HOST_SYMBOL = HOST | HTTP_BYTE_TOKEN,
	PLAIN = HOST_SYMBOL | HTTP_BYTE_UNRESERVED,
};

__extension__ const uint8_t http_byte_classes[256] = {
	['\t'] = TEXT,
	[' '] = TEXT,
	['!'] = HOST_SYMBOL,
	['"'] = TARGET,
	['#'] = TEXT | HTTP_BYTE_TOKEN,
	['$' ... '\''] = HOST_SYMBOL,
	['(' ... ')'] = HOST,
	['*' ... '+'] = HOST_SYMBOL,
	[','] = TARGET,
	['-' ... '.'] = PLAIN,
	['/'] = TARGET,
	['0' ... '9'] = PLAIN,
	[':' ... ';'] = HOST,
	['<'] = TARGET,
	['='] = HOST,
	['>' ... '@'] = TARGET,
	['A' ... 'Z'] = PLAIN,
	['['] = HOST,
	['\\'] = TARGET,
	[']'] = HOST,
	['^'] = SYMBOL,
	['_'] = PLAIN,
	['`'] = SYMBOL,
	['a' ... 'z'] = PLAIN,
	['{'] = TARGET,
	['|'] = SYMBOL,
	['}'] = TARGET,
	['~'] = PLAIN,
	[128 ... 255] = TEXT,
};
