/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_resolvers.c - names that are resolved while the proxy runs: the name
 * servers' counters, and a server's name (management guide 9.3). Names are asked
 * for in the main thread, where commands run too.
 */
#include <inttypes.h>
#include <string.h>

#include "admin/cli_commands.h"
#include "admin/cli_server.h"
#include "proxy/server_name.h"

static const struct resolvers_column {
	const char *name;		/* with the spaces behind it */
	size_t offset;
} resolvers_columns[] = {
	{ "sent:        ", offsetof(struct dns_counters, sent) },
	{ "snd_error:   ", offsetof(struct dns_counters, send_error) },
	{ "valid:       ", offsetof(struct dns_counters, valid) },
	{ "update:      ", offsetof(struct dns_counters, update) },
	{ "cname:       ", offsetof(struct dns_counters, alias) },
	{ "cname_error: ", offsetof(struct dns_counters, alias_error) },
	{ "any_err:     ", offsetof(struct dns_counters, empty) },
	{ "nx:          ", offsetof(struct dns_counters, nx) },
	{ "timeout:     ", offsetof(struct dns_counters, timeout) },
	{ "refused:     ", offsetof(struct dns_counters, refused) },
	{ "other:       ", offsetof(struct dns_counters, other) },
	{ "invalid:     ", offsetof(struct dns_counters, invalid) },
	{ "too_big:     ", offsetof(struct dns_counters, too_big) },
	{ "truncated:   ", offsetof(struct dns_counters, truncated) },
	{ "outdated:    ", offsetof(struct dns_counters, outdated) },
};

/* One counter of a name server, as one resolver of the section has it. */
static uint64_t resolvers_count(const struct dns_resolver *resolver, unsigned nameserver,
				const struct resolvers_column *column)
{
	const char *counters;

	if (resolver == NULL)
		return 0;
	counters = (const char *)&resolver->nameservers[nameserver].counters;
	return *(const _Atomic uint64_t *)(counters + column->offset);
}

static uint64_t resolvers_sum(const struct proxy *proxy, unsigned section, unsigned nameserver,
			      const struct resolvers_column *column)
{
	const struct names *names = proxy->names;
	uint64_t sum = resolvers_count(names->sections[section].resolver, nameserver, column);

	for (unsigned thread = 0; thread < proxy->threads; thread++)
		sum += resolvers_count(names->lookups[thread * names->section_count + section],
				       nameserver, column);
	return sum;
}

static void resolvers_print(const struct cli_run *run, unsigned section)
{
	const struct dns_conf *conf = run->proxy->names->sections[section].conf;
	const struct dns_nameserver_conf *one = conf->nameservers;

	strbuf_printf(run->out, "Resolvers section %s\n", conf->name);
	for (unsigned i = 0; one != NULL; one = one->next, i++) {
		strbuf_printf(run->out, " nameserver %s:\n", one->name);
		for (unsigned c = 0; c < ARRAY_LEN(resolvers_columns); c++)
			strbuf_printf(run->out, "  %s%" PRIu64 "\n", resolvers_columns[c].name,
				      resolvers_sum(run->proxy, section, i, &resolvers_columns[c]));
	}
}

/* ---- show stat domain resolvers ---- */

static void resolvers_print_column(struct strbuf *out, unsigned c)
{
	const char *name = resolvers_columns[c].name;

	if (resolvers_columns[c].offset == offsetof(struct dns_counters, send_error))
		strbuf_puts(out, "send_error"); /* so it is called here alone */
	else
		strbuf_add(out, name, strcspn(name, ":"));
}

static void resolvers_print_row(struct cli_run *run, unsigned section, unsigned nameserver,
				const char *name, bool typed)
{
	const char *pid = run->proxy->names->sections[section].conf->name;

	strbuf_printf(run->out, typed ? "N.0.id:CGP:str:%s\nN.1.pid:CGP:str:%s\n" : "%s,%s,", name,
		      pid);
	for (unsigned c = 0; c < ARRAY_LEN(resolvers_columns); c++) {
		uint64_t sum =
			resolvers_sum(run->proxy, section, nameserver, &resolvers_columns[c]);

		if (typed) {
			strbuf_printf(run->out, "N.%u.", c + 2);
			resolvers_print_column(run->out, c);
			strbuf_puts(run->out, ":MGP:u64:");
		}
		strbuf_printf(run->out, typed ? "%" PRIu64 "\n" : "%" PRIu64 ",", sum);
	}
	if (!typed)
		strbuf_puts(run->out, "\n");
}

void cli_resolvers_stat(struct cli_run *run, bool typed)
{
	const struct names *names = run->proxy->names;

	if (!typed) {
		strbuf_puts(run->out, "# id,pid,");
		for (unsigned c = 0; c < ARRAY_LEN(resolvers_columns); c++) {
			resolvers_print_column(run->out, c);
			strbuf_puts(run->out, ",");
		}
		strbuf_puts(run->out, "\n");
	}
	for (unsigned s = 0; names != NULL && s < names->section_count; s++) {
		const struct dns_nameserver_conf *one = names->sections[s].conf->nameservers;

		for (unsigned i = 0; one != NULL; one = one->next, i++)
			resolvers_print_row(run, s, i, one->name, typed);
	}
}

static void resolvers_show(struct cli_run *run)
{
	const struct names *names = run->proxy->names;
	const char *word = cli_word(run, 2);
	bool found = *word == '\0';

	for (unsigned i = 0; names != NULL && i < names->section_count; i++) {
		if (*word != '\0' && strcmp(names->sections[i].conf->name, word) != 0)
			continue;
		found = true;
		resolvers_print(run, i);
	}
	if (!found)
		cli_error(run, "Can't find that resolvers section\n");
}

void cli_server_set_fqdn(struct cli_run *run, struct server *server)
{
	const char *fqdn = cli_word(run, 4);
	char name[DNS_NAME_BYTES];

	if (*fqdn == '\0') {
		cli_error(run, "set server <b>/<s> fqdn requires a FQDN.\n");
	} else if (server->naming == NULL) {
		cli_error(run,
			  "set server <b>/<s> fqdn failed because no resolution is configured.\n");
	} else if (server->naming->service != NULL) {
		cli_error(run,
			  "set server <b>/<s> fqdn failed because SRV resolution is configured.\n");
	} else if (!dns_name_copy(fqdn, name)) {
		cli_failed(run, CLI_REFUSED);
		cli_sayf(run, LOG_LEVEL_WARNING, "invalid fqdn '%s' by 'stats socket command'\n",
			 fqdn);
	} else if (strcmp(name, server->naming->fqdn) == 0) {
		cli_say(run, LOG_LEVEL_WARNING,
			"no need to change the FDQN by 'stats socket command'\n");
	} else {
		cli_sayf(run, LOG_LEVEL_WARNING,
			 "%s/%s changed its FQDN from %s to %s by 'stats socket command'\n",
			 server->backend->section->name, server->conf->name, server->naming->fqdn,
			 name);
		server_name_set(server->naming, name);
	}
}

#define DOC(words, what, line)                                                                     \
	.doc = { .name = words, .since = "0.4", .summary = what, .example = line }

const struct cli_command cli_commands_resolvers[] = {
	{ DOC("show resolvers", "What each name server was asked, and answered.",
	      "show resolvers dns"),
	  .arguments = "[id]", .run = resolvers_show },
	CLI_COMMANDS_END,
};
