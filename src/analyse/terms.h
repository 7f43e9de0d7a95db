/* SPDX-License-Identifier: Apache-2.0 */
/* analyse/terms.h - termination states in plain words (configuration manual 8.5). */
#pragma once

#include "base/slice.h"

/*
 * A sentence about the state's first two characters; for
 * pairs nobody documents, about the first.
 */
const char *term_meaning(struct slice code);
