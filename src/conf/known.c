/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf/known.c - see known.h. Names and their classes are parallel arrays,
 * sorted by class and then by name; a class is a range of them.
 */
#include "conf/known.h"

#include <stdint.h>
#include <string.h>

#include "base/macros.h"

static const char *const class_names[] = {
#define CONF_KNOWN_CLASS(id, what) what,
	CONF_KNOWN_CLASSES
#undef CONF_KNOWN_CLASS
};

static const char *const names[] = {
#define KNOWN(id, name) name,
#include "conf/known_haproxy.def"
#undef KNOWN
};

static const uint8_t classes[] = {
#define KNOWN(id, name) CONF_KNOWN_##id,
#include "conf/known_haproxy.def"
#undef KNOWN
};

static int known_compare(size_t at, enum conf_known_class class, const char *name)
{
	if (classes[at] != class)
		return classes[at] < class ? -1 : 1;
	return strcmp(names[at], name);
}

/* Place of the first entry that is not before (class, name). */
static size_t known_place(enum conf_known_class class, const char *name)
{
	size_t first = 0, last = ARRAY_LEN(names);

	while (first < last) {
		size_t middle = first + (last - first) / 2;

		if (known_compare(middle, class, name) < 0)
			first = middle + 1;
		else
			last = middle;
	}
	return first;
}

bool conf_known_elsewhere(enum conf_known_class class, const char *name)
{
	size_t at = known_place(class, name);

	return at < ARRAY_LEN(names) && known_compare(at, class, name) == 0;
}

int conf_known_class_find(const char *what)
{
	for (size_t i = 0; i < ARRAY_LEN(class_names); i++) {
		if (strcmp(class_names[i], what) == 0)
			return (int)i;
	}
	return -1;
}

const char *const *conf_known_names(enum conf_known_class class, size_t *ret_count)
{
	size_t first = known_place(class, "");

	*ret_count = known_place(class + 1, "") - first;
	return names + first;
}
