import { expect, test } from "vitest";
import { Problem } from "../api/problem";
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
