import { expect, test } from "vitest";
import type { AttackCoverage } from "../api/client";
import { reached } from "./attack/coverage";
import { columnsOf, gradeOf, step } from "./attack/matrix";
import { refusalOf, uploadOf } from "./packs/archive";
import { policyWords } from "./packs/policy";
import { emptyDraft, exceptionOf, missingOf } from "./one/exception";
import { choicesOf, daysOf, descends, filterOf, readSort, rulePath, withoutFilters } from "./view";

test("the address says which rules are meant, and what it makes up is left out", () => {
  const params = new URLSearchParams("level=high&level=critical&level=loud&enabled=true&fired=perhaps&pack=ours&text=shell&sort=fired&rule=x&firedWithin=7&exceptions=true");
  expect(filterOf(params)).toEqual({ text: "shell", level: ["critical", "high"], enabled: "true", pack: ["ours"], firedWithin: 7, exceptions: "true" });
  expect(readSort(params)).toBe("fired");
  expect(readSort(new URLSearchParams("sort=mood"))).toBe("title");
  expect(filterOf(new URLSearchParams("firedWithin=30"))).toEqual({});
  expect(daysOf(new URLSearchParams("firedWithin=8"))).toBe(30);
});

test("what is chosen has names, and can be taken away without losing the rest of the address", () => {
  const params = new URLSearchParams("level=high&enabled=false&sort=fired&removed=true");
  expect(choicesOf(params).map((c) => c.label)).toEqual(["Enabled: no", "Level: high", "Not in its pack any more"]);
  expect(withoutFilters(params).toString()).toBe("sort=fired");
});

test("a rule has an address, whatever its id is", () => {
  expect(rulePath("a/b?c", "/edit")).toBe("/rules/a%2Fb%3Fc/edit");
});

test("what fires most comes first, titles by the alphabet", () => {
  expect(descends("fired")).toBe(true);
  expect(descends("title")).toBe(false);
});

const technique = (id: string, score: number, fired = 0) => ({ id, name: id, score, known: score > 0 ? 1 : 0, enabled: score > 0 ? 1 : 0, data: score > 1 ? 1 : 0, proven: score > 2 ? 1 : 0, fired });

test("each score of a technique includes the ones before", () => {
  expect(reached([technique("a", 0), technique("b", 1), technique("c", 3, 1), technique("d", 2)])).toEqual({ all: 4, enabled: 3, data: 2, proven: 1, fired: 1 });
});

test("a technique is graded by the furthest that its rules have come", () => {
  const counts = { known: 0, enabled: 0, data: 0, proven: 0, fired: 0 };
  expect(gradeOf(counts)).toBe("none");
  expect(gradeOf({ ...counts, known: 3 })).toBe("known");
  expect(gradeOf({ ...counts, known: 3, enabled: 1 })).toBe("enabled");
  expect(gradeOf({ ...counts, known: 3, enabled: 1, data: 1, proven: 1 })).toBe("proven");
  expect(gradeOf({ ...counts, known: 3, enabled: 1, data: 1, proven: 1, fired: 1 })).toBe("fired");
});

test("the matrix has sub-techniques within their techniques, and leaves out what has no rules if that is wanted", () => {
  const coverage: AttackCoverage = {
    version: "1", tactics: [{ id: "TA1", name: "One", key: "one", covered: 1, techniques: ["T2", "T1", "T1.001", "T10"] }],
    techniques: [technique("T1", 0), technique("T1.001", 3), technique("T10", 0), technique("T2", 1)],
  };
  const [all] = columnsOf(coverage, false);
  expect(all?.techniques.map((t) => [t.id, t.subs.length])).toEqual([["T1", 1], ["T10", 0], ["T2", 0]]);
  expect(all?.techniques[0]?.all.proven).toBe(1);
  const [known] = columnsOf(coverage, true);
  expect(known?.techniques.map((t) => t.id)).toEqual(["T1", "T2"]);
});

test("arrow keys move among columns of different lengths, over empty ones", () => {
  const lengths = [3, 0, 1];
  expect(step(lengths, 0, 2, "ArrowDown")).toEqual([0, 2]);
  expect(step(lengths, 0, 2, "ArrowRight")).toEqual([2, 0]);
  expect(step(lengths, 2, 0, "ArrowLeft")).toEqual([0, 0]);
  expect(step(lengths, 2, 0, "ArrowRight")).toEqual([2, 0]);
  expect(step(lengths, 0, 1, "End")).toEqual([0, 2]);
  expect(step(lengths, 0, 1, "a")).toBeUndefined();
});

test("an exception is asked for once nothing is left to fill in", () => {
  const now = new Date("2026-11-01T00:00:00Z");
  const where = { field: " Image ", op: "endswith" as const, values: ["\\x.exe"] };
  expect(exceptionOf(emptyDraft, now)).toBeUndefined();
  expect(exceptionOf({ ...emptyDraft, where: [where, { field: "", op: "is", values: [] }], term: "30" }, now)).toEqual({ where: [{ ...where, field: "Image" }], expires: "2026-12-01T00:00:00.000Z" });
  expect(exceptionOf({ ...emptyDraft, where: [where, { field: "User", op: "is", values: [] }] }, now)).toBeUndefined();
  expect(exceptionOf({ ...emptyDraft, asText: true, text: "selection:\n  a: b\n", term: "never" }, now)).toEqual({ text: "selection:\n  a: b\n", never: true });
  expect(missingOf({ field: "User", op: "is", values: [] })).toEqual({ values: "Give a value, and press Enter." });
  expect(missingOf({ field: "", op: "is", values: ["x"] })).toEqual({ field: "Say which field has these values." });
});

test("what cannot be uploaded is refused before it is read", () => {
  const file = (name: string, size = 10) => ({ name, size });
  expect(refusalOf([file("a.zip")])).toBeUndefined();
  expect(refusalOf([file("a.yml"), file("b.YAML")])).toBeUndefined();
  expect(refusalOf([])).toMatch(/Choose/);
  expect(refusalOf([file("a.txt")])).toBe("a.txt is neither a zip archive nor a YAML file.");
  expect(refusalOf([file("a.zip"), file("b.yml")])).toMatch(/not both/);
  expect(refusalOf([file("a.zip", 65 << 20)])).toMatch(/larger/);
});

test("single files are uploaded as an archive", async () => {
  const { file, archive } = await uploadOf([new File(["title: a"], "one.yml"), new File(["title: b"], "two.yml")]);
  expect(file).toBe("one");
  expect(new TextDecoder().decode(archive.slice(0, 2))).toBe("PK");
});

test("a policy is said in words", () => {
  expect(policyWords({})).toBe("none");
  expect(policyWords({ minLevel: "high", statuses: ["stable", "test"] })).toBe("level high and above, status stable or test");
});
