/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/userlist.c - see userlist.h. */
#include "proxy/userlist.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "http/basic_auth.h"

/* What crypt makes of the password and the salt in the hash is the hash. */
static bool userlist_crypt_is(struct slice password, const char *hash)
{
	char plain[HTTP_CREDENTIALS_MAX + 1];
	struct crypt_data *data;
	const char *made;
	bool same;

	if (password.len >= sizeof(plain) || memchr(password.at, '\0', password.len) != NULL)
		return false;
	memcpy(plain, password.at, password.len);
	plain[password.len] = '\0';
	/* Too large for the stack; beside what crypt costs, malloc is nothing. */
	data = calloc(1, sizeof(*data));
	if (data == NULL)
		return false;
	made = crypt_rn(plain, hash, data, sizeof(*data));
	same = made != NULL && http_secret_is(slice_of(made), hash);
	explicit_bzero(plain, sizeof(plain));
	explicit_bzero(data, sizeof(*data));
	free(data);
	return same;
}

const struct userlist_user *userlist_login(const struct userlist *list, struct slice user,
					   struct slice password)
{
	const struct userlist_user *known = list->users;

	while (known != NULL && !slice_is(user, known->name))
		known = known->next;
	if (known == NULL || known->password == NULL)
		return NULL;
	if (known->plain ? http_secret_is(password, known->password)
			 : userlist_crypt_is(password, known->password))
		return known;
	return NULL;
}

bool userlist_check(const struct userlist *list, struct slice user, struct slice password,
		    const char *group)
{
	const struct userlist_user *known = userlist_login(list, user, password);

	if (known == NULL || group == NULL)
		return known != NULL;
	for (const char *const *name = known->groups; name != NULL && *name != NULL; name++)
		if (strcmp(*name, group) == 0)
			return true;
	return false;
}
