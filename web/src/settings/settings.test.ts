import { expect, test } from "vitest";
import { Problem } from "../api/problem";
import type { DoctorReport } from "../api/client";
import { asText, bySubject, countOf } from "./doctor/report";
import { namesOf, wrongWith } from "./assets/asset";
import { faultAt, formOf, settingsOf } from "./notifications/target";
import { formOf as keepingForm, inWords, keepingOf, sameKeeping } from "./retention/keeping";

test("names are read a line each or between commas, each once", () => {
  expect(namesOf(" dc01\ndc02, dc01 ,\n")).toEqual(["dc01", "dc02"]);
  expect(wrongWith([])).toMatch(/at least one/);
  expect(wrongWith(["x".repeat(513)])).toMatch(/longer than 512/);
  expect(wrongWith(["dc01"])).toBeUndefined();
});

test("a target tells the server nothing of the fields of other kinds", () => {
  const form = { ...formOf(), name: " on call ", url: "https://hooks.example.com/x", smtp: "mail:25", to: "a@example.com; b@example.com", from: "p@example.com", subject: "s" };
  expect(settingsOf(form)).toEqual({ name: "on call", kind: "webhook", enabled: true, minUrgency: 0, perMinute: 10, url: "https://hooks.example.com/x" });
  expect(settingsOf({ ...form, kind: "email", changes: ["created"] })).toEqual({
    name: "on call", kind: "email", enabled: true, minUrgency: 0, perMinute: 10, changes: ["created"], smtp: "mail:25", from: "p@example.com", encryption: "starttls",
    to: ["a@example.com", "b@example.com"], subject: "s",
  });
});

test("what is wrong is said at its field, without the field's name", () => {
  const error = new Problem(422, "url: expected https", undefined, undefined, undefined, [{ at: "url", message: "url: expected https" }]);
  expect(faultAt(error, "url")).toBe("expected https");
  expect(faultAt(error, "name")).toBeUndefined();
});

test("what is kept is read back as it was written, and said in words", () => {
  for (const k of [{}, { maxAgeDays: 30 }, { maxBytes: 5 * 2 ** 40 }, { maxAgeDays: 400, maxBytes: 300 * 2 ** 20 }]) expect(keepingOf(keepingForm(k))).toEqual(k);
  expect(keepingOf({ ...keepingForm({ maxAgeDays: 30 }), days: "" })).toBeUndefined();
  expect(keepingOf({ ...keepingForm({}), bySize: true, size: 0 })).toBeUndefined();
  expect(sameKeeping({ maxAgeDays: 0 }, {})).toBe(true);
  expect(inWords({ maxAgeDays: 1, maxBytes: 2 ** 30 })).toBe("for a day, and no more than 1.0 GiB of them");
  expect(inWords({})).toBe("whatever their age");
});

test("a report of the doctor is grouped by subject, without what is right unless it is wanted", () => {
  const report: DoctorReport = {
    began: "2026-11-26T09:00:00Z", seconds: 1, worst: "fail",
    findings: [
      { id: "disk.room", subject: "disk", severity: "ok", found: "There is room.", seconds: 0 },
      { id: "hub.missing", subject: "intake north", severity: "fail", found: "There is no hub.", why: "Nothing is read.", mend: "Make it:\n  hub: x", seconds: 0 },
    ],
  };
  expect(bySubject(report, false)).toEqual([{ subject: "disk", findings: [], right: 1 }, { subject: "intake north", findings: [report.findings[1]], right: 0 }]);
  expect(bySubject(report, true)[0]?.findings).toHaveLength(1);
  expect(countOf(report, "fail")).toBe(1);
  expect(asText(report)).toContain("intake north\n  FAIL  There is no hub.  [hub.missing]\n        → Make it:\n            hub: x\n");
});
