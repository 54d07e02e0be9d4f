import { expect, test } from "vitest";
import type { Intake, LakeStats } from "../api/client";
import { days, lagOf, roomOf } from "./state";

const lake = (room: Partial<NonNullable<LakeStats["room"]>>): LakeStats => ({
  events: 1, headEvents: 0, segments: 1, bytes: 1024, behindSeconds: 0, tables: [],
  room: { bytesPerDay: 1024, diskFreeBytes: 4096, diskSizeBytes: 8192, ...room },
});

test("the partition that is furthest behind says how far reading is", () => {
  const intake = (...lags: (number | undefined)[]) => ({ partitions: lags.map((lagSeconds) => ({ lagSeconds })) }) as Intake;
  expect(lagOf([intake(3, undefined), intake(12)])).toBe(12);
  expect(lagOf([intake(undefined)])).toBeUndefined();
});

test("a disk that is full within two weeks is told in red, unless the retention makes room before", () => {
  expect(roomOf(lake({ daysLeft: 3 }))).toEqual({ value: "3 days", note: "4.0 KiB free on the disk", tight: true });
  expect(roomOf(lake({ daysLeft: 9, maxAgeDays: 7 })).tight).toBe(false);
  expect(roomOf(lake({ daysLeft: 3, maxBytes: 2048 })).tight).toBe(false);
  expect(roomOf(lake({})).value).toBe("–");
});

test("days are written as people say them", () => {
  expect([0.5, 1.9, 2, 45.7, 800, 9999].map(days)).toEqual(["12 h", "45 h", "2 days", "45 days", "2.2 years", "over 10 years"]);
});
