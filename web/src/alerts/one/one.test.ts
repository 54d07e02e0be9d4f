import { expect, test } from "vitest";
import type { AlertDetail, AlertEvent, EntityGraph } from "../../api/client";
import { linksOf, place } from "./graph/layout";
import { alertsOf, eventsOf, eventsOfEntity } from "./kinds";
import { axisTime, between, byTime, lanesOf, spanOf } from "./lanes";
import { markdownOf } from "./markdown";
import { placeIn } from "./queue";
import { streamOf } from "./stream";

const event = (id: string, time: string, table = "DeviceEvents", number = 1): AlertEvent => ({ id, time, table, number, summary: `summary of ${id}` });

test("an alert knows its neighbours, and keeps them when it leaves the queue", () => {
  const queue = [{ id: 9 }, { id: 5 }, { id: 2 }];
  const before = placeIn(queue, 5, undefined);
  expect(before).toEqual({ position: 2, previous: 9, next: 2 });
  expect(placeIn([{ id: 9 }, { id: 2 }], 5, before)).toEqual({ position: 0, previous: 9, next: 2 });
  expect(placeIn([{ id: 2 }], 5, before)).toEqual({ position: 0, previous: undefined, next: 2 });
  expect(placeIn(queue, 77, undefined).next).toBe(9);
});

test("events are once each, in the order of time", () => {
  const events = [event("b", "2026-01-01T00:00:02Z", "EmailEvents", 3), event("a", "2026-01-01T00:00:01Z", "DeviceEvents", 1), event("b", "2026-01-01T00:00:02Z", "EmailEvents", 4)];
  const ordered = byTime(events);
  expect(ordered.map((e) => e.id)).toEqual(["a", "b"]);
  expect(lanesOf(ordered)).toEqual(["DeviceEvents", "EmailEvents"]);
  expect(ordered.map((e, i) => between(ordered[i - 1], e))).toEqual(["", "+1 s"]);
});

test("the axis of one moment is not empty", () => {
  const at = Date.parse("2026-01-01T00:00:00Z");
  expect(spanOf([event("a", "2026-01-01T00:00:00Z")])).toEqual({ min: at - 500, max: at + 500 });
});

test.each([[500, "10:11:12.345"], [60_000, "10:11:12"], [3_600_000, "10:11"], [2 * 86_400_000, "03-04 10:11"], [90 * 86_400_000, "03-04"]])("an axis over %d ms says %s", (span, want) => {
  expect(axisTime(Date.parse("2026-03-04T10:11:12.345Z"), span, "utc")).toBe(want);
});

test("comments and changes are one stream, the newest first; changes of one moment are one", () => {
  const deeds = streamOf(
    [
      { time: "2026-01-01T00:00:00Z", actor: "Ann", what: "status", old: "new", new: "closed" }, { time: "2026-01-01T00:00:00Z", actor: "Ann", what: "verdict", new: "false_positive" },
      { time: "2026-01-01T00:00:05Z", actor: "Ann", what: "comment" }, { time: "2026-01-01T00:00:09Z", what: "urgency", old: "50", new: "53", note: "ten occurrences" },
    ],
    [{ id: 1, time: "2026-01-01T00:00:05Z", actor: "Ann", text: "why" }],
  );
  expect(deeds.map((d) => [d.actor, d.comment ?? d.changes.join("; ")])).toEqual([
    ["", "set the urgency from 50 to 53 (ten occurrences)"], ["Ann", "why"], ["Ann", "set the status from New to Closed; gave the verdict False positive"],
  ]);
});

const graph: EntityGraph = {
  events: 3, missing: 0, leftOut: 0,
  nodes: ["a", "b", "c"].map((id) => ({ id, kind: "process", value: id, occurrences: 1, first: "2026-01-01T00:00:00Z", last: "2026-01-01T00:00:00Z" })),
  edges: [["a", "b", "started", 2], ["a", "b", "opened", 1], ["b", "c", "started", 1], ["c", "c", "changed", 1]].map(([from, to, verb, count], i) => ({
    from: String(from), to: String(to), verb: String(verb), count: Number(count), first: "2026-01-01T00:00:00Z", last: "2026-01-01T00:00:00Z", events: [`e${i}`],
  })),
};

test("what one did to another is one line of the graph, which runs from left to right", () => {
  const links = linksOf(graph);
  expect(links.map((l) => [l.id, l.label, l.events])).toEqual([["a b", "started ×2, opened", ["e0", "e1"]], ["b c", "started", ["e2"]], ["c c", "changed", ["e3"]]]);
  const x = Object.fromEntries(place(graph, links).map((p) => [p.node.id, p.x]));
  expect(x["a"]).toBeLessThan(x["b"] ?? 0);
  expect(x["b"]).toBeLessThan(x["c"] ?? 0);
});

test("an entity leads to its alerts and events, unless it is too long to be a name", () => {
  expect(alertsOf("host", "ws-1")).toBe("/alerts?host=ws-1");
  expect(alertsOf("ip", "192.0.2.1")).toBe("/alerts?entity=192.0.2.1");
  expect(alertsOf("file", "x".repeat(500))).toBeUndefined();
  expect(eventsOf("registry.key", "HKLM\\Software")).toBe(`/events?${new URLSearchParams({ q: 'registry.key: "HKLM\\\\Software"' })}`);
  expect(eventsOf(undefined, "x")).toBeUndefined();
  expect(eventsOfEntity({ kind: "user", value: "corp\\anna", details: { name: "anna" } })).toContain("anna");
});

test("a ticket takes no markup from values", () => {
  const alert = {
    id: 7, title: "<b>a</b> *b*\n# c", urgency: 70, band: "high", reasons: [{ text: "The level is high.", points: 70 }], status: "new", first: "t1", last: "t2", occurrences: 1, origin: "rule", rule: "r",
    attack: [], tags: ["a|b"], description: "one\n- two `x`", entities: [{ kind: "process", value: "a `` b \u202e", roles: [] }],
  } as unknown as AlertDetail;
  const text = markdownOf(alert, [event("e", "2026-01-01T00:00:00Z")], new Map([["e", "`x` started\ny"]]), "http://penstock/alerts/7");
  expect(text).toContain("## &lt;b&gt;a&lt;/b&gt; \\*b\\* \\# c\n");
  expect(text).toContain("- process: ```a `` b \\u202e```\n");
  expect(text).toContain("DeviceEvents: `` `x` started y ``\n");
  expect(text).toContain("> - two \\`x\\`\n");
  expect(text).toContain("a\\|b");
});
