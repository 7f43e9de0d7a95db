/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/fetch_http_old.c - names that are a fetch and a way to match it in one,
 * for ACLs: path_beg is 'path -m beg' (configuration manual 7.3.6, "ACL
 * derivatives").
 */
#include "expr/fetch.h"

#define OLD(row_name, of, how, says, row_example)                                                  \
	{                                                                                          \
		.doc = { .name = row_name, .example = row_example, .since = "0.2",                 \
			 .summary = "In ACLs: '" of "' " says "." },                               \
		.stands_for = of, .method = how,                                                   \
	}
#define BEG(name, of, example) OLD(name, of, "beg", "begins with one of the values", example)
#define DIR(name, of, example)                                                                     \
	OLD(name, of, "dir", "has one of the values as a part between slashes", example)
#define DOM(name, of, example)                                                                     \
	OLD(name, of, "dom", "has one of the values as a part between dots or slashes", example)
#define END(name, of, example) OLD(name, of, "end", "ends in one of the values", example)
#define LEN(name, of, example) OLD(name, of, "len", "has one of the lengths", example)
#define REG(name, of, example) OLD(name, of, "reg", "matches one of the patterns", example)
#define SUB(name, of, example) OLD(name, of, "sub", "contains one of the values", example)

const struct expr_fetch expr_fetches_http_old[] = {
	BEG("base_beg", "base", "acl it base_beg www.example.org/api"),
	DIR("base_dir", "base", "acl it base_dir api"),
	DOM("base_dom", "base", "acl it base_dom example.org"),
	END("base_end", "base", "acl it base_end .png"),
	LEN("base_len", "base", "acl it base_len 20"),
	REG("base_reg", "base", "acl it base_reg ^/api/v[0-9]+"),
	SUB("base_sub", "base", "acl it base_sub api"),
	BEG("cook_beg", "req.cook", "acl it cook_beg(channel) beta"),
	DIR("cook_dir", "req.cook", "acl it cook_dir(channel) api"),
	DOM("cook_dom", "req.cook", "acl it cook_dom(channel) example.org"),
	END("cook_end", "req.cook", "acl it cook_end(channel) .png"),
	LEN("cook_len", "req.cook", "acl it cook_len(channel) 20"),
	REG("cook_reg", "req.cook", "acl it cook_reg(channel) ^/api/v[0-9]+"),
	SUB("cook_sub", "req.cook", "acl it cook_sub(channel) api"),
	BEG("hdr_beg", "req.hdr", "acl it hdr_beg(Host) www."),
	DIR("hdr_dir", "req.hdr", "acl it hdr_dir(Host) api"),
	DOM("hdr_dom", "req.hdr", "acl it hdr_dom(Host) example.org"),
	END("hdr_end", "req.hdr", "acl it hdr_end(Host) .png"),
	LEN("hdr_len", "req.hdr", "acl it hdr_len(Host) 20"),
	REG("hdr_reg", "req.hdr", "acl it hdr_reg(Host) ^/api/v[0-9]+"),
	SUB("hdr_sub", "req.hdr", "acl it hdr_sub(Host) api"),
	BEG("path_beg", "path", "acl it path_beg /api/"),
	DIR("path_dir", "path", "acl it path_dir api"),
	DOM("path_dom", "path", "acl it path_dom example.org"),
	END("path_end", "path", "acl it path_end .png"),
	LEN("path_len", "path", "acl it path_len 20"),
	REG("path_reg", "path", "acl it path_reg ^/api/v[0-9]+"),
	SUB("path_sub", "path", "acl it path_sub api"),
	BEG("scook_beg", "res.cook", "acl it scook_beg(channel) beta"),
	DIR("scook_dir", "res.cook", "acl it scook_dir(channel) api"),
	DOM("scook_dom", "res.cook", "acl it scook_dom(channel) example.org"),
	END("scook_end", "res.cook", "acl it scook_end(channel) .png"),
	LEN("scook_len", "res.cook", "acl it scook_len(channel) 20"),
	REG("scook_reg", "res.cook", "acl it scook_reg(channel) ^/api/v[0-9]+"),
	SUB("scook_sub", "res.cook", "acl it scook_sub(channel) api"),
	BEG("shdr_beg", "res.hdr", "acl it shdr_beg(Content-Type) text/"),
	DIR("shdr_dir", "res.hdr", "acl it shdr_dir(Content-Type) api"),
	DOM("shdr_dom", "res.hdr", "acl it shdr_dom(Content-Type) example.org"),
	END("shdr_end", "res.hdr", "acl it shdr_end(Content-Type) .png"),
	LEN("shdr_len", "res.hdr", "acl it shdr_len(Content-Type) 20"),
	REG("shdr_reg", "res.hdr", "acl it shdr_reg(Content-Type) ^/api/v[0-9]+"),
	SUB("shdr_sub", "res.hdr", "acl it shdr_sub(Content-Type) api"),
	BEG("url_beg", "url", "acl it url_beg /api/"),
	DIR("url_dir", "url", "acl it url_dir api"),
	DOM("url_dom", "url", "acl it url_dom example.org"),
	END("url_end", "url", "acl it url_end .png"),
	LEN("url_len", "url", "acl it url_len 20"),
	REG("url_reg", "url", "acl it url_reg ^/api/v[0-9]+"),
	SUB("url_sub", "url", "acl it url_sub api"),
	BEG("urlp_beg", "urlp", "acl it urlp_beg(channel) beta"),
	DIR("urlp_dir", "urlp", "acl it urlp_dir(channel) api"),
	DOM("urlp_dom", "urlp", "acl it urlp_dom(channel) example.org"),
	END("urlp_end", "urlp", "acl it urlp_end(channel) .png"),
	LEN("urlp_len", "urlp", "acl it urlp_len(channel) 20"),
	REG("urlp_reg", "urlp", "acl it urlp_reg(channel) ^/api/v[0-9]+"),
	SUB("urlp_sub", "urlp", "acl it urlp_sub(channel) api"),
	{ .doc = { .name = NULL } },
};
