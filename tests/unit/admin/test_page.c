/* SPDX-License-Identifier: Apache-2.0 */
/* The page: nothing from the configuration or the pair gets out of its text, and what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "admin/html.h"
#include "admin/page.h"
#include "proxy/conf.h"

#define NASTY "<script>\"'&\x01\xff"

static void assert_html(void (*write)(struct strbuf *, uint64_t), uint64_t number, const char *text)
{
	struct strbuf buf = STRBUF_EMPTY;

	write(&buf, number);
	assert_string_equal(buf.text, text);
	strbuf_free(&buf);
}

static void numbers(void **state)
{
	assert_html(html_number, 0, "0");
	assert_html(html_number, 999, "999");
	assert_html(html_number, 1000, "1\u202f000");
	assert_html(html_number, 12345678, "12\u202f345\u202f678");
	assert_html(html_number, UINT64_MAX, "18\u202f446\u202f744\u202f073\u202f709\u202f551\u202f615");
	assert_html(html_bytes, 0, "0\u202fB");
	assert_html(html_bytes, 1023, "1023\u202fB");
	assert_html(html_bytes, 1024, "1.0\u202fKiB");
	assert_html(html_bytes, 1887437, "1.8\u202fMiB");
	assert_html(html_bytes, 1048575, "1.0\u202fMiB");
	assert_html(html_bytes, 104857600, "100\u202fMiB");
	assert_html(html_bytes, UINT64_MAX, "16.0\u202f" "EiB");
	assert_html(html_duration, 0, "0\u202fs");
	assert_html(html_duration, 59, "59\u202fs");
	assert_html(html_duration, 60, "1\u202fmin");
	assert_html(html_duration, 69, "1\u202fmin 9\u202fs");
	assert_html(html_duration, 7500, "2\u202fh 5\u202fmin");
	assert_html(html_duration, 273661, "3\u202f" "d 4\u202fh");
	assert_html(html_duration, 86459, "1\u202f" "d");
}

static void text_is_made_harmless(void **state)
{
	struct strbuf buf = STRBUF_EMPTY;

	html_text(&buf, "a<b>&\"'\t\x7f");
	assert_string_equal(buf.text, "a&lt;b&gt;&amp;&quot;&#39;\ufffd\ufffd");
	strbuf_free(&buf);
	/* good UTF-8 stays; stray, cut, overlong and surrogate bytes do not */
	html_text(&buf, "\u00e4\u20ac\U0001f600 \x80 \xc3 \xe2\x82 \xc0\xaf \xed\xa0\x80");
	assert_ptr_equal(strstr(buf.text, "\u00e4\u20ac\U0001f600 \ufffd \ufffd \ufffd"), buf.text);
	assert_null(strstr(buf.text, "\xc0"));
	assert_null(strstr(buf.text, "\xed"));
	strbuf_free(&buf);
}

/* One listen section of a name that is up to no good, and a pair. */
struct fixture {
	struct page page;
	struct section section;
	struct stats_conf conf;
	struct stats_query query;
	struct stats_row rows[3];
	struct stats_rows all;
	struct stats_process process;
	struct stats_view view;
};

/* What that instance tracks, and its turns. */
static void make_watched(struct page *page)
{
	struct page_turn turn = { .wall_us = 1000000, .state = PAGE_VRRP_BACKUP, .owner = NASTY,
				  .cause = NASTY };

	for (unsigned i = 0; i < 7; i++) {
		struct page_track *track = &page->track[i];

		memset(track->instance, '<', sizeof(track->instance));
		snprintf(track->name, sizeof(track->name), "%s", NASTY);
		track->kind = track->weight = (int)i;
		atomic_store(&track->state, i % 4);
		atomic_store(&track->adds, -(int)i);
		atomic_store(&track->since_wall_us, UINT64_MAX);
	}
	atomic_store(&page->track_count, 7);
	for (unsigned i = 0; i < 8; i++) {
		turn.state = i;
		turn.wall_us += 1000000;
		turn.outage_us = i == PAGE_VRRP_MASTER ? UINT64_MAX : 0;
		page_turn_add(page, 3, &turn);
	}
	page->turns[3].turn[5].wall_us = 1; /* the clock went back */
}

static struct fixture *make(void)
{
	static struct fixture f;
	struct page_instance *instance;

	memset(&f, 0, sizeof(f));
	f.section = (struct section){ .kind = SECTION_LISTEN, .name = NASTY, .description = NASTY,
				      .back.server_count = 1 };
	f.conf = (struct stats_conf){ .enabled = true, .uri = "/st\"ats", .show_legends = true,
				      .show_desc = true, .show_node = true, .refresh_ms = 1500 };
	for (int i = 0; i < 3; i++) {
		static const enum stats_kind kinds[] = { STATS_FRONTEND, STATS_SERVER, STATS_BACKEND };

		stats_row_init(&f.rows[i], kinds[i]);
		f.rows[i].section = &f.section;
		f.rows[i].proxy = f.rows[i].service = f.rows[i].mode = NASTY;
		strcpy(f.rows[i].status, NASTY);
		strcpy(f.rows[i].address, NASTY);
		f.rows[i].check_status = f.rows[i].check_text = NASTY;
		snprintf(f.rows[i].check_error, sizeof(f.rows[i].check_error), "%s", NASTY);
		f.rows[i].algorithm = NASTY;
		f.rows[i].tone = STATS_BAD;
		memset(&f.rows[i].n, 0xfe, sizeof(f.rows[i].n)); /* huge numbers everywhere */
	}
	f.rows[0].mode = f.rows[1].mode = f.rows[2].mode = "tcp";
	f.all = (struct stats_rows){ .rows = f.rows, .count = 3 };
	instance = &f.page.instance[3];
	memset(instance->name, '<', sizeof(instance->name)); /* not even ended */
	instance->used = 1;
	instance->state = 77;
	instance->since_wall_us = UINT64_MAX;
	page_event_add(&f.page, NASTY);
	make_watched(&f.page);
	f.page.proxy.restarts = 2;
	f.page.proxy.exit_status = 9;
	f.view = (struct stats_view){ .conf = &f.conf, .query = &f.query, .rows = &f.all,
				      .process = &f.process, .page = &f.page, .node = NASTY,
				      .description = NASTY, .token = "" };
	return &f;
}

static void nothing_breaks_out(void **state)
{
	struct fixture *f = make();
	struct strbuf html = STRBUF_EMPTY;

	stats_page(&f->view, &html);
	assert_false(html.failed);
	/* Its own script alone, with nothing of the configuration in it. */
	const char *script = strstr(html.text, "<script>");
	assert_non_null(script);
	assert_int_equal(strncmp(script + 8, stats_page_script, strlen(stats_page_script)), 0);
	assert_null(strstr(script + 8, "<script"));
	assert_null(strstr(html.text, "/st\"ats"));
	assert_non_null(strstr(html.text, "&lt;script&gt;&quot;&#39;&amp;\ufffd\ufffd"));
	assert_null(strstr(html.text, "<<"));
	assert_null(strchr(html.text, '\x01'));
	/* nothing is fetched from anywhere */
	assert_null(strstr(html.text, "http:"));
	assert_null(strstr(html.text, "https:"));
	assert_null(strstr(html.text, "url("));
	strbuf_free(&html);
}

/* A script that fails, and a master that was away for 250 ms. */
static void watch(struct page *page)
{
	struct page_turn turn = { .wall_us = 2000000, .state = PAGE_VRRP_BACKUP, .cause = "started" };

	page->track[0] = (struct page_track){ .kind = PAGE_TRACK_SCRIPT, .weight = -20,
					      .instance = "VI_1", .name = "chk",
					      .state = PAGE_TRACK_DOWN, .adds = -20,
					      .since_wall_us = 5000000 };
	page->track[1] = (struct page_track){ .kind = PAGE_TRACK_INTERFACE, .instance = "VI_2",
					      .name = "not_ours" };
	page->track_count = 2;
	memset(&page->turns[3], 0, sizeof(page->turns[3]));
	page_turn_add(page, 3, &turn);
	turn = (struct page_turn){ .wall_us = 4000000, .state = PAGE_VRRP_MASTER,
				   .owner = "10.0.0.2", .outage_us = 250000, .cause = "it died" };
	page_turn_add(page, 3, &turn);
}

static void says_what_is_watched(const char *html)
{
	assert_non_null(strstr(html, "<b>chk</b> <span class=\"badge b1\">"));
	assert_non_null(strstr(html, "weight -20, <b>-20 now</b>"));
	assert_non_null(strstr(html, "for <time data-s=5>3\u202fs</time>"));
	assert_null(strstr(html, "not_ours"));
	/* six seconds: master from the second one on, another one before, nobody for a quarter */
	assert_non_null(strstr(html, "<rect class=on x=333 y=0 width=667 height=10 /><rect class=gap x=291 "));
	assert_non_null(strstr(html, "<rect class=on x=0 y=0 width=333 height=10 /><rect class=gap x=291 "));
	assert_non_null(strstr(html, "<td>10.0.0.2</td><td>2.00\u202fs</td><td></td><td>started</td>"));
	assert_non_null(strstr(html, "<td>4.00\u202fs</td><td>250\u202fms</td><td>it died</td>"));
}

static void says_what_it_should(void **state)
{
	struct fixture *f = make();
	struct strbuf html = STRBUF_EMPTY;
	struct page_instance *instance = &f->page.instance[3];

	strcpy(instance->name, "VI_1");
	instance->state = PAGE_VRRP_MASTER;
	instance->since_wall_us = 1000000;
	f->process.wall_us = 8000000;
	f->conf.hide_version = true;
	watch(&f->page);
	stats_page(&f->view, &html);
	assert_non_null(strstr(html.text, "VI_1"));
	assert_non_null(strstr(html.text, "MASTER"));
	assert_non_null(strstr(html.text, "for <b><time data-s=1>7\u202fs</time></b>"));
	says_what_is_watched(html.text);
	assert_non_null(strstr(html.text, "started again 2 times; its predecessor was ended by SIGKILL"));
	assert_non_null(strstr(html.text, "refreshes every 2\u202fs"));
	assert_null(strstr(html.text, RELEVO_VERSION));
	strbuf_free(&html);

	f->conf.hide_version = false;
	f->query.no_refresh = true;
	memset(&f->page, 0, sizeof(f->page));
	stats_page(&f->view, &html);
	assert_non_null(strstr(html.text, "relevo " RELEVO_VERSION));
	assert_null(strstr(html.text, "refreshes every"));
	assert_null(strstr(html.text, "<section id=pair>")); /* a proxy alone */
	strbuf_free(&html);
}

static void an_empty_page_is_fine(void **state)
{
	struct fixture *f = make();
	struct strbuf html = STRBUF_EMPTY;

	f->all.count = 0;
	stats_page(&f->view, &html);
	assert_non_null(strstr(html.text, "</html>"));
	strbuf_free(&html);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(text_is_made_harmless),
		cmocka_unit_test(nothing_breaks_out),
		cmocka_unit_test(says_what_it_should),
		cmocka_unit_test(an_empty_page_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
