# SPDX-License-Identifier: Apache-2.0
"""The console in a real browser: what it shows and does, in which colours, on which screen, with and without script."""
import http.server
import json
import signal
import socket
import socketserver
import threading
import time

import pytest

from agent_lab import Agent
from browser import Browser
from cli_client import answer
from lab.local import free_port
from lab.software import wait_for
from test_stats import curl

NASTY = "<script>alert(1)</script>"


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        time.sleep(0.003)
        check = self.path == "/health"
        self.send_response(500 if check and self.server.sick else 200, NASTY if check else "OK")
        self.send_header("Content-Length", "200")
        self.end_headers()
        self.wfile.write(b"x" * 200)

    def log_message(self, *args):
        pass


class Web(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64


@pytest.fixture(scope="module")
def webs():
    """Two servers; the second one's checks fail, with markup in their reason."""
    servers = [Web(("127.0.0.1", 0), Answer) for _ in range(2)]
    for i, server in enumerate(servers):
        server.sick = i == 1
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield [server.server_port for server in servers]
    for server in servers:
        server.shutdown()


def config(ports, webs, extra=""):
    backends = "".join(f"""
backend app{i}
    option httpchk GET /health
    server one 127.0.0.1:{webs[0]} check inter 1s
    server two 127.0.0.1:{webs[1]} check inter 1s fall 1
    server three 127.0.0.1:{webs[0]} disabled
""" for i in range(3))
    return f"""
global
    stats socket {ports.directory}/admin.sock level admin
defaults
    mode http
    log stderr local0
    timeout client 10s
    timeout server 10s
    timeout connect 1s
    timeout check 5s
frontend console
    bind 127.0.0.1:{ports.console}
    stats enable
    stats uri /stats
    {extra}
frontend web
    bind 127.0.0.1:{ports.web}
    use_backend app1 if {{ path /1 }}
    use_backend app2 if {{ path /2 }}
    default_backend app0
{backends}
"""


class Ports:
    def __init__(self, directory):
        self.console, self.web, self.directory = free_port(), free_port(), directory

    @property
    def url(self):
        return f"http://127.0.0.1:{self.console}/stats"


@pytest.fixture
def ports(tmp_path):
    return Ports(tmp_path)


@pytest.fixture
def traffic(ports):
    """Some requests a second, for as long as the test lasts."""
    over = threading.Event()

    def send():
        while not over.wait(0.02):
            curl(f"http://127.0.0.1:{ports.web}/{int(time.monotonic()) % 3}")
    thread = threading.Thread(target=send)
    yield thread.start
    over.set()
    if thread.ident:
        thread.join()


@pytest.fixture
def browse(tmp_path):
    opened = []

    def start(**options):
        opened.append(Browser(tmp_path, **options))
        return opened[-1]
    yield start
    for browser in opened:
        browser.close()


def no_complaints(browser, ports):
    assert not browser.problems
    assert browser.requests and all(url.startswith((ports.url, "data:")) for url in browser.requests)


def checked(ports):
    """The sick server is found in each backend."""
    wait_for("the checks", 15, lambda: curl(ports.url)[2].count("L7STS/500") == 3)


SHOWN = ("[...document.querySelectorAll('details.proxy')].filter(e => e.offsetParent && !e.hidden)"
         ".map(e => e.querySelector('h3').textContent)")


def test_curves_and_tables(start_relevo, ports, webs, traffic, browse):
    start_relevo(config(ports, webs)).wait_listens(ports.console)
    traffic()
    checked(ports)
    time.sleep(3)
    browser = browse()
    browser.size(1440, 900)
    browser.open(ports.url)
    assert browser.run("document.querySelectorAll('details.proxy').length") == 5
    assert browser.run("document.querySelectorAll('details.proxy .curve').length") == 20
    # there is a line where there was traffic, with as many values as seconds, and the axis fits them
    path = browser.run("document.getElementById('p-web').querySelector('.cr path').getAttribute('d')")
    assert path.startswith("M") and path.endswith("h2V0") and len(path) > 20
    height = browser.run("document.getElementById('p-web').querySelector('.cr path').getBBox().height")
    assert 0 < height <= browser.run("document.getElementById('p-web').querySelector('.cr svg').viewBox.baseVal.height")
    assert browser.run("document.getElementById('p-web').querySelector('.cl .q0').getAttribute('d')").startswith("M")
    # a server's state, with what its check said
    row = browser.run("document.getElementById('p-app0/two').innerText")
    assert "DOWN" in row and "L7STS/500" in row and NASTY in row
    assert browser.run("document.scripts.length") == 1
    no_complaints(browser, ports)


def test_it_keeps_itself_up_to_date(start_relevo, ports, webs, traffic, browse):
    start_relevo(config(ports, webs)).wait_listens(ports.console)
    checked(ports)
    browser = browse()
    browser.size(1440, 900)
    browser.open(ports.url)
    browser.until("document.querySelector('#live').textContent.includes('live')")
    total = "document.querySelector('#p-web\\\\/FRONTEND').cells[7].firstChild.data"
    assert browser.run(total) == "0"
    curve = "document.getElementById('p-web').querySelector('.cr path').getAttribute('d')"
    before = browser.run(curve)
    traffic()
    browser.until(f"{total} !== '0'")
    browser.until(f"{curve} !== {before!r} && document.querySelector('#p-web .cr path').getBBox().height > 0")
    browser.until("parseFloat(document.querySelector('#p-web .cr b').textContent) > 0")
    browser.until("document.querySelector('#p-web .cl .q0').getAttribute('d') !== ''")
    # a server is taken out: its state, its section's and the strip at the top follow
    answer(ports.directory / "admin.sock", "disable server app0/one")
    browser.until("document.getElementById('p-app0/one').innerText.includes('MAINT')")
    browser.until("document.querySelector('#p-app0 summary .badge').textContent.includes('0 of 3 up')")
    browser.until("document.querySelector('p.trouble').innerText.includes('app0')")
    # what was sorted, filtered, typed or chosen stays
    browser.run("document.querySelector('#p-app1').open = false")
    browser.key("/")
    browser.key("a")
    browser.listen(2.5)
    assert browser.run("document.activeElement.value") == "a"
    assert browser.run("document.querySelector('#p-app1').open") is False
    browser.run("document.activeElement.blur()")
    browser.key("p")
    assert "paused" in browser.run("document.querySelector('#live').textContent")
    browser.listen(1.5)
    shown = browser.run(total)
    browser.listen(1.5)
    assert browser.run(total) == shown
    browser.key("p")
    browser.until(f"{total} !== {shown!r}")
    no_complaints(browser, ports)


class Events:
    """A reader of the events; what came of them."""

    def __init__(self, ports, path=";events"):
        self.sock = socket.create_connection(("127.0.0.1", ports.console), 10)
        self.sock.settimeout(10)
        self.sock.sendall(f"GET /stats{path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        self.file = self.sock.makefile("rb")
        self.head = b"".join(iter(self.file.readline, b"\r\n")).decode().lower()

    def next(self):
        """The next event; None: it is over."""
        while line := self.file.readline():
            if line.startswith(b"data: "):
                return json.loads(line[6:])
        return None

    def close(self):
        self.file.close()
        self.sock.close()


def test_events(start_relevo, ports, webs):
    relevo = start_relevo(config(ports, webs)).wait_listens(ports.console)
    checked(ports)
    events = Events(ports)
    assert events.head.startswith("http/1.1 200 ") and "text/event-stream" in events.head
    assert "content-length" not in events.head and "connection: close" in events.head
    first = events.next()
    assert len(first["rows"]) == 14 and [row[:2] for row in first["rows"][:2]] == [["console", "FRONTEND"], ["web", "FRONTEND"]]
    assert len(first["sections"]) == 5 and first["servers"][1] == "3 of 9 down" and len(first["tiles"]) == 7
    began = time.monotonic()
    later = [events.next() for _ in range(3)]
    assert 2 < time.monotonic() - began < 5
    assert all(len(event["rows"]) < 14 for event in later)  # only what has changed
    numbers = [event["sections"][0][3] for event in later]
    assert numbers == sorted(numbers) and numbers[-1] > numbers[0]
    # scope and filter hold for events, too
    scoped = Events(ports, ";up;scope=app;events")
    rows = scoped.next()["rows"]
    assert {row[0] for row in rows} == {"app0", "app1", "app2"}
    assert {row[1] for row in rows} == {"one", "BACKEND"}
    scoped.close()
    # a soft stop ends them, and relevo with them
    relevo.process.send_signal(signal.SIGUSR1)
    wait_for("the end of the events", 10, lambda: events.next() is None)
    wait_for("the end of relevo", 10, lambda: relevo.process.poll() is not None)
    events.close()


def test_events_need_the_password_and_are_bounded(start_relevo, ports, webs):
    relevo = start_relevo(config(ports, webs, "stats auth admin:PASSWORD")).wait_listens(ports.console)
    locked = Events(ports)
    assert locked.head.startswith("http/1.1 401 ")
    locked.close()
    basic = "Authorization: Basic YWRtaW46UEFTU1dPUkQ="
    assert curl("-H", basic, "-I", ports.url + ";events")[0] == 200
    wait_for("the page", 5, lambda: relevo.process.poll() is None)


def test_a_reader_that_reads_nothing_is_dropped(start_relevo, ports, webs):
    """Its events wait for it for some seconds, and never more of them than one second's."""
    servers = "".join(f"    server s{i} 127.0.0.1:{webs[0]}\n" for i in range(900))
    cfg = config(ports, webs).replace("timeout client 10s", "timeout client 2s")
    cfg = cfg.replace("defaults", "    tune.sndbuf.client 4096\ndefaults", 1)
    relevo = start_relevo(cfg + f"backend many\n{servers}").wait_listens(ports.console)
    def sessions():
        row = [line for line in curl(ports.url + ";csv")[2].splitlines() if line.startswith("console,FRONTEND")][0]
        return int(row.split(",")[4])
    # who connects before a process serves may have come before the buffers' size was set
    wait_for("an answer", 5, lambda: sessions() == 1)
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    sock.connect(("127.0.0.1", ports.console))
    sock.sendall(b"GET /stats;events HTTP/1.1\r\nHost: h\r\n\r\n")
    wait_for("the reader", 5, lambda: sessions() == 2)
    # more is to be sent than the kernel keeps for it: rows of 900 servers change each second
    over = threading.Event()
    def change():
        weight = 0
        while not over.is_set():
            weight = weight % 200 + 1
            answer(ports.directory / "admin.sock", ";".join(f"set weight many/s{i} {weight}" for i in range(300)))
    thread = threading.Thread(target=change)
    thread.start()
    try:
        wait_for("the reader's end", 60, lambda: sessions() == 1)
    finally:
        over.set()
        thread.join()
    sock.close()
    assert relevo.process.poll() is None


def test_json(start_relevo, ports, webs):
    start_relevo(config(ports, webs)).wait_listens(ports.console)
    _, headers, body = curl(ports.url + ";json")
    assert headers["content-type"] == "application/json"
    assert len(json.loads(body)) == 14


def test_filter_sort_and_keys(start_relevo, ports, webs, browse):
    start_relevo(config(ports, webs)).wait_listens(ports.console)
    checked(ports)
    browser = browse()
    browser.size(1440, 900)
    browser.open(ports.url)
    everything = ["console", "web", "app0", "app1", "app2"]
    assert browser.run(SHOWN) == everything
    browser.key("/")
    for letter in "app1 two":
        browser.key(letter)
    assert browser.run(SHOWN) == ["app1"]
    assert browser.run("[...document.querySelectorAll('#p-app1 tbody tr.s')].filter(e => !e.hidden).length") == 1
    browser.key("Escape")
    assert browser.run(SHOWN) == everything
    browser.key("u")
    assert browser.run(SHOWN) == ["app0", "app1", "app2"]
    browser.key("u")
    browser.key("j")
    browser.key("j")
    assert browser.run("document.activeElement.closest('details').id") == "p-web"
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    browser.key("k")
    browser.key("o")
    assert browser.run("document.getElementById('p-console').open") is False
    browser.key("?")
    assert "Only what has trouble" in browser.run("document.querySelector('dialog').innerText")
    browser.key("Escape")
    wait_for("the help's end", 10, lambda: browser.run("document.querySelector('dialog')") is None)
    # by name, and back again
    names = "[...document.querySelectorAll('#p-app0 tbody tr.s')].map(e => e.id.split('/')[1])"
    click = "document.querySelector('#p-app0 thead button').click()"
    assert browser.run(names) == ["one", "two", "three"]
    browser.run(click)
    assert browser.run(names) == ["one", "three", "two"]
    browser.run(click)
    assert browser.run(names) == ["two", "three", "one"]
    browser.run(click)
    assert browser.run(names) == ["one", "two", "three"]
    no_complaints(browser, ports)


def test_dark_and_light(start_relevo, ports, webs, browse):
    start_relevo(config(ports, webs)).wait_listens(ports.console)
    browser = browse()
    browser.scheme("dark")
    browser.open(ports.url)
    background = "getComputedStyle(document.body).backgroundColor"
    dark = browser.run(background)
    browser.scheme("light")
    light = browser.run(background)
    assert dark != light
    browser.key("t")  # light, though the system says so already
    browser.scheme("dark")
    assert browser.run(background) == light
    browser.key("t")
    browser.scheme("light")
    assert browser.run(background) == dark
    browser.open(ports.url)  # it is kept
    assert browser.run(background) == dark
    no_complaints(browser, ports)


# the texts on the page whose colour does not stand out from what is behind them by so much
FAINT = """(() => {
    const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
    const behind = (e) => {
        for (; e; e = e.parentElement) {
            const [r, g, b, a = 1] = numbers(getComputedStyle(e).backgroundColor);
            if (a === 1) return [r, g, b];
        }
        return [255, 255, 255];
    };
    const seen = [...document.querySelectorAll("body *:not(svg *, option)")].filter(e => e.checkVisibility()
        && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
    return { count: seen.length, faint: seen.map(e => {
        const [a, b] = [light(numbers(getComputedStyle(e).color)), light(behind(e))];
        return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.className, e.textContent];
    }).filter(([contrast]) => contrast < 4.5) };
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out(start_relevo, ports, webs, browse, scheme):
    """WCAG 2, 1.4.3: 4.5 to 1."""
    start_relevo(config(ports, webs, "stats admin if TRUE\n    stats show-legends")).wait_listens(ports.console)
    checked(ports)
    browser = browse()
    browser.size(1440, 900)
    browser.scheme(scheme)
    browser.open(ports.url)
    browser.until("document.querySelector('#live').textContent.includes('live')")
    browser.run("location.hash = 'p-app0/one'")  # the line that is pointed at has a colour of its own
    found = browser.run(FAINT)
    assert found["count"] > 200 and found["faint"] == []
    # and the test sees what is faint
    browser.run("document.querySelector('.brand').style.color = getComputedStyle(document.querySelector('header')).backgroundColor")
    assert [text for _, _, text in browser.run(FAINT)["faint"]] == ["relevo"]


DO_IT = "[...document.querySelectorAll('dialog button')].find(e => e.textContent === 'Do it').click()"


def test_a_change_is_asked_for_made_and_logged(start_relevo, ports, webs, browse):
    relevo = start_relevo(config(ports, webs, "stats admin if TRUE\n    stats auth admin:PASSWORD")).wait_listens(ports.console)
    wait_for("the page", 10, lambda: curl("-u", "admin:PASSWORD", ports.url)[0] == 200)
    browser = browse(user="admin:PASSWORD")
    browser.size(1440, 900)
    browser.open(ports.url)
    browser.until("document.querySelector('#live').textContent.includes('live')")
    choose = ("const form = document.querySelector('#p-app0 form'); form.elements.action.value = '%s';"
              "form.dispatchEvent(new Event('change', { bubbles: true })); form.querySelector('[value=one]').checked = true;"
              "%s; form.querySelector('button:not(th button)').click()")
    browser.run("(() => {" + choose % ("maint", "") + "})()")
    asked = browser.run("document.querySelector('dialog').innerText")
    assert "Maintenance" in asked and "app0: one" in asked
    state = "document.getElementById('p-app0/one').innerText"
    assert "MAINT" not in browser.run(state)
    browser.run(DO_IT)
    browser.until("document.querySelector('p.outcome')?.innerText.includes('The change was made.')")
    browser.until(f"{state}.includes('MAINT')")
    assert browser.run("location.pathname") == "/stats"
    # the weight, which needs the token
    browser.run("(() => {" + choose % ("weight", "form.elements.w.value = '42'") + "})()")
    assert "Set the weight to 42" in browser.run("document.querySelector('dialog').innerText")
    browser.run(DO_IT)
    browser.until("document.getElementById('p-app0/one').cells[3].firstChild.data === '42'")
    wait_for("the log", 5, lambda: "Server app0/one: 'maint' asked for on the statistics page of console by 127.0.0.1 as"
             " admin: done." in relevo.said() and "'weight 42'" in relevo.said())
    # "Cancel" changes nothing
    browser.run("(() => {" + choose % ("ready", "") + "})()")
    browser.run("document.querySelector('dialog button').click()")
    browser.listen(1.5)
    assert "MAINT" in browser.run(state)
    no_complaints(browser, ports)


def test_agents_and_both_sides_of_a_listen(start_relevo, ports, webs, browse):
    agent, port = Agent(), free_port()
    agent.says = b"up 50% #<b>fine</b>\n"
    start_relevo(config(ports, webs, "stats admin if TRUE") + f"""
listen shop
    bind 127.0.0.1:{port}
    server one 127.0.0.1:{webs[0]} weight 100 agent-check agent-inter 200ms agent-port {agent.port}
    server two 127.0.0.1:{webs[0]}
""").wait_listens(ports.console)
    wait_for("the agent", 10, lambda: "agent L7OK" in curl(ports.url)[2])
    browser = browse()
    browser.size(1440, 900)
    browser.open(ports.url)
    browser.until("document.querySelector('#live').textContent.includes('live')")
    # what clients see and what servers do have four curves each, and both go on
    assert browser.run("[...document.querySelectorAll('#p-shop h4')].map(e => e.textContent)") == ["Frontend", "Backend"]
    assert browser.run("document.querySelectorAll('#p-shop .curve').length") == 8
    browser.run("document.getElementById('p-shop').scrollIntoView()")  # what is not seen is not drawn
    for _ in range(5):
        assert curl(f"http://127.0.0.1:{port}/")[0] == 200
    for side in (0, 1):
        browser.until(f"document.querySelectorAll('#p-shop .cr path')[{side}].getBBox().height > 0")
        browser.until(f"document.querySelectorAll('#p-shop .cl .q1')[{side}].getAttribute('d') !== ''")
    # the agent's words are text, and those of now
    said = "document.querySelector('#p-shop\\\\/one .ag').innerText"
    assert browser.run(said).startswith("agent L7OK") and browser.run(f"{said}.endsWith(': up (<b>fine</b>)')")
    assert browser.run("document.getElementById('p-shop/one').cells[3].firstChild.data") == "50"
    assert browser.run("document.querySelector('#p-shop\\\\/two .ag')") is None
    agent.says = b"down #disk\n"
    browser.until("document.getElementById('p-shop/one').innerText.includes('DOWN (agent)')")
    browser.until(f"{said}.endsWith(': down (disk)')")
    # asked no more
    choose = ("(() => { const form = document.querySelector('#p-shop form'); form.elements.action.value = 'dagent';"
              "form.querySelector('[value=one]').checked = true; form.requestSubmit() })()")
    browser.run(choose)
    assert "Stop asking the agent" in browser.run("document.querySelector('dialog').innerText")
    browser.run(DO_IT)
    browser.until(f"{said} === 'agent not asked'")
    no_complaints(browser, ports)
    agent.close()


def test_by_keyboard_alone(start_relevo, ports, webs, browse):
    """A server is chosen, drained and confirmed without a pointer; the outcome is where readers of screens hear it."""
    start_relevo(config(ports, webs, "stats admin if TRUE")).wait_listens(ports.console)
    checked(ports)
    browser = browse()
    browser.size(1440, 900)
    browser.open(ports.url)
    browser.until("document.querySelector('#live').textContent.includes('live')")
    focused = "document.activeElement"
    for key in "jjj":
        browser.key(key)
    assert browser.run(f"{focused}.closest('details').id") == "p-app0"

    def press(key, number, text=None):
        for kind in ("keyDown", "keyUp"):
            browser.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=number,
                        **({"text": text} if text and kind == "keyDown" else {}))

    def tab_to(what):
        for _ in range(60):
            press("Tab", 9)
            if browser.run(f"{focused}.matches({what!r})"):
                return
        raise AssertionError(browser.run(f"{focused}.outerHTML"))
    tab_to("#p-app0 [value=one]")
    browser.key(" ", code="Space", windowsVirtualKeyCode=32)
    assert browser.run(f"{focused}.checked")
    tab_to("#p-app0 select")
    browser.key("D")  # the first action with that letter
    assert browser.run(f"{focused}.value") == "drain"
    tab_to("#p-app0 .acts button")
    press("Enter", 13, "\r")
    # the dialog has a name, and what does nothing is at hand first
    assert browser.run("document.querySelector('dialog').getAttribute('aria-label')") == "Drain: no new load"
    assert browser.run(f"{focused}.textContent") == "Cancel"
    press("Tab", 9)
    press("Enter", 13, "\r")
    browser.until("document.querySelector('#said[role=status]').innerText.includes('The change was made.')")
    browser.until("document.getElementById('p-app0/one').innerText.includes('DRAIN')")
    assert browser.run(f"{focused}.closest('.acts') !== null")  # back where it was
    # semantics: heads of columns and rows, names of tables, nothing that talks without need
    assert browser.run("[...document.querySelectorAll('th')].every(e => e.scope)")
    assert browser.run("[...document.querySelectorAll('table.stats')].every(e => e.getAttribute('aria-label'))")
    assert browser.run("[...document.querySelectorAll('[role=alert],[aria-live]')].length") == 0
    assert browser.run("[...document.querySelectorAll('input:not([type=hidden]),select,button')].every(e =>"
                       " e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)")
    # all of a section at once
    browser.run("document.querySelector('#p-app1 .acts button:last-child').click()")
    assert browser.run("[...document.querySelectorAll('#p-app1 [name=s]')].every(e => e.checked)")
    no_complaints(browser, ports)


def test_another_site_changes_nothing(start_relevo, ports, webs, browse, tmp_path):
    """A page of another origin posts a form to the console, as an attacker's would."""
    relevo = start_relevo(config(ports, webs, "stats admin if TRUE")).wait_listens(ports.console)
    browser = browse()
    (tmp_path / "evil.html").write_text(
        f"<form method=post action='{ports.url}'><input name=s value=one><input name=b value=app0>"
        "<input name=action value=maint></form>")
    browser.open(f"file://{tmp_path}/evil.html")
    browser.run("setTimeout(() => document.forms[0].submit(), 0)")
    browser.until(f"location.href === '{ports.url};st=DENY' && document.readyState === 'complete'")
    assert "You may not change anything here." in browser.run("document.querySelector('p.outcome').innerText")
    assert "MAINT" not in browser.run("document.getElementById('p-app0/one').innerText")
    assert "is refused: it comes from a page of another site." in relevo.said()


@pytest.mark.parametrize("javascript", [True, False])
def test_on_a_phone_nothing_is_wider_than_the_screen(start_relevo, ports, webs, browse, javascript):
    start_relevo(config(ports, webs, "stats show-legends\nstats admin if TRUE")).wait_listens(ports.console)
    checked(ports)
    browser = browse()
    browser.size(390, 844, phone=True)
    if not javascript:
        browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(ports.url)
    widths = browser.ask("Page.getLayoutMetrics")
    assert widths["cssContentSize"]["width"] <= 390
    no_complaints(browser, ports)


def test_without_a_script_all_is_there(start_relevo, ports, webs, traffic, browse):
    start_relevo(config(ports, webs, "stats refresh 60s\nstats admin if TRUE")).wait_listens(ports.console)
    traffic()
    checked(ports)
    browser = browse(javascript=False)
    browser.size(1440, 900)
    browser.open(ports.url)
    browser.ask("DOM.enable")
    document = browser.ask("DOM.getDocument", depth=-1)["root"]["nodeId"]

    def count(selector):
        return len(browser.ask("DOM.querySelectorAll", nodeId=document, selector=selector)["nodeIds"])
    assert count("details.proxy[open]") == 5
    assert count("tbody tr.s") == 9
    assert count(".curve path") == 5 * 6
    assert count("form button") == 3
    assert count("noscript meta[http-equiv=refresh]") == 1
    # what only the script could do is not there
    assert count("input[type=search]") == count("#theme") == 0
    no_complaints(browser, ports)


def test_the_policy_lets_nothing_else_run(start_relevo, ports, webs):
    start_relevo(config(ports, webs)).wait_listens(ports.console)
    _, headers, body = curl(ports.url)
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"].startswith("'sha256-") and policy["style-src"].startswith("'sha256-")
    assert "unsafe" not in headers["content-security-policy"] and " style=" not in body and " on" + "click" not in body


def test_a_thousand_servers(start_relevo, ports, webs, browse):
    servers = "".join(f"    server s{i} 127.0.0.1:{webs[0]}\n" for i in range(100))
    many = "".join(f"backend many{i}\n{servers}" for i in range(10))
    start_relevo(config(ports, webs) + many).wait_listens(ports.console)
    began = time.monotonic()
    _, _, body = curl(ports.url)
    took = time.monotonic() - began
    browser = browse()
    browser.size(1440, 900)
    began = time.monotonic()
    browser.open(ports.url)
    shown = time.monotonic() - began
    # a second in which next to nothing happens costs next to nothing: the rows are known, curves have one value more
    events = Events(ports)
    sizes = []
    for _ in range(25):
        news = events.next()
        sizes.append((len(json.dumps(news)), len(news["rows"]), "t" in news))
    events.close()
    ends = [i for i, (_, _, end) in enumerate(sizes) if end]
    seconds = [sizes[a + 1:b + 1] for a, b in zip(ends, ends[1:])]
    assert len(seconds) >= 2 and sum(rows for _, rows, _ in sizes[:ends[0] + 1]) == 1024
    quiet = min(sum(size for size, _, _ in second) for second in seconds)
    print(f"{len(body)} bytes in {took:.3f} s, shown in {shown:.2f} s; events of {quiet} bytes")
    assert quiet < 20_000
    assert browser.run("document.querySelectorAll('tbody tr.s').length") == 1009
    # large sections are closed: an overview
    assert browser.run("document.querySelectorAll('details.proxy[open] tbody tr.s').length") <= 9
    assert len(body) < 3_000_000
    no_complaints(browser, ports)
