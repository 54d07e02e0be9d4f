import { expect, test } from "vitest";
import { binned, startsOf, stepFor, widthName } from "./timebars";

const from = new Date("2026-11-01T00:00:00Z");
const to = new Date("2026-11-02T00:00:00Z");

test("bars are as wide as the range needs, and not finer than what was counted", () => {
  expect(stepFor(from, to, 60)).toBe(900);
  expect(stepFor(from, to, 3_600)).toBe(3_600);
  expect(stepFor(from, new Date("2027-11-01T00:00:00Z"), 3_600)).toBe(604_800);
});

test("what happened is added up in its bar; what is outside is left out", () => {
  const starts = startsOf(from, to, 3_600);
  expect(starts.length).toBe(24);
  const sums = binned([{ t: "2026-11-01T01:30:00Z", n: 2 }, { t: "2026-11-01T01:59:59Z", n: 3 }, { t: "2026-11-03T00:00:00Z", n: 9 }], starts, 3_600, (i) => i.t, (i) => i.n);
  expect(sums.slice(0, 3)).toEqual([0, 5, 0]);
  expect(sums.reduce((a, b) => a + b, 0)).toBe(5);
});

test("the width of a bar has a name", () => {
  expect([60, 3_600, 10_800, 86_400, 90].map(widthName)).toEqual(["minute", "hour", "3 hours", "day", "90 seconds"]);
});
