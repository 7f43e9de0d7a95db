/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/title.c - overwrites the bytes the kernel gave us argv and environ
 * in; /proc/PID/cmdline shows them up to the first NUL when argv's last NUL
 * is gone. This is process-wide state by its nature: the one place here with
 * a static variable.
 */
#include "daemon/title.h"

#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/macros.h"

static struct {
	char *start;
	size_t size;
} title;

void title_init(int argc, char **argv)
{
	char *end = argv[argc - 1] + strlen(argv[argc - 1]) + 1;
	size_t count = 0;

	while (environ[count] != NULL)
		count++;

	/* The strings keep the memory they lie in only while they are contiguous. */
	char **copy = calloc(count + 1, sizeof(*copy));
	ASSERT(copy != NULL);
	for (size_t i = 0; i < count; i++) {
		if (environ[i] == end)
			end += strlen(environ[i]) + 1;
		copy[i] = strdup(environ[i]);
		ASSERT(copy[i] != NULL);
	}
	environ = copy;
	title.start = argv[0];
	title.size = (size_t)(end - argv[0]);
}

void title_set(const char *text, const char *name)
{
	size_t len = strlen(text);

	prctl(PR_SET_NAME, name);
	if (title.size < 2)
		return;
	if (len > title.size - 1)
		len = title.size - 1;
	memset(title.start, 0, title.size);
	memcpy(title.start, text, len);
}
