import { expect, test } from "vitest";
import { LineReader } from "./run/lines";
import { draftOf, freshDraft, secondsOf, spanOf, standingOf, suggestedEntities } from "./schedules/draft";
import { blank, changed, firstTabs, mostTabs, tabsOf } from "./tabs/tabs";
import { longestInAddress, readHunt, writeHunt } from "./view";

test("lines come out whole, however the stream is cut", () => {
  const stream = '{"progress":{"state":"running"}}\n{"rows":[["ä\\n"]]}\n\n{"end":{"rows":1}}';
  for (const size of [1, 3, 1000]) {
    const r = new LineReader();
    const got = [];
    for (let i = 0; i < stream.length; i += size) got.push(...r.push(stream.slice(i, i + size)));
    got.push(...r.end());
    expect(got).toEqual([{ progress: { state: "running" } }, { rows: [["ä\n"]] }, { end: { rows: 1 } }]);
  }
});

test("an address reproduces a hunt", () => {
  const view = { query: "T | where a == 'b&c'\n| take 1", saved: undefined, range: { from: "now-7d", to: "now" }, parameters: [{ name: "Who", type: "string" as const, value: "a:b" }], show: "chart" as const, arranged: { columns: ["b", "a,b c"], sort: { column: "x desc", descending: false } } };
  expect(readHunt(new URLSearchParams(writeHunt(view).toString()))).toEqual(view);
  expect(writeHunt(readHunt(new URLSearchParams())).toString()).toBe("");
});

test("an address leaves out columns that are too many for one", () => {
  const columns = Array.from({ length: 300 }, (_, i) => `Column${i}`);
  const written = writeHunt({ ...readHunt(new URLSearchParams()), query: "T", arranged: { columns, sort: { column: "a", descending: true } } });
  expect(written.toString()).toBe("q=T&sort=a+desc");
  expect(readHunt(new URLSearchParams("q=T&sort=a")).arranged).toBeUndefined();
});

test("a query that is too long has its address as a saved hunt alone", () => {
  const view = readHunt(new URLSearchParams());
  const query = "x".repeat(longestInAddress + 1);
  expect(writeHunt({ ...view, query }).toString()).toBe("");
  expect(writeHunt({ ...view, query, saved: 7 }).toString()).toBe("saved=7");
});

test("what of an address makes no sense is left out", () => {
  const view = readHunt(new URLSearchParams("saved=-1&show=dance&p.x=nothing&p.y=int:5"));
  expect([view.saved, view.show, view.parameters]).toEqual([undefined, undefined, [{ name: "y", type: "int", value: "5" }]]);
});

test("tabs are added, closed, moved and named; one is always there", () => {
  let t = firstTabs("a");
  t = changed(t, { do: "add", tab: blank(t.tabs, "b") });
  expect([t.active, t.tabs.map((x) => x.name)]).toEqual(["b", ["Query 1", "Query 2"]]);
  t = changed(t, { do: "set", id: "b", part: { text: "T", saved: 4 } });
  expect(t.tabs[1]).toMatchObject({ text: "T", saved: 4 });
  expect(changed(t, { do: "set", id: "b", part: { saved: undefined } }).tabs[1]).not.toHaveProperty("saved");
  expect(changed(t, { do: "move", id: "b", to: 0 }).tabs.map((x) => x.id)).toEqual(["b", "a"]);
  t = changed(t, { do: "close", id: "b", fresh: "c" });
  expect(t.active).toBe("a");
  t = changed(t, { do: "close", id: "a", fresh: "c" });
  expect([t.active, t.tabs.length]).toEqual(["c", 1]);
});

test("of too many tabs the oldest that is not shown gives way", () => {
  let t = firstTabs("0");
  for (let i = 1; i <= mostTabs; i++) t = changed(t, { do: "add", tab: blank(t.tabs, String(i)) });
  expect([t.tabs.length, t.tabs[0]?.id, t.active]).toEqual([mostTabs, "1", String(mostTabs)]);
});

test("kept tabs come back; what makes no sense among them is left out", () => {
  const t = changed(firstTabs("a"), { do: "set", id: "a", part: { text: "T", parameters: [{ name: "x", type: "int", value: "1" }] } });
  expect(tabsOf(JSON.stringify(t), "z")).toEqual(t);
  expect(tabsOf("{broken", "z")).toEqual(firstTabs("z"));
  expect(tabsOf('{"tabs":[{"id":1},{"id":"a","name":"n","text":"t","parameters":[{"name":"x","type":"wrong","value":"1"}]}],"active":"gone"}', "z")).toMatchObject({ active: "a", tabs: [{ id: "a", parameters: [] }] });
});

test("spans are written in the largest unit that they are whole in", () => {
  for (const [s, span] of [[300, { count: 5, unit: "m" }], [3_600, { count: 1, unit: "h" }], [5_400, { count: 90, unit: "m" }], [86_400, { count: 1, unit: "d" }], [0, { count: 0, unit: "m" }]] as const) {
    expect(spanOf(s)).toEqual(span);
    expect(secondsOf(span)).toBe(s);
  }
});

test("a schedule that is edited without a change stays as it is", () => {
  const at = "2026-01-01T00:00:00Z";
  const standing = {
    name: "n", description: "d", query: "T", parameters: [], enabled: true, everySeconds: 3_600, lookbackSeconds: 7_200, threshold: { op: ">=" as const, rows: 3 }, severity: "high" as const, tactics: ["execution"], techniques: ["T1059.001"],
    entities: [{ kind: "host" as const, column: "DeviceName" }], grouping: "entity" as const, suppressSeconds: 86_400, revision: 2,
  };
  expect(standingOf(draftOf({ ...standing, id: 1, rule: "hunt:1", createdBy: "a", created: at, changedBy: "a", changed: at }))).toEqual(standing);
});

test("it looks back at least as far as the run before", () => {
  expect(standingOf({ ...freshDraft(null), every: { count: 1, unit: "d" } }).lookbackSeconds).toBe(86_400);
});

test("what the editor left begins a schedule", () => {
  expect(freshDraft(JSON.stringify({ query: "T", name: "Query 3", parameters: [] }))).toMatchObject({ query: "T", name: "" });
  expect(freshDraft("{broken").query).toBe("");
});

test("columns are suggested as entities by their names", () => {
  const columns = ["DeviceName", "AccountUpn", "RemoteIP", "SHA256", "Timestamp", "Description", "RecipientEmailAddress"].map((name) => ({ name, type: "string" }));
  expect(suggestedEntities(columns, [{ kind: "host", column: "DeviceName" }])).toEqual([
    { kind: "user", column: "AccountUpn" }, { kind: "ip", column: "RemoteIP" }, { kind: "file", column: "SHA256" }, { kind: "mailbox", column: "RecipientEmailAddress" },
  ]);
});
