/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/agreement.h - what the nodes of a virtual router must have alike in
 * their files, as text and as one number. Nodes tell each other the number;
 * the text says where two files differ.
 */
#pragma once

#include <stdint.h>

struct strbuf;
struct vrrp_instance_conf;

enum vrrp_agreement {
	VRRP_AGREE_VRID,
	VRRP_AGREE_FAMILY,
	VRRP_AGREE_VERSION,
	VRRP_AGREE_INTERVAL,
	VRRP_AGREE_DOWN_TIMER,
	VRRP_AGREE_AUTHENTICATION,	/* the kind; of keys their hash alone */
	VRRP_AGREE_ADDRESSES,		/* in any order, also those not in adverts */
	VRRP_AGREE_ROUTES,
	VRRP_AGREEMENTS,
};

/* The word of the file: "virtual_router_id". */
const char *vrrp_agreement_name(enum vrrp_agreement part);

/* Appends what the instance says of it, without a newline: "10.1.1.80/24 10.1.1.81/24". */
void vrrp_agreement_text(const struct vrrp_instance_conf *conf, enum vrrp_agreement part,
			 struct strbuf *text);

/*
 * The same number on every node whose file says the same of all parts. Names
 * of instances and of interfaces, priorities and scripts may differ.
 */
uint64_t vrrp_conf_agreement(const struct vrrp_instance_conf *conf);
