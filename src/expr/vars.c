/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/vars.c - see vars.h. A variable that was set once keeps its place and
 * its buffer, so that setting it again and again on a long connection costs
 * no more memory than its longest value.
 */
#include "expr/vars.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/bump.h"
#include "expr/fetch.h"

struct expr_value {
	struct expr_value *next;
	uint32_t id;
	bool set;
	struct expr_sample sample;	/* text: in `bytes`, or a constant of the program's own */
	char *bytes;
	size_t room;			/* of `bytes` */
};

struct expr_vars {
	struct bump *memory;
	struct expr_value *values;
	struct vars_shared *shared;	/* NULL: of one thread */
};

struct vars_shared { /* proc: what a shared set has of its own */
	struct expr_vars vars;
	struct bump_pool pool;
	struct bump memory;
	pthread_rwlock_t lock;
};

static const struct {
	const char *prefix;
	enum expr_scope scope;
} vars_scopes[] = {
	{ "proc.", EXPR_SCOPE_PROC }, { "sess.", EXPR_SCOPE_SESS }, { "txn.", EXPR_SCOPE_TXN },
	{ "req.", EXPR_SCOPE_REQ },   { "res.", EXPR_SCOPE_RES },   { "check.", EXPR_SCOPE_CHECK },
};

/* --- names --- */

static bool vars_scope(const char *name, enum expr_scope *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(vars_scopes); i++) {
		if (strncmp(name, vars_scopes[i].prefix, strlen(vars_scopes[i].prefix)) == 0) {
			*ret = vars_scopes[i].scope;
			return true;
		}
	}
	return false;
}

static bool vars_name_valid(const char *name)
{
	const char *own = strchr(name, '.') + 1;

	for (const char *at = own; *at != '\0'; at++)
		if (!isalnum((unsigned char)*at) && *at != '_' && *at != '.')
			return false;
	return *own != '\0';
}

bool expr_var_is_name(struct slice text)
{
	enum expr_scope scope;
	char name[256];

	if (text.len >= sizeof(name))
		return false;
	memcpy(name, text.at, text.len);
	name[text.len] = '\0';
	return vars_scope(name, &scope) && vars_name_valid(name);
}

const struct expr_var *expr_var_read(struct conf_parse *parse, struct slice text,
				     struct diag_span span)
{
	const char *name = arena_strndup(parse->arena, text.at, text.len);
	enum expr_scope scope;
	struct expr_var *var;

	for (var = parse->names; var != NULL; var = var->next)
		if (strcmp(var->name, name) == 0)
			return var;
	if (!vars_scope(name, &scope)) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, span,
			 "scopes are proc, sess, txn, req and res",
			 "variable '%s' must begin with its scope, as in 'txn.name'", name);
		return NULL;
	}
	if (!vars_name_valid(name)) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, span, NULL,
			 "variable '%s' may hold only letters, digits, '_' and '.'", name);
		return NULL;
	}
	var = arena_zalloc(parse->arena, sizeof(*var));
	*var = (struct expr_var){ .next = parse->names, .scope = scope, .name = name,
				  .id = parse->names != NULL ? parse->names->id + 1 : 1 };
	parse->names = var;
	return var;
}

/* --- sets --- */

struct expr_vars *expr_vars_new(struct bump *memory)
{
	struct expr_vars *vars = bump_alloc(memory, sizeof(*vars));

	if (vars != NULL)
		*vars = (struct expr_vars){ .memory = memory };
	return vars;
}

struct expr_vars *expr_vars_new_shared(void)
{
	struct vars_shared *shared = calloc(1, sizeof(*shared));

	if (shared == NULL)
		return NULL;
	if (pthread_rwlock_init(&shared->lock, NULL) != 0) {
		free(shared);
		return NULL;
	}
	shared->memory.pool = &shared->pool;
	shared->vars = (struct expr_vars){ .memory = &shared->memory, .shared = shared };
	return &shared->vars;
}

void expr_vars_free_shared(struct expr_vars *vars)
{
	struct vars_shared *shared;

	if (vars == NULL)
		return;
	shared = vars->shared;
	bump_free(&shared->memory);
	bump_pool_free(&shared->pool);
	pthread_rwlock_destroy(&shared->lock);
	free(shared);
}

static void vars_unlock(struct expr_vars *vars)
{
	if (vars->shared != NULL)
		pthread_rwlock_unlock(&vars->shared->lock);
}

static void vars_lock_to_read(struct expr_vars *vars)
{
	if (vars->shared != NULL)
		pthread_rwlock_rdlock(&vars->shared->lock);
}

static void vars_lock_to_write(struct expr_vars *vars)
{
	if (vars->shared != NULL)
		pthread_rwlock_wrlock(&vars->shared->lock);
}

static struct expr_value *vars_find(const struct expr_vars *vars, uint32_t id)
{
	for (struct expr_value *value = vars->values; value != NULL; value = value->next)
		if (value->id == id)
			return value;
	return NULL;
}

/* --- values --- */

/* The bytes that a sample borrows, or NULL. */
static struct slice *vars_text(struct expr_sample *sample)
{
	if (sample->type == EXPR_STRING || sample->type == EXPR_BINARY)
		return &sample->value.text;
	if (sample->type == EXPR_METHOD && sample->value.method.id == HTTP_METHOD_OTHER)
		return &sample->value.method.name;
	return NULL;
}

static struct expr_value *vars_add(struct expr_vars *vars, uint32_t id)
{
	struct expr_value *value = bump_alloc(vars->memory, sizeof(*value));

	if (value == NULL)
		return NULL;
	*value = (struct expr_value){ .next = vars->values, .id = id };
	vars->values = value;
	return value;
}

static bool vars_store(struct expr_vars *vars, struct expr_value *value,
		       const struct expr_sample *sample)
{
	struct expr_sample copy = *sample;
	struct slice *text = vars_text(&copy);

	copy.cursor = (struct expr_cursor){ 0 };
	copy.may_change = false;
	if (text != NULL && text->len != 0) {
		if (value->room < text->len) {
			/* Twice as much, so that growing values leave little behind. */
			char *bytes = bump_alloc(vars->memory, 2 * text->len);

			if (bytes == NULL)
				return false;
			value->bytes = bytes;
			value->room = 2 * text->len;
		}
		memmove(value->bytes, text->at, text->len);
		text->at = value->bytes;
	}
	value->sample = copy;
	value->set = true;
	return true;
}

bool expr_var_set(struct expr_context *context, const struct expr_var *var,
		  const struct expr_sample *sample)
{
	struct expr_vars *vars = context->vars[var->scope];
	struct expr_value *value;
	bool done;

	if (vars == NULL)
		return false;
	vars_lock_to_write(vars);
	value = vars_find(vars, var->id);
	if (value == NULL)
		value = vars_add(vars, var->id);
	done = value != NULL && vars_store(vars, value, sample);
	vars_unlock(vars);
	return done;
}

void expr_var_unset(struct expr_context *context, const struct expr_var *var)
{
	struct expr_vars *vars = context->vars[var->scope];
	struct expr_value *value;

	if (vars == NULL)
		return;
	vars_lock_to_write(vars);
	value = vars_find(vars, var->id);
	if (value != NULL)
		value->set = false;
	vars_unlock(vars);
}

/* Another thread may change a shared value as soon as the lock is gone. */
static bool vars_copy(struct expr_context *context, struct expr_sample *sample)
{
	struct slice *text = vars_text(sample);

	if (text == NULL || text->len == 0)
		return true;
	*text = bump_copy(context->memory, *text);
	return text->at != NULL;
}

bool expr_var_get(struct expr_context *context, const struct expr_var *var,
		  struct expr_sample *ret)
{
	struct expr_vars *vars = context->vars[var->scope];
	struct expr_value *value;
	bool found;

	if (vars == NULL)
		return false;
	vars_lock_to_read(vars);
	value = vars_find(vars, var->id);
	found = value != NULL && value->set;
	if (found) {
		*ret = value->sample;
		found = vars->shared == NULL || vars_copy(context, ret);
	}
	vars_unlock(vars);
	return found;
}

/* --- var() --- */

/* The second argument is the value of a variable that is not set. */
static enum expr_got vars_get(struct expr_context *context, const struct expr_args *args,
			      struct expr_sample *ret)
{
	if (expr_var_get(context, args->at[0].var, ret))
		return EXPR_GOT;
	if (!args->at[1].given)
		return EXPR_NONE;
	ret->type = EXPR_STRING;
	ret->value.text = args->at[1].text;
	return EXPR_GOT;
}

const struct expr_fetch expr_fetches_var[] = {
	{ .doc = { .name = "var", .since = "0.2",
		   .summary = "The value of a variable, or the default given with it.",
		   .example = "acl is_api var(txn.site) -m str api" },
	  .type = EXPR_ANY,
	  .args = { { EXPR_ARG_VAR, false, "name" }, { EXPR_ARG_STRING, true, "default" } },
	  .get = vars_get },
	{ .doc = { .name = NULL } },
};
