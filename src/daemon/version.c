/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/version.c - see version.h. Lines that tools look for are of HAProxy's form. */
#include "daemon/version.h"

#include <sys/utsname.h>
#include <unistd.h>

#include "base/page.h"
#include "proxy/conf.h"

/* How the build was made is told by the compiler's own words. */
#ifdef __OPTIMIZE__
#define VERSION_OPTIMIZED "-O2"
#else
#define VERSION_OPTIMIZED "-O0"
#endif

static void print_level(void)
{
	printf("HAProxy version " HAPROXY_LEVEL "-relevo" RELEVO_VERSION " " RELEVO_DATE
	       " - what relevo stands for\n");
}

static void print_own(void)
{
	printf("relevo version " RELEVO_VERSION
	       ", the work of HAProxy and Keepalived in one program\n");
}

static void print_machine(void)
{
	struct utsname name;

	if (uname(&name) == 0)
		printf("Running on: %s %s %s %s\n", name.sysname, name.release, name.version,
		       name.machine);
}

static void print_features(void)
{
	printf("Feature list :");
	for (const char *const *feature = proxy_features; *feature != NULL; feature++)
		printf(" +%s", *feature);
	printf(" -LUA -NS -OPENSSL -OT -QUIC -SLZ -ZLIB\n");
}

static void print_build(void)
{
	long threads = sysconf(_SC_NPROCESSORS_ONLN);

	printf("Build options :\n"
	       "  TARGET  = linux-glibc\n"
	       "  CPU     = generic\n"
	       "  CC      = cc, version %s\n"
	       "  CFLAGS  = " VERSION_OPTIMIZED "\n"
	       "  OPTIONS = USE_PCRE2=1 USE_PCRE2_JIT=1 USE_SYSTEMD=1 USE_PROMEX=1\n\n",
	       __VERSION__);
	print_features();
	printf("\nDefault settings :\n  bufsize = 16384, maxrewrite = 1024, maxpollevents = 256\n\n"
	       "Built with multi-threading support (MAX_THREADS=%d, default=%ld).\n",
	       (int)PAGE_THREADS, threads < PAGE_THREADS ? threads : (long)PAGE_THREADS);
	printf("Built with the Prometheus exporter as a service\n"
	       "Encrypted password support via crypt(3): yes\n\n"
	       "Available polling systems :\n"
	       "      epoll : pref=300,  test result OK\n"
	       "Total: 1 (1 usable), will use epoll.\n\n"
	       "Available services : prometheus-exporter\n\n");
}

void version_print(enum options_manner manner, bool at_length)
{
	if (manner == OPTIONS_HAPROXY) {
		print_level();
		print_own();
	} else {
		print_own();
		print_level();
	}
	if (!at_length)
		return;
	print_machine();
	print_build();
	printf("Modes: tcp, http (HTTP/1.1)\n"
	       "VRRP: versions 2 and 3, IPv4 and IPv6; PASS, AH, auth_hmac; VMAC; BFD\n"
	       "Sandbox: chroot, user, capabilities, seccomp, Landlock\n");
}
