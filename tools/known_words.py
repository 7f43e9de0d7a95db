#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make src/conf/known_haproxy.def from a table of HAProxy's keywords.

Usage: known_words.py haproxy.tsv > src/conf/known_haproxy.def

The table has the columns class and keyword first. Run it again when a new
HAProxy adds words; the result is committed, the table is not.
"""
import re
import sys

CLASSES = {
    "action:http-after-response": "ACTION_HTTP_AFTER_RESPONSE",
    "action:http-request": "ACTION_HTTP_REQUEST",
    "action:http-response": "ACTION_HTTP_RESPONSE",
    "action:quic-initial": "ACTION_QUIC_INITIAL",
    "action:tcp-request connection": "ACTION_TCP_REQUEST_CONNECTION",
    "action:tcp-request content": "ACTION_TCP_REQUEST_CONTENT",
    "action:tcp-request session": "ACTION_TCP_REQUEST_SESSION",
    "action:tcp-response content": "ACTION_TCP_RESPONSE_CONTENT",
    "acl-derived": "FETCH",
    "balance": "BALANCE",
    "bind-option": "BIND",
    "converter": "CONVERTER",
    "fetch": "FETCH",
    "filter": "FILTER",
    "global": "GLOBAL",
    "log-alias": "LOG_ALIAS",
    "proxy": "PROXY",
    "proxy-unlisted": "PROXY",
    "reg-listen": "PROXY",
    "section": "SECTION",
    "server-option": "SERVER",
    "service": "SERVICE",
}

# Words that only older releases had, or that the table leaves out.
MORE = {
    "GLOBAL": """debug master-worker nbproc ssl-engine ssl-mode-async tune.chksize""",
    "PROXY": """appsession bind-process block cliexp clitimeout contimeout dispatch grace
        log-format-sd monitor-net redispatch reqadd reqallow reqdel reqdeny reqiallow reqidel
        reqideny reqipass reqirep reqitarpit reqpass reqrep reqtarpit rspadd rspdel rspdeny
        rspidel rspideny rspirep rsprep srvexp srvtimeout transparent unique-id-format""",
    "PROXY options": """forceclose http-tunnel http-use-htx http_proxy tcpsplice transparent""",
    "BIND": "process",
    "SECTION": "program",
}

# Rows of the table that are no keywords at the beginning of a line, or stand for others (map_beg_int).
LESS = {("SECTION", "namespace_list"), ("SECTION", "spoe-agent"), ("SECTION", "spoe-group"),
        ("SECTION", "spoe-message"), ("CONVERTER", "map_match"), ("CONVERTER", "map_match_output")}


def clean(word):
    word = re.sub(r" *\[.*", "", word)      # "option abortonclose [ BE ]"
    word = re.sub(r" *\+\d+$", "", word)    # "name +1": takes one argument
    return " ".join(word.split())


def main():
    rows = set()
    for kind, words in MORE.items():
        prefix = "option " if kind.endswith(" options") else ""
        rows |= {(kind.split()[0], prefix + word) for word in words.split()}
    with open(sys.argv[1], encoding="utf-8") as table:
        next(table)
        for line in table:
            kind, word = line.rstrip("\n").split("\t")[:2]
            word = clean(word)
            if kind.startswith("action:"):
                word = word.split()[0]          # "expect-proxy layer4"
            if kind in CLASSES and word and '"' not in word and "\\" not in word:
                rows.add((CLASSES[kind], word))
    print("/* Made by tools/known_words.py; sorted by class, then name. */")
    for kind, word in sorted(rows - LESS, key=lambda row: (row[0], row[1].encode())):
        print(f'KNOWN({kind}, "{word}")')


main()
