/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/pid_files.h - where a Keepalived has its pid files, and reload_file
 * (man keepalived, NAMESPACES; man keepalived.conf, instance, use_pid_dir):
 *
 *	                     parent                      vrrp
 *	plain                /run/keepalived.pid         /run/vrrp.pid
 *	use_pid_dir          /run/keepalived/keepalived.pid   .../vrrp.pid
 *	instance I           /run/keepalived/keepalived_I.pid .../vrrp_I.pid
 *	net_namespace N      /run/keepalived/N/keepalived.pid .../vrrp.pid
 */
#pragma once

#include "base/macros.h"
#include "vrrp/conf.h"

enum { PID_FILES_PATH = 512 };

/* The path of the pid file of `process` ("keepalived" or "vrrp"). Returns buf. */
char *pid_files_path(const struct vrrp_conf *conf, const char *process, char buf[PID_FILES_PATH]);

/* Makes or empties reload_file, if there is one. 0 or negative errno. */
int pid_files_begin_reading(const struct vrrp_conf *conf) MUST_CHECK;
/* Removes it. */
void pid_files_end_reading(const struct vrrp_conf *conf);

/* Writes `pid` to a file whose directory is made if need be. 0 or negative errno. */
int pid_files_write(const char *path, int pid) MUST_CHECK;
