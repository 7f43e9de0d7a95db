/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console's script (docs/console.md). The page is whole without it; it
 * keeps the page up to date, filters, sorts and asks before it changes
 * anything. Texts become text nodes, never markup. Built into the program by
 * tools/embed.py.
 */
"use strict";
(() => {
const SECONDS = 300;
const root = document.documentElement;
const all = (selector, under = document) => [...under.querySelectorAll(selector)];
const one = (selector, under = document) => under.querySelector(selector);

function make(tag, properties = {}, ...children) {
	const element = Object.assign(document.createElement(tag), properties);
	element.append(...children);
	return element;
}

// ---- light and dark ----

const THEMES = ["auto", "light", "dark"];

function remembered() {
	try {
		return localStorage.getItem("relevo-theme") || "auto";
	} catch {
		return "auto";
	}
}

function setTheme(theme) {
	root.dataset.theme = theme;
	try {
		localStorage.setItem("relevo-theme", theme);
	} catch { /* then it is for this page alone */ }
}

// Before anything is painted.
root.dataset.theme = remembered();

// ---- numbers as the server writes them ----

const NARROW = "\u202f";
const UNITS = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40, PiB: 2 ** 50, EiB: 2 ** 60 };

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, NARROW);

function latency(us) {
	if (!us)
		return "\u2013";
	if (us < 1000)
		return us + NARROW + "\u00b5s";
	if (us < 10000)
		return (us / 1000).toFixed(1) + NARROW + "ms";
	return us < 1e6 ? Math.floor(us / 1000) + NARROW + "ms" : (us / 1e6).toFixed(1) + NARROW + "s";
}

function duration(seconds) {
	const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
	let at = units.findIndex(([size]) => seconds >= size);
	if (at < 0)
		at = 3;
	const first = Math.floor(seconds / units[at][0]) + NARROW + units[at][1];
	if (at === 3)
		return first;
	const rest = Math.floor(seconds % units[at][0] / units[at + 1][0]);
	return rest ? `${first} ${rest}${NARROW}${units[at + 1][1]}` : first;
}

// What a cell of a table counts.
function cellNumber(cell) {
	const text = cell?.firstChild?.textContent ?? "";
	const number = parseFloat(text.replace(/[^\d.]/g, ""));
	return (isNaN(number) ? -1 : number) * (UNITS[text.match(/[KMGTPE]iB/)?.[0]] ?? 1);
}

// ---- curves: the values are the coordinates, see admin/curve.h ----

function readPath(path) {
	const values = Array(SECONDS).fill(null);
	const words = path.match(/[MlVh]|-?\d+/g) || [];
	let command = "", x = 0, y = 0;
	for (let i = 0; i < words.length;) {
		if (/[MlVh]/.test(words[i]))
			command = words[i++];
		if (command === "h")
			break;
		if (command === "M") {
			x = +words[i++];
			y = +words[i++];
		} else if (command === "V") {
			y = +words[i++];
		} else {
			const run = +words[i++], step = +words[i++];
			for (let k = 1; k < run; k++)
				values[x + k] = -y;
			x += run;
			y += step;
			values[x] = Math.abs(y);
		}
	}
	return values;
}

function writePath(values, area) {
	let path = "", from = -1;
	for (let i = 0; i < values.length; i++) {
		if (values[i] === null) {
			path += area && from >= 0 ? "V0" : "";
			from = -1;
			continue;
		}
		if (from < 0)
			path += area ? `M${i - 1} 0V-${values[i]}l1 0` : `M${i} -${values[i]}l0 0`;
		else
			path += ` 1 ${values[i - 1] - values[i]}`;
		from = i;
	}
	return path + (area && path ? "h2V0" : "");
}

function scaleOf(most) {
	for (let power = 1; ; power *= 10)
		for (const step of [1, 2, 5])
			if (step * power >= most)
				return step * power;
}

class Figure {
	constructor(element) {
		this.element = element;
		this.isTime = element.classList.contains("cl");
		this.svg = one("svg", element);
		this.paths = all("path", element).reverse();
		this.series = this.paths.map((path) => readPath(path.getAttribute("d")));
		this.format = this.isTime ? latency : grouped;
		this.least = this.isTime ? 1000 : 5;
	}

	add(values) {
		this.series.forEach((series, i) => {
			series.push(this.isTime && !values[i] ? null : values[i] ?? null);
			series.shift();
		});
	}

	draw() {
		let most = this.least;
		for (const series of this.series)
			for (const value of series)
				most = Math.max(most, value ?? 0);
		const scale = scaleOf(most), height = (scale * 1.06).toFixed(2);
		this.viewBox = `0 -${height} ${SECONDS - 1} ${height}`;
		this.svg.setAttribute("viewBox", this.viewBox);
		this.paths.forEach((path, i) => path.setAttribute("d", writePath(this.series[i], !this.isTime)));
		one(".plot > small", this.element).textContent = this.format(scale);
		const now = this.series.map((series) => this.format(series[SECONDS - 1] ?? 0));
		one("figcaption b", this.element).textContent = now[this.isTime ? 1 : 0];
		all(".legend b", this.element).forEach((text, i) => { text.textContent = now[i]; });
	}

	// What it says of the second at this x, from 0 to 1.
	tell(x) {
		const at = Math.round(x * (SECONDS - 1));
		const ago = SECONDS - 1 - at;
		const values = this.series.map((series) => series[at]);
		if (values.every((value) => value === null))
			return "";
		const text = this.isTime ? values.map(latency).join(" \u00b7 ") : grouped(values[0]);
		return text + (ago ? `, ${duration(ago)} ago` : ", now");
	}
}

class Card {
	constructor(element) {
		this.element = element;
		this.name = one("h3", element).textContent;
		this.figures = all(".curve", element).map((figure) => new Figure(figure));
		this.numbers = all(".nums b", element);
		this.spark = one(".spark", element);
		this.newest = +element.dataset.n;
		this.now = null;
		this.rows = all("tbody tr.s", element);
		this.dirty = false;
	}

	// The sample of this second; those between it and the last one are not known.
	add(number, values) {
		if (number <= this.newest)
			return;
		const missed = Math.min(SECONDS, number - this.newest - 1);
		const parts = [];
		for (let i = 0; i < values.length; i += 6) { // of the frontend, then of the backend
			const [requests, errors, sessions, ...latencies] = values.slice(i, i + 6);
			parts.push([requests], [errors], latencies, [sessions]);
		}
		for (let i = 0; i < missed; i++)
			this.figures.forEach((figure, k) => figure.add(parts[k]?.map(() => null) ?? []));
		this.figures.forEach((figure, k) => figure.add(parts[k] ?? []));
		this.newest = number;
		this.now = values;
		this.dirty = true;
	}

	draw() {
		if (!this.dirty || document.hidden || !this.seen)
			return;
		this.dirty = false;
		if (this.element.open || this.spark)
			this.figures.forEach((figure) => (this.element.open || figure === this.figures[0]) && figure.draw());
		if (this.spark)
			this.spark.setAttribute("viewBox", this.figures[0].viewBox);
		const [requests, errors, sessions, , p95] = this.now;
		[grouped(requests), grouped(errors), latency(p95), grouped(sessions)].forEach((text, i) => {
			if (this.numbers[i])
				this.numbers[i].textContent = text;
		});
		this.numbers[1]?.parentNode.classList.toggle("bad", errors > 0);
	}
}

const cards = new Map(); // by data-i

function watchCards() {
	const seen = new IntersectionObserver((entries) => {
		for (const entry of entries) {
			const card = cards.get(entry.target.dataset.i);
			card.seen = entry.isIntersecting;
			card.draw();
		}
	}, { rootMargin: "200px" });
	for (const element of all("details.proxy")) {
		const card = new Card(element);
		cards.set(element.dataset.i, card);
		seen.observe(element);
		element.addEventListener("toggle", () => { card.dirty ||= card.now !== null; card.draw(); });
	}
}

// ---- what a curve says under the pointer ----

function watchPointer() {
	const text = make("span"), tip = make("div", { className: "tip" }, text);
	document.addEventListener("pointermove", (event) => {
		const plot = event.target.closest?.(".plot");
		if (!plot) {
			tip.remove();
			return;
		}
		const box = plot.getBoundingClientRect();
		const x = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
		const card = cards.get(plot.closest("details").dataset.i);
		text.textContent = card.figures.find((figure) => figure.element.contains(plot)).tell(x);
		tip.style.left = `${x * 100}%`;
		if (!text.textContent)
			tip.remove();
		else if (tip.parentNode !== plot)
			plot.append(tip);
	});
}

// ---- filter and sort ----

let troubleOnly = false;
const filterBox = make("input", { type: "search", placeholder: "Filter names, states, addresses  ( / )" });
filterBox.setAttribute("aria-label", "Filter");

const rowIsTrouble = (row) => row.classList.contains("x") || row.classList.contains("t1");

function filter() {
	const words = filterBox.value.toLowerCase().split(/\s+/).filter(Boolean);
	const has = (text) => words.every((word) => text.includes(word));
	for (const { element, name, rows } of cards.values()) {
		const whole = has(name.toLowerCase()) && !troubleOnly;
		let shown = 0;
		for (const row of rows) {
			const text = `${name} ${row.cells[0].textContent} ${row.cells[1].textContent} ${row.cells[2].textContent}`;
			row.hidden = !(whole || (has(text.toLowerCase()) && (!troubleOnly || rowIsTrouble(row))));
			shown += !row.hidden;
		}
		element.hidden = !whole && !shown && !(troubleOnly && has(name.toLowerCase()) && one("tbody .t2", element));
		if ((words.length || troubleOnly) && shown && !whole && !element.hidden)
			element.open = true;
	}
}

const ORDERS = [
	["as in the file", null],
	["by name", null],
	["trouble first", ({ element }) => all("tbody .t2", element).length * 1000 + all("tbody .t1", element).length],
	["by requests", ({ now }) => now?.[0] ?? 0],
	["by errors", ({ now }) => now?.[1] ?? 0],
	["by latency", ({ now }) => now?.[4] ?? 0],
	["by sessions", ({ now }) => now?.[2] ?? 0],
];

// Once, when asked: what moves by itself cannot be clicked on.
function sortCards(order) {
	const list = [...cards.values()];
	if (ORDERS[order][1])
		list.sort((a, b) => ORDERS[order][1](b) - ORDERS[order][1](a));
	else if (order === 1)
		list.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
	one("#proxies").append(...list.map((card) => card.element));
}

// The servers of one table; a third click is the file's order again.
function sortRows(head) {
	const card = cards.get(head.closest("details").dataset.i);
	const was = head.getAttribute("aria-sort"), column = head.cellIndex;
	const isText = column < 3;
	const now = isText ? { null: "ascending", ascending: "descending" }[was]
		: { null: "descending", descending: "ascending" }[was];
	all("[aria-sort]", head.parentNode).forEach((other) => other.removeAttribute("aria-sort"));
	const rows = [...card.rows];
	const value = (row) => isText ? row.cells[column].textContent : cellNumber(row.cells[column]);
	if (now) {
		head.setAttribute("aria-sort", now);
		const sign = now === "ascending" ? 1 : -1;
		rows.sort((a, b) => sign * (isText
			? value(a).localeCompare(value(b), undefined, { numeric: true }) : value(a) - value(b)));
	}
	const body = one("tbody", card.element), last = one("tr.b", body);
	rows.forEach((row) => body.insertBefore(row, last));
}

function addSorting() {
	document.addEventListener("click", (event) => {
		const head = event.target.closest?.(".stats thead button")?.closest("th");
		if (head)
			sortRows(head);
	});
	for (const head of all(".stats thead th"))
		head.replaceChildren(make("button", { type: "button" }, head.textContent));
}

function addTools() {
	const section = one("#proxies");
	if (!section)
		return;
	const order = make("select", {}, ...ORDERS.map(([text], value) => make("option", { value }, text)));
	order.setAttribute("aria-label", "Order of sections");
	order.addEventListener("change", () => sortCards(+order.value));
	filterBox.addEventListener("input", filter);
	const trouble = make("button", { type: "button", id: "only" }, "Trouble only");
	trouble.setAttribute("aria-pressed", "false");
	trouble.addEventListener("click", toggleTrouble);
	const fold = make("button", { type: "button" }, "Open / close all");
	fold.addEventListener("click", toggleAll);
	const tools = make("div", { className: "tools" });
	section.prepend(tools);
	tools.append(one("h2", section), filterBox, trouble, order, fold);
}

function toggleTrouble() {
	troubleOnly = !troubleOnly;
	one("#only").setAttribute("aria-pressed", String(troubleOnly));
	filter();
}

function toggleAll() {
	const shown = [...cards.values()].map((card) => card.element).filter((element) => !element.hidden);
	const open = !shown.some((element) => element.open);
	shown.forEach((element) => { element.open = open; });
}

// ---- dialogs ----

function dialog(title, content, choices) {
	const menu = make("menu");
	const box = make("dialog", {}, make("h2", {}, title), ...content, menu);
	box.setAttribute("aria-label", title);
	for (const [text, className, act] of choices) {
		const button = make("button", { type: "button", className }, text);
		button.addEventListener("click", () => { box.close(); act?.(); });
		menu.append(button);
	}
	box.addEventListener("close", () => box.remove());
	document.body.append(box);
	box.showModal();
}

const KEYS = [
	["/", "Filter", () => filterBox.focus()],
	["j", "Next section", () => step(1)],
	["k", "Section before", () => step(-1)],
	["o", "Open or close the section", () => { const card = current(); if (card) card.open = !card.open; }],
	["a", "Open or close all", toggleAll],
	["u", "Only what has trouble", toggleTrouble],
	["p", "Pause or go on", () => one("#live")?.click()],
	["t", "Light, dark, or as the system", () => one("#theme").click()],
	["?", "These keys", help],
];

function help() {
	const list = make("dl", { className: "keys" });
	for (const [key, text] of KEYS)
		list.append(make("dt", {}, make("kbd", {}, key)), make("dd", {}, text));
	list.append(make("dt", {}, make("kbd", {}, "Esc")), make("dd", {}, "Clear the filter, close this"));
	dialog("Keys", [list], [["Close", "go"]]);
}

const current = () => document.activeElement?.closest?.("details.proxy");

function step(by) {
	const shown = [...all("details.proxy")].filter((element) => !element.hidden);
	const at = shown.indexOf(current());
	const next = shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : Math.min(shown.length - 1, Math.max(0, at + by))];
	one("summary", next)?.focus();
	next?.scrollIntoView({ block: "nearest" });
}

function addKeys() {
	document.addEventListener("keydown", (event) => {
		if (event.ctrlKey || event.altKey || event.metaKey || one("dialog[open]"))
			return;
		if (event.key === "Escape" && filterBox.value) {
			filterBox.value = "";
			filter();
			filterBox.blur();
		}
		if (event.target.closest("input, select, textarea"))
			return;
		const found = KEYS.find(([key]) => key === event.key);
		if (found) {
			event.preventDefault();
			found[2]();
		}
	});
}

// ---- changes are asked for twice ----

// What the server says came of it.
function say(text, good) {
	one("p.outcome")?.remove();
	const strip = make("p", { className: "card outcome" });
	const badge = make("span", { className: "badge" });
	strip.append(badge);
	setBadge(badge, good ? 0 : 1, text);
	one("#said").append(strip); // a live region that was there before is read out, a new one is not
	if (good)
		setTimeout(() => strip.remove(), 6000);
}

async function send(form) {
	const fields = new URLSearchParams(new FormData(form));
	fields.delete("ask");
	try {
		const answer = await fetch(form.getAttribute("action"), { method: "POST", body: fields, credentials: "same-origin" });
		const page = new DOMParser().parseFromString(await answer.text(), "text/html");
		const said = one("p.outcome .badge", page)?.lastChild?.textContent;
		say(said ?? `No: ${answer.status} ${answer.statusText}`, /;st=(DONE|ASKD)$/.test(answer.url));
	} catch {
		say("relevo does not answer.", false);
	}
	all("[name=s]:checked", form).forEach((box) => { box.checked = false; });
}

// Of those that the filter lets be seen.
function chooseAll(form) {
	const boxes = all("tr.s:not([hidden]) [name=s]", form);
	const on = boxes.some((box) => !box.checked);
	boxes.forEach((box) => { box.checked = on; });
}

function addConfirmation() {
	document.addEventListener("submit", (event) => {
		const form = event.target, choice = form.elements.action;
		if (!form.elements.ask) // asked already
			return;
		event.preventDefault();
		if (choice.value === "handover") {
			dialog("Hand the addresses over?", [make("p", {}, "Every instance of which this node is master goes to another node.")],
				[["Cancel", ""], ["Do it", "go", () => send(form)]]);
			return;
		}
		const names = all("[name=s]:checked", form).map((box) => box.value);
		const where = one("h3", form.closest("details")).textContent;
		const what = choice.selectedOptions[0].textContent;
		if (!choice.value || !names.length) {
			dialog("Nothing to do", [make("p", {}, "Choose servers, and what is to be done with them.")], [["Close", "go"]]);
			return;
		}
		dialog(choice.value === "weight" ? `${what} to ${form.elements.w.value || "?"}` : what,
			[make("p", {}, `${where}: ${names.join(", ")}`)],
			[["Cancel", ""], ["Do it", "go", () => send(form)]]);
	});
	const showWeight = (form) => { one(".wt", form).hidden = form.elements.action.value !== "weight"; };
	for (const form of all("details form")) {
		const pick = make("button", { type: "button" }, "All / none");
		pick.addEventListener("click", () => chooseAll(form));
		one(".acts", form).append(pick);
		showWeight(form);
		form.addEventListener("change", () => showWeight(form));
	}
}

// ---- up to date: what the events say (admin/events.c) ----

const TONES = ["\u25cf", "\u25d0", "\u2715", "\u25a0", "\u25cb"];
const here = location.pathname + location.search;
let source = null, offset = 0, pair = null;

function setText(element, text) {
	if (element && element.textContent !== text)
		element.textContent = text;
}

function setBadge(badge, tone, text) {
	if (!badge)
		return;
	badge.className = `badge b${tone}`;
	if (badge.textContent !== TONES[tone] + text)
		badge.replaceChildren(Object.assign(make("i", {}, TONES[tone]), { ariaHidden: "true" }), text);
}

// "3\nmost 9 of 60": what counts, and what is smaller.
function setCell(cell, text) {
	if (cell.dataset.was === text)
		return;
	cell.dataset.was = text;
	const [main, below] = text.split("\n"), bar = one(".bar", cell);
	cell.replaceChildren(main, ...(below ? [make("small", {}, below)] : []), ...(bar ? [bar] : []));
	cell.classList.toggle("z", main === "0" || main === `0${NARROW}B`);
}

function setRow([proxy, service, tone, trouble, status, since, downs, check, checkText, agent, percent, ...cells]) {
	const row = document.getElementById(`p-${proxy}/${service}`);
	if (!row)
		return;
	row.className = `${row.className.slice(0, 1)} t${tone}${trouble ? " x" : ""}`;
	setBadge(one(".badge", row), tone, status);
	const time = one("time", row), [, down] = all(".st small", row);
	if (time && since !== null)
		time.dataset.s = since;
	setText(down, downs);
	const checkCell = row.cells[2];
	checkCell.classList.toggle("e", !check && !agent);
	if (checkCell.firstChild?.nodeType !== Node.TEXT_NODE)
		checkCell.prepend("");
	if (checkCell.firstChild.data !== check)
		checkCell.firstChild.data = check;
	setText(one("small", checkCell), checkText);
	if (agent && !one(".ag", checkCell))
		checkCell.append(make("small", { className: "ag" }));
	setText(one(".ag", checkCell), agent);
	cells.forEach((text, i) => setCell(row.cells[3 + i], text));
	const bar = one(".bar", row);
	if (bar && percent !== null) {
		bar.firstChild.setAttribute("width", percent);
		bar.classList.toggle("full", percent >= 90);
	}
}

function setSection([index, tone, text, number, ...samples]) {
	const card = cards.get(String(index));
	if (!card)
		return;
	setBadge(one("summary > .badge", card.element), tone, text);
	if (samples.length && number < card.newest) // another process
		card.newest = number - samples.length;
	samples.forEach((values, i) => card.add(number - samples.length + 1 + i, values));
	card.draw();
}

// What is down, at the top. Only what comes anew is read out.
function setTrouble() {
	const rows = all("tr.x"), ids = new Set(rows.map((row) => row.id));
	const strip = one("p.trouble") ?? make("p", { className: "trouble" }, make("b", {}, "Down"));
	const shown = new Map(all("a", strip).map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
	if (!rows.length) {
		strip.remove();
		return;
	}
	shown.forEach((link, id) => ids.has(id) || link.remove());
	rows.forEach((row, i) => {
		const text = row.id.slice(2).replace(/\/BACKEND$/, " (no server left)");
		const link = shown.get(row.id) ?? make("a", { href: "#" + encodeURI(row.id) }, text);
		if (strip.children[i + 1] !== link)
			strip.insertBefore(link, strip.children[i + 1] ?? null);
	});
	if (!strip.parentNode)
		one("#trouble").append(strip);
}

// What was open stays so, and who was at a button of it is at it again.
function replacePair(old, fresh) {
	const things = "summary, button, a[href]";
	const at = all(things, old).indexOf(document.activeElement);
	const open = all("details", old).map((element) => element.open);
	all("details", fresh).forEach((element, i) => { element.open = open[i] ?? false; });
	old.replaceWith(fresh);
	if (at >= 0)
		all(things, fresh)[at]?.focus({ preventScroll: true });
}

// The pair's part of the page is made by the server alone: it is fetched anew.
async function setPair(number) {
	if (pair !== null && pair !== number) {
		const answer = await fetch(here, { credentials: "same-origin" });
		const page = new DOMParser().parseFromString(await answer.text(), "text/html");
		const fresh = one("#pair", page), old = one("#pair");
		if (answer.ok && fresh && old)
			replacePair(old, document.adoptNode(fresh));
		const pills = all("header .pill[href='#pair']", page);
		all("header .pill[href='#pair']").forEach((pill, i) => pills[i] && pill.replaceWith(document.adoptNode(pills[i])));
	}
	pair = number;
}

function take(news) {
	news.rows.forEach(setRow);
	news.sections.forEach(setSection);
	if (!("t" in news)) // more of this second is to come
		return;
	offset = news.t - Date.now() / 1000;
	setBadge(one("#servers .badge"), ...news.servers);
	all(".tile").forEach((tile, i) => {
		const [main, below] = news.tiles[i].split("\n");
		setText(one("b", tile), main);
		setText(one(".sub", tile), below);
	});
	setTrouble();
	setPair(news.pair).catch(() => {});
	if (troubleOnly)
		filter();
	root.dataset.seconds = String(+(root.dataset.seconds || 0) + 1);
}

function tick() {
	if (document.hidden || !source)
		return;
	for (const time of all("time[data-s]"))
		if (time.offsetParent)
			setText(time, duration(Math.max(0, Date.now() / 1000 + offset - time.dataset.s)));
}

function setLive(live, text) {
	const sign = { on: "\u25cf", off: "\u2715", paused: "\u2016" }[live];
	const button = one("#live");
	button.className = `live ${live}`;
	button.replaceChildren(Object.assign(make("i", {}, sign), { ariaHidden: "true" }), text);
}

function listen() {
	// The first time from where the page ends; a browser that connects anew asks for the same again, which is no harm.
	const known = Math.min(...[...cards.values()].map((card) => card.newest));
	source = new EventSource(`${here};events;after=${Number.isFinite(known) ? known : 0}`);
	source.onopen = () => setLive("on", "live");
	source.onmessage = (event) => take(JSON.parse(event.data));
	source.onerror = () => setLive("off", "no answer");
}

function toggleLive() {
	if (source) {
		source.close();
		source = null;
		setLive("paused", "paused");
	} else {
		listen();
	}
}

function addLive() {
	const button = make("button", { type: "button", id: "live", title: "Pause or go on ( p )" });
	button.addEventListener("click", toggleLive);
	one("nav").prepend(button);
	// What needs loading anew is needed no longer.
	all("nav a").filter((link) => link.textContent === "Refresh" || link.textContent.endsWith(" refresh"))
		.forEach((link) => link.remove());
	setLive("paused", "\u2026");
	listen();
	setInterval(tick, 1000);
	addEventListener("pagehide", () => source?.close());
}

// ---- beginning ----

function addTheme() {
	const button = make("button", { type: "button", id: "theme" });
	const show = () => {
		button.textContent = { auto: "\u25d0 Auto", light: "\u25cb Light", dark: "\u25cf Dark" }[root.dataset.theme];
		button.setAttribute("aria-label", `Colours: ${root.dataset.theme}`);
	};
	button.addEventListener("click", () => {
		setTheme(THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length]);
		show();
	});
	const keys = make("button", { type: "button", title: "Keys ( ? )" }, "?");
	keys.setAttribute("aria-label", "Keys");
	keys.addEventListener("click", help);
	show();
	one("nav").append(button, keys);
}

// A link to a server within a closed section.
function openTarget() {
	const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
	const card = target?.closest("details");
	if (card && !card.open) {
		card.open = true;
		target.scrollIntoView();
	}
}

document.addEventListener("DOMContentLoaded", () => {
	if (!one("nav"))
		return;
	addTheme();
	watchCards();
	addLive();
	addTools();
	addSorting();
	addKeys();
	addConfirmation();
	watchPointer();
	addEventListener("hashchange", openTarget);
	openTarget();
});
})();
