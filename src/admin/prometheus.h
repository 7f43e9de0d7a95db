/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/prometheus.h - the statistics in the text format of Prometheus, by the
 * names that HAProxy's exporter gives them: `http-request use-service
 * prometheus-exporter`.
 */
#pragma once

#include "proxy/service.h"

/* Answers any request; "?scope=server" and "?no-maint" choose as with HAProxy. */
extern const struct proxy_service admin_prometheus_service;
