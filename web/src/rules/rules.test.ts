import { expect, test } from "vitest";
import { reached } from "./coverage";
import { descends, filterOf, readSort } from "./view";

test("the address says which rules are meant, and what it makes up is left out", () => {
  const params = new URLSearchParams("level=high&level=critical&level=loud&enabled=true&fired=perhaps&pack=ours&text=shell&sort=fired&rule=x");
  expect(filterOf(params)).toEqual({ text: "shell", level: ["critical", "high"], enabled: "true", pack: ["ours"] });
  expect(readSort(params)).toBe("fired");
  expect(readSort(new URLSearchParams("sort=mood"))).toBe("title");
  expect(filterOf(new URLSearchParams())).toEqual({});
});

test("what fires most comes first, titles by the alphabet", () => {
  expect(descends("fired")).toBe(true);
  expect(descends("title")).toBe(false);
});

test("each score of a technique includes the ones before", () => {
  const technique = (id: string, score: number) => ({ id, name: id, score, known: 1, enabled: 1, data: 1, proven: 1 });
  expect(reached([technique("a", 0), technique("b", 1), technique("c", 3), technique("d", 2)])).toEqual({ all: 4, enabled: 3, data: 2, proven: 1 });
});
