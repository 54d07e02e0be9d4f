import { expect, test } from "vitest";
import { binned, labelsOf, startsOf, stepFor, widthName } from "./timebars";

const from = new Date("2026-11-01T00:00:00Z");
const to = new Date("2026-11-02T00:00:00Z");

test("bars are as wide as the range needs, and not finer than what was counted", () => {
  expect(stepFor(from, to, 60)).toBe(900);
  expect(stepFor(from, new Date("2026-12-01T00:00:00Z"), 3_600)).toBe(86_400);
  expect(stepFor(from, to, 3_600)).toBe(3_600);
  expect(stepFor(from, new Date("2027-11-01T00:00:00Z"), 3_600)).toBe(604_800);
});

test("what happened is added up in its bar; what is outside is left out", () => {
  const starts = startsOf(from, to, 3_600, "utc");
  expect(starts.length).toBe(24);
  const sums = binned([{ t: "2026-11-01T01:30:00Z", n: 2 }, { t: "2026-11-01T01:59:59Z", n: 3 }, { t: "2026-11-03T00:00:00Z", n: 9 }], starts, 3_600, (i) => i.t, (i) => i.n);
  expect(sums.slice(0, 3)).toEqual([0, 5, 0]);
  expect(sums.reduce((a, b) => a + b, 0)).toBe(5);
});

test("the width of a bar has a name", () => {
  expect([60, 3_600, 10_800, 86_400, 90].map(widthName)).toEqual(["minute", "hour", "3 hours", "day", "90 seconds"]);
});

test("bars are named by the time of day or, over longer ranges, by the day where one begins", () => {
  const hours = (n: number) => startsOf(from, new Date(from.getTime() + n * 3_600_000), 10_800, "utc");
  expect(labelsOf(hours(12), 10_800, "utc")).toEqual(["11-01", "03:00", "06:00", "09:00"]);
  expect(labelsOf(hours(72), 10_800, "utc").filter(Boolean)).toEqual(["11-02", "11-03"]);
  expect(labelsOf(startsOf(from, to, 86_400, "utc"), 86_400, "utc")).toEqual(["11-01"]);
});
