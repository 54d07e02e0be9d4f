import { expect, test } from "vitest";
import type { Job, Work } from "../api/client";
import { readHunt, workOf, writeHunt } from "./hunt";
import { perDay } from "./Noise";
import { about, ended, progress } from "./words";

const work: Work = { kind: "detect", from: "2026-11-01T00:00:00Z", to: "2026-11-02T00:00:00Z" };
const job: Job = { id: 1, work, state: "running", created: work.from, done: 25, total: 100, events: 0, unreadable: 0, matches: 0 };

test("the address of a hunt reproduces it", () => {
  const params = new URLSearchParams("rule=a&rule=b&from=now-1d&q=host.name%3A+x&table=DeviceEvents&alerts=true&notify=true");
  expect(writeHunt(readHunt(params)).toString()).toBe(params.toString());
  expect(writeHunt(readHunt(new URLSearchParams())).toString()).toBe("");
});

test("a hunt asks for what is filled in, and for nothing while its time range is none", () => {
  const now = new Date("2026-11-08T00:00:00Z");
  expect(workOf(readHunt(new URLSearchParams()), now)).toEqual({ kind: "detect", from: "2026-11-01T00:00:00.000Z", to: "2026-11-08T00:00:00.000Z" });
  expect(workOf(readHunt(new URLSearchParams("from=whenever")), now)).toBeUndefined();
});

test("a job says what it works with", () => {
  expect(about(work)).toBe("every enabled rule");
  expect(about({ ...work, rules: ["a"], tables: ["t", "u"], query: "x: y" })).toBe("1 rule, 2 tables, where x: y");
  expect(about({ ...work, kind: "test", files: [{ role: "rule", name: "a", text: "" }] })).toBe("1 rule of its own");
  expect(about({ ...work, kind: "exception", rules: ["a"], files: [{ role: "exception", name: "a", text: "" }] })).toBe("1 rule, 1 exception");
});

test("progress stays within its bounds", () => {
  expect(progress(job)).toBe(25);
  expect(progress({ ...job, done: 300 })).toBe(100);
  expect(progress({ ...job, state: "queued", total: 0 })).toBe(0);
  expect([ended(job), ended({ ...job, state: "failed" })]).toEqual([false, true]);
});

test("a rare rate is not nothing", () => {
  expect([0, 0.01, 2.25, 1234].map(perDay)).toEqual(["none", "less than 0.1", "2.3", "1,234"]);
});
