/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/standalone.c - runs a fuzzer without libFuzzer, with any compiler
 * and sanitizer: every seed file as it is, every truncation of it, then a fixed
 * number of mutations from a fixed seed, so that a failure repeats.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seed {
	uint8_t *bytes;
	size_t len;
};

enum { MAX_SEEDS = 4096, INPUT_SIZE = 64 * 1024 };

static struct seed seeds[MAX_SEEDS];
static size_t seed_count;

static uint64_t next_random(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void run(const uint8_t *bytes, size_t len)
{
	/* A copy of exactly its size, so that a sanitizer sees the first byte beyond it. */
	uint8_t *copy = malloc(len == 0 ? 1 : len);

	if (copy == NULL)
		abort();
	memcpy(copy, bytes, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void load(const char *dir)
{
	DIR *handle = opendir(dir);
	struct dirent *entry;

	if (handle == NULL) {
		fprintf(stderr, "no seeds: %s\n", dir);
		exit(1);
	}
	while ((entry = readdir(handle)) != NULL && seed_count < MAX_SEEDS) {
		char path[4096];
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		file = fopen(path, "rb");
		if (file == NULL) {
			perror(path);
			exit(1);
		}
		struct seed *seed = &seeds[seed_count++];
		seed->bytes = malloc(INPUT_SIZE);
		seed->len = fread(seed->bytes, 1, INPUT_SIZE, file);
		fclose(file);
	}
	closedir(handle);
}

static void mutate_and_run(void)
{
	static uint8_t input[INPUT_SIZE];
	const struct seed *seed = &seeds[next_random() % seed_count];
	size_t len = seed->len;

	memcpy(input, seed->bytes, len);
	for (unsigned changes = 1 + next_random() % 8; changes > 0 && len > 0; changes--) {
		size_t at = next_random() % len;

		switch (next_random() % 5) {
		case 0:
			input[at] ^= (uint8_t)(1u << next_random() % 8);
			break;
		case 1:
			input[at] = (uint8_t)next_random();
			break;
		case 2: /* cut */
			len = at;
			break;
		case 3: { /* double a piece */
			size_t piece = next_random() % (len - at) + 1;

			if (len + piece > INPUT_SIZE)
				break;
			memmove(input + at + piece, input + at, len - at);
			len += piece;
			break;
		}
		case 4: { /* a piece of another seed */
			const struct seed *other = &seeds[next_random() % seed_count];
			size_t from = other->len == 0 ? 0 : next_random() % other->len;
			size_t piece = other->len - from;

			if (piece > INPUT_SIZE - at)
				piece = INPUT_SIZE - at;
			memcpy(input + at, other->bytes + from, piece);
			if (at + piece > len)
				len = at + piece;
			break;
		}
		}
	}
	run(input, len);
}

int main(int argc, char **argv)
{
	unsigned long mutations = 0;
	unsigned long runs = 0;

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--mutations=", 12) == 0)
			mutations = strtoul(argv[i] + 12, NULL, 10);
		else
			load(argv[i]);
	}
	if (seed_count == 0) {
		fprintf(stderr, "no seeds given\n");
		return 1;
	}
	for (size_t i = 0; i < seed_count; i++) {
		size_t step = seeds[i].len / 512 + 1;

		for (size_t len = 0; len < seeds[i].len; len += step, runs++)
			run(seeds[i].bytes, len);
		run(seeds[i].bytes, seeds[i].len);
		runs++;
	}
	for (unsigned long i = 0; i < mutations; i++, runs++)
		mutate_and_run();
	printf("%lu inputs from %zu seeds\n", runs, seed_count);
	return 0;
}
