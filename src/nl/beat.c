/* SPDX-License-Identifier: Apache-2.0 */
/* nl/beat.c - see beat.h. */
#include "nl/beat.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/mii.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int nl_beat_open(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

static int beat_register(int fd, struct ifreq *request, uint16_t number, uint16_t *ret)
{
	struct mii_ioctl_data mii;

	memcpy(&mii, &request->ifr_data, sizeof(mii));
	mii.reg_num = number;
	memcpy(&request->ifr_data, &mii, sizeof(mii));
	if (ioctl(fd, SIOCGMIIREG, request) < 0)
		return -errno;
	memcpy(&mii, &request->ifr_data, sizeof(mii));
	*ret = mii.val_out;
	return 0;
}

static int beat_mii(int fd, struct ifreq *request)
{
	uint16_t status = 0;
	int error = ioctl(fd, SIOCGMIIPHY, request) < 0 ? -errno : 0;

	/* Twice: a loss is latched until it has been read. */
	for (unsigned i = 0; i < 2 && error == 0; i++)
		error = beat_register(fd, request, MII_BMSR, &status);
	return error < 0 ? error : (status & BMSR_LSTATUS) != 0;
}

static int beat_ethtool(int fd, struct ifreq *request)
{
	struct ethtool_value link = { .cmd = ETHTOOL_GLINK };

	request->ifr_data = (char *)&link;
	return ioctl(fd, SIOCETHTOOL, request) < 0 ? -errno : link.data != 0;
}

static int beat_flags(int fd, struct ifreq *request)
{
	return ioctl(fd, SIOCGIFFLAGS, request) < 0 ? -errno :
						      (request->ifr_flags & IFF_RUNNING) != 0;
}

static int (*const beat_ways[NL_BEAT_WAYS])(int fd, struct ifreq *request) = {
	[NL_BEAT_MII] = beat_mii,
	[NL_BEAT_ETHTOOL] = beat_ethtool,
	[NL_BEAT_FLAGS] = beat_flags,
};

static int beat_ask(int fd, const char *name, enum nl_beat_way way)
{
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return beat_ways[way](fd, &request);
}

int nl_beat(int fd, const char *name, enum nl_beat_way preferred)
{
	int answer = beat_ask(fd, name, preferred);

	for (unsigned way = 0; way < NL_BEAT_WAYS && answer < 0 && answer != -ENODEV; way++)
		answer = beat_ask(fd, name, (enum nl_beat_way)way);
	return answer;
}
