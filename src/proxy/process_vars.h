/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/process_vars.h - variables of the process that the file sets:
 * `set-var` and `set-var-fmt` in `global` (configuration manual 3.1).
 */
#pragma once

#include "expr/fetch.h"
#include "proxy/conf.h"

/* What an expression may say where there is no stream: constants, variables, what is made of them. */
extern const struct expr_language process_vars_language;

/* Sets them in the order of the file. `vars`: those of the process. */
void process_vars_set(const struct proxy_conf *conf, struct expr_vars *vars);
