/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/kernel.c - see kernel.h. */
#include "vrrp/kernel.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vrrp/firewall.h"
#include "vrrp/instance.h"
#include "vrrp/kernel_items.h"
#include "vrrp/process.h"

static void kernel_log(struct vrrp_process *process, enum log_level level, const char *text)
{
	log_printf(process->log, process->args->log, level, "%s", text);
}

unsigned kernel_groups(const struct vrrp_conf *conf)
{
	bool routes = conf->static_routes != NULL || conf->static_rules != NULL;

	for (const struct vrrp_instance_conf *i = conf->instances; i != NULL; i = i->next)
		routes |= i->routes != NULL || i->rules != NULL;
	return NL_LINKS | NL_ADDRESSES | (routes ? NL_ROUTES : 0);
}

static void kernel_read_links(struct vrrp_process *process)
{
	if (links_read(&process->links, process->nl) < 0)
		kernel_log(process, LOG_LEVEL_ERR, "cannot list interfaces");
}

/* Before the process is confined: nftables reads files when it is opened. */
static void kernel_open_firewall(struct vrrp_process *process)
{
	if (!firewall_is_wanted(process->args->conf))
		return;
	process->kernel.firewall = nl_firewall_open();
	if (process->kernel.firewall == NULL)
		kernel_log(process, LOG_LEVEL_ERR, "cannot use nftables");
}

/* The rules name interfaces by their number: they are written anew when one is made. */
static void kernel_write_firewall(struct vrrp_process *process)
{
	struct strbuf commands = STRBUF_EMPTY;
	const char *error;

	if (process->kernel.firewall == NULL)
		return;
	firewall_write(process->args->conf, &process->links, &commands);
	if (nl_firewall_run(process->kernel.firewall, commands.text, &error) < 0)
		log_printf(process->log, process->args->log, LOG_LEVEL_ERR,
			   "the packet filter does not take the rules of no_accept and VMACs: "
			   "%.300s",
			   error);
	strbuf_free(&commands);
}

static bool kernel_make_links(struct vrrp_process *process)
{
	char failed[VMAC_WHAT];
	bool made;
	int error = vmacs_make(&process->kernel.vmacs, process->nl, &process->links, &made, failed);

	if (error < 0 && !process->kernel.failed)
		kernel_log(process, LOG_LEVEL_ERR, failed);
	if (!made)
		return error == 0;
	kernel_read_links(process);
	kernel_write_firewall(process);
	return error == 0;
}

static bool kernel_take_statics(struct vrrp_process *process, bool first)
{
	char failed[STATICS_WHAT];
	int error = statics_take(process->args->conf, process->nl, &process->links, first,
				 failed);

	if (error < 0 && !process->kernel.failed)
		log_printf(process->log, process->args->log, LOG_LEVEL_ERR,
			   "cannot add static %s: %s", failed, strerror(-error));
	return error == 0;
}

/* promote_secondaries: on the instance's interface and those of its addresses. */
static void kernel_promote(struct vrrp_process *process, const struct vrrp_instance_conf *conf,
			   const char *name)
{
	const struct nl_link *link = links_by_name(&process->links, name);

	if (link != NULL && link->inet[NL_INET_PROMOTE_SECONDARIES] == 0 &&
	    nl_link_set_inet(process->nl, link->ifindex, NL_INET_PROMOTE_SECONDARIES, 1) < 0)
		log_printf(process->log, process->args->log, LOG_LEVEL_ERR,
			   "%s: cannot set promote_secondaries of %s", conf->name, name);
}

static void kernel_promote_all(struct vrrp_process *process)
{
	for (const struct vrrp_instance_conf *i = process->args->conf->instances; i != NULL;
	     i = i->next) {
		if (!i->promote_secondaries)
			continue;
		kernel_promote(process, i, i->interface);
		for (const struct vrrp_address_conf *a = i->addresses; a != NULL; a = a->next)
			kernel_promote(process, i, item_interface(a, i->interface));
		for (const struct vrrp_address_conf *a = i->excluded; a != NULL; a = a->next)
			kernel_promote(process, i, item_interface(a, i->interface));
	}
}

static void kernel_take(struct vrrp_process *process, bool first)
{
	bool made = kernel_make_links(process);
	bool taken = kernel_take_statics(process, first);

	process->kernel.failed = !made || !taken;
	if (taken)
		process->kernel.fault_group = NULL;
	kernel_promote_all(process);
}

/* Before the process is confined. */
static void kernel_quiet_igmp(struct vrrp_process *process)
{
	static const char path[] = "/proc/sys/net/ipv4/igmp_link_local_mcast_reports";
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		kernel_log(process, LOG_LEVEL_WARNING,
			   "disable_local_igmp: cannot write igmp_link_local_mcast_reports");
	if (fd >= 0)
		close(fd);
}

void kernel_start(struct vrrp_process *process)
{
	if (process->args->conf->no_local_igmp)
		kernel_quiet_igmp(process);
	vmacs_init(&process->kernel.vmacs, process->args->conf);
	if (vmacs_reverse_path(&process->kernel.vmacs, process->nl, &process->links) < 0)
		kernel_log(process, LOG_LEVEL_ERR,
			   "cannot change rp_filter: a VMAC may not hear its packets");
	kernel_open_firewall(process);
	kernel_take(process, true);
	kernel_write_firewall(process);
}

void kernel_check(struct vrrp_process *process)
{
	kernel_take(process, false);
}

void kernel_event(struct vrrp_process *process, const struct nl_event *event)
{
	struct kernel *kernel = &process->kernel;
	char what[STATICS_WHAT];
	const char *group;
	int done = statics_restore(process->args->conf, process->nl, &process->links, event, what,
				   &group);

	if (done > 0)
		log_printf(process->log, process->args->log, LOG_LEVEL_WARNING,
			   "static %s was removed: it is put back", what);
	if (done >= 0)
		return;
	log_printf(process->log, process->args->log, LOG_LEVEL_ERR,
		   "static %s was removed, and cannot be put back: %s", what, strerror(-done));
	if (group == NULL)
		return;
	kernel->fault_group = group;
	memcpy(kernel->fault, what, sizeof(kernel->fault));
	process->stale_links = true; /* every instance is to be weighed anew */
}

bool kernel_fault(const struct vrrp_instance *instance, char *ret_cause, size_t size)
{
	const struct kernel *kernel = &instance->process->kernel;

	if (kernel->fault_group == NULL ||
	    !statics_group_has(instance->process->args->conf, kernel->fault_group, instance->conf))
		return false;
	snprintf(ret_cause, size, "static %s of track_group %s is gone", kernel->fault,
		 kernel->fault_group);
	return true;
}

void kernel_stop(struct vrrp_process *process)
{
	char failed[STATICS_WHAT];
	int error;

	if (process->kernel.vmacs.conf == NULL || process->nl == NULL)
		return; /* it was never started */
	nl_firewall_close(process->kernel.firewall);
	process->kernel.firewall = NULL;
	kernel_read_links(process);
	error = statics_drop(process->args->conf, process->nl, &process->links, failed);
	if (error < 0)
		log_printf(process->log, process->args->log, LOG_LEVEL_ERR,
			   "cannot remove static %s: %s", failed, strerror(-error));
	vmacs_close(&process->kernel.vmacs, process->nl, &process->links);
}
