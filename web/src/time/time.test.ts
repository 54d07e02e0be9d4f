import { expect, test } from "vitest";
import { bytes, count, duration, short, tick, timestamp } from "./format";
import { momentsOf, shifted, widened } from "./range";

const now = new Date("2026-05-01T12:00:00Z");

test.each([
  ["now-15m", "now", "2026-05-01T11:45:00.000Z", "2026-05-01T12:00:00.000Z"],
  ["now-7d", "now-1d", "2026-04-24T12:00:00.000Z", "2026-04-30T12:00:00.000Z"],
  ["2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z", "2026-04-01T00:00:00.000Z", "2026-04-02T00:00:00.000Z"],
])("%s to %s", (from, to, wantFrom, wantTo) => {
  const m = momentsOf({ from, to }, now);
  expect([m?.from.toISOString(), m?.to.toISOString()]).toEqual([wantFrom, wantTo]);
});

test.each([["now", "now-1h"], ["yesterday", "now"], ["now-5y", "now"], ["2026-13-77", "now"]])("%s to %s is no range", (from, to) => {
  expect(momentsOf({ from, to }, now)).toBeUndefined();
});

test("moments are written in the chosen zone", () => {
  expect(timestamp(new Date("2026-05-01T01:02:03.045Z"), "utc")).toBe("2026-05-01 01:02:03.045");
  expect(tick(new Date("2026-05-01T01:02:00Z"), "utc", 60)).toBe("01:02");
  expect(tick(new Date("2026-05-01T00:00:00Z"), "utc", 60)).toBe("05-01");
});

test.each([[0.004, "4 ms"], [2.5, "2.5 s"], [59, "59 s"], [61, "1 min 1 s"], [3600, "1 h"], [90_000, "1 d 1 h"], [-2, "−2 s"]])("%d s is %s", (s, want) => {
  expect(duration(s)).toBe(want);
});

test("numbers are written for people", () => {
  expect(count(1234567)).toBe("1,234,567");
  expect([0, 999, 1200, 34_000_000, 2e9].map(short)).toEqual(["0", "999", "1.2k", "34M", "2G"]);
  expect([12, 2048, 331_000_000].map(bytes)).toEqual(["12 B", "2.0 KiB", "316 MiB"]);
});

test("a range is widened and shifted around its middle", () => {
  const moments = { from: new Date("2026-05-01T10:00:00Z"), to: new Date("2026-05-01T12:00:00Z") };
  expect(widened(moments)).toEqual({ from: "2026-05-01T09:00:00.000Z", to: "2026-05-01T13:00:00.000Z" });
  expect(shifted(moments, -1)).toEqual({ from: "2026-05-01T09:00:00.000Z", to: "2026-05-01T11:00:00.000Z" });
  expect(shifted(moments, 1)).toEqual({ from: "2026-05-01T11:00:00.000Z", to: "2026-05-01T13:00:00.000Z" });
});
