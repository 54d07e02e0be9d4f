import { describe, expect, it } from "vitest";
import { arriving, formatPath, holds, techniquesOf } from "./words";

describe("formats", () => {
  it("are found by all words that are written, in whichever text", () => {
    expect(holds("", "a")).toBe(true);
    expect(holds("REMOTE ip", "RemoteIP", "Address on the other side")).toBe(true);
    expect(holds("remote mail", "RemoteIP", undefined)).toBe(false);
  });
  it("have an address of their own", () => {
    expect(formatPath("a b")).toBe("/formats/a%20b");
    expect(formatPath("defender", "rules")).toBe("/formats/defender/rules");
  });
  it("say how they arrive", () => expect(arriving(["http", "eventhub", "pigeon"])).toBe("HTTP with an intake key, Azure Event Hubs, pigeon"));
  it("gather the rules of a technique", () => {
    const rule = (id: string, ...techniques: string[]) => ({ id, title: id, pack: "builtin", partly: false, enabled: true, techniques, tables: [] });
    expect(techniquesOf([rule("a", "T2", "T1"), rule("b", "T1")]).map((t) => [t.id, t.rules.map((r) => r.id)])).toEqual([["T1", ["a", "b"]], ["T2", ["a"]]]);
  });
});
