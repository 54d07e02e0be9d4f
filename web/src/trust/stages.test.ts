import { expect, test } from "vitest";
import { axisFor, placeOf } from "./stages";

test("the axis ends at the mark beyond the longest duration, and never before a second", () => {
  expect(axisFor([]).at(-1)).toBe(1);
  expect(axisFor([0.4, 61]).at(-1)).toBe(600);
  expect(axisFor([40 * 86_400]).at(-1)).toBe(40 * 86_400);
});

test("durations lie on the axis by their logarithm, within it", () => {
  const axis = [0.001, 0.01, 0.1, 1];
  expect(placeOf(0, axis)).toBe(0);
  expect(placeOf(0.1, axis)).toBeCloseTo(2 / 3);
  expect(placeOf(5, axis)).toBe(1);
});
