/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/poison.h - tells AddressSanitizer which bytes of a pool belong to
 * nobody now, so that a pointer that outlived its owner is found there, too.
 * Nothing in other builds.
 */
#pragma once

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON_ACTIVE
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(POISON_ACTIVE)
#define POISON_ACTIVE
#endif

#ifdef POISON_ACTIVE
#include <sanitizer/asan_interface.h>
#endif

/* Nobody may touch them until they are unpoisoned. */
static inline void poison(const void *at, size_t len)
{
#ifdef POISON_ACTIVE
	__asan_poison_memory_region(at, len);
#endif
}

static inline void unpoison(const void *at, size_t len)
{
#ifdef POISON_ACTIVE
	__asan_unpoison_memory_region(at, len);
#endif
}
