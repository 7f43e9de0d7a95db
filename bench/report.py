# SPDX-License-Identifier: Apache-2.0
"""What a run has shown: rows of medians and ratios, as a Markdown table and as a picture."""
import os
import platform
import re
import statistics

from workloads import IDLE, WORKLOADS

OURS = "relevo"


def machine():
    model = "processor unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        found = re.search(r"^model name\s*: (.*)$", f.read(), re.MULTILINE)
    if found:
        model = found.group(1)
    return f"{len(os.sched_getaffinity(0))} cores of {model}, Linux {platform.release()}"


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def paired(ours, theirs):
    """The median over the rounds of a round's own ratio."""
    return statistics.median(a["price"] / b["price"] for a, b in zip(ours, theirs))


def summarise(results):
    """One row a workload and proxy."""
    rows = []
    for workload in WORKLOADS:
        runs_of = results["runs"].get(workload.name, {})
        for proxy, runs in runs_of.items():
            bulk = workload.unit == "s/GB"
            rows.append({
                "workload": workload.name, "proxy": proxy, "unit": workload.unit, "cpu": median(runs, "price"),
                # relevo's CPU over this one's
                "ratio": paired(runs_of[OURS], runs), "bound": workload.bounds.get(proxy),
                "rate": statistics.median(run["bytes"] / run["seconds"] / 1e9 if bulk
                                          else run["operations"] / run["seconds"] for run in runs),
                "total": statistics.median((run["cpu_ns"] + run["ends_ns"]) / (run["bytes"] if bulk else
                                                                               run["operations"] * 1000)
                                           for run in runs),
                "p50_us": median(runs, "p50_us"), "p99_us": median(runs, "p99_us"),
                "p999_us": median(runs, "p999_us"),
                "system_calls": results["system_calls"].get(workload.name, {}).get(proxy)})
    return rows


def _cost(row, key="cpu"):
    return f"{row[key]:.3f} s/GB" if row["unit"] == "s/GB" else f"{row[key]:.1f} us"


def _ratio(row):
    return f"{row['ratio']:.2f}" + (f" (≤ {row['bound']:.2f})" if row["bound"] else "")


def _line(cells):
    return "| " + " | ".join(cells) + " |"


def _ratios(rows, peers):
    """relevo's cost, and its ratio to each of the others."""
    others = [peer for peer in peers if peer != OURS]
    lines = [_line(["workload", "relevo", *(f"/ {peer}" for peer in others)]), _line(["---"] * (len(others) + 2))]
    for workload in dict.fromkeys(row["workload"] for row in rows):
        of = {row["proxy"]: row for row in rows if row["workload"] == workload}
        lines.append(_line([workload, _cost(of[OURS])] + [_ratio(of[peer]) if peer in of else "" for peer in others]))
    return lines


def _details(rows):
    lines = [_line(["workload", "proxy", "CPU", "with both ends", "throughput", "p50, p99, p99.9", "system calls"]),
             _line(["---"] * 7)]
    for row in rows:
        bulk = row["unit"] == "s/GB"
        calls = "" if row["system_calls"] is None else f"{row['system_calls']:.2f}" + (" /MB" if bulk else "")
        latency = "" if bulk else f"{row['p50_us']:,.0f}, {row['p99_us']:,.0f}, {row['p999_us']:,.0f} us"
        lines.append(_line([row["workload"], row["proxy"], _cost(row), _cost(row, "total"),
                            f"{row['rate']:.2f} GB/s" if bulk else f"{row['rate']:,.0f}/s", latency, calls]))
    return lines


def _others(results):
    lines = []
    for idle in IDLE:
        for proxy, size in results["held_bytes"].get(idle.name, {}).items():
            bound = f" (≤ {idle.most})" if proxy == OURS else ""
            lines.append(_line([idle.name, proxy, f"{size:,.0f} bytes{bound}"]))
    for proxy, seconds in results["reading"].items():
        lines.append(_line(["reading 10,000 servers (`-c`)", proxy, f"{seconds:.2f} s of CPU"]))
    return [_line(["what", "proxy", ""]), _line(["---"] * 3), *lines] if lines else []


def markdown(rows, results):
    """Everything, with where it was measured."""
    runs = next((len(runs) for proxies in results["runs"].values() for runs in proxies.values()), 0)
    head = [f"{results['machine']}; {runs} rounds, load average {results['load_average']:.1f} at their end. "
            + "; ".join(f"{name}: {version}" for name, version in results["versions"].items()) + "."]
    parts = [head, _ratios(rows, results["peers"]), _details(rows), _others(results)]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def profiles(found):
    """Where the time goes: user space, and the functions that take most."""
    lines = [_line(["workload", "user space", "for each operation", "most of the time"]), _line(["---"] * 4)]
    for name, (user, each, symbols) in found.items():
        lines.append(_line([name, f"{user:.0f}%", "" if each is None else f"{each:.1f} us",
                            ", ".join(f"{symbol} {share:.0f}%" for share, symbol in symbols)]))
    return "\n".join(lines) + "\n"


def missed(rows, results):
    """What is bounded and not kept, in words."""
    found = [f"{row['workload']}: {row['ratio']:.2f} of {row['proxy']}, {row['bound']:.2f} is the bound"
             for row in rows if row["bound"] and row["ratio"] > row["bound"]]
    for idle in IDLE:
        size = results["held_bytes"].get(idle.name, {}).get(OURS)
        if size is not None and size > idle.most:
            found.append(f"{idle.name}: {size:.0f} bytes of {idle.most}")
    return found


# ---- the picture ----

COLOURS = ("#2563eb", "#9ca3af", "#6b7280", "#f59e0b", "#10b981", "#a855f7", "#14532d")
LEFT, WIDTH, BAR, GAP = 270, 480, 9, 8


def svg(rows, results):
    """Bars of CPU for each operation; the second proxy's is 1."""
    reference = results["peers"][1]
    colour = dict(zip(results["peers"], COLOURS))
    parts, y = [], 40
    for at, (peer, fill) in enumerate(colour.items()):
        parts.append(f'<rect x="{10 + 160 * at}" y="10" width="10" height="10" fill="{fill}"/>'
                     f'<text x="{24 + 160 * at}" y="19">{peer}</text>')
    for workload in dict.fromkeys(row["workload"] for row in rows):
        of = {row["proxy"]: row for row in rows if row["workload"] == workload}
        if reference not in of:
            continue
        parts.append(f'<text x="{LEFT - 8}" y="{y + BAR * len(of) / 2 + 4}" text-anchor="end">{workload}</text>')
        for peer, row in of.items():
            share = of[reference]["ratio"] / row["ratio"]
            width = min(share, 2) * WIDTH / 2
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{width:.0f}" height="{BAR - 1}" fill="{colour[peer]}"/>'
                         f'<text x="{LEFT + width + 4:.0f}" y="{y + BAR - 1}" font-size="8">{share:.2f}</text>')
            y += BAR
        y += GAP
    one = LEFT + WIDTH // 2
    parts.append(f'<line x1="{one}" y1="30" x2="{one}" y2="{y}" stroke="#111827" stroke-dasharray="2 3"/>')
    width = max(LEFT + WIDTH + 40, 20 + 160 * len(colour))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y + 10}" font-family="sans-serif" '
            f'font-size="11">\n<title>CPU of the proxy for each operation; {reference} is 1</title>\n'
            f'<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n")
