import { expect, test } from "vitest";
import { asciiName } from "../api/session";
import { withParam } from "../shared/address";
import { steadied } from "./steady";
import { chipsOf, filterOf, inWords, isFiltered, readAlertsView, writeAlertsView } from "./view";
import { outcome, tacticName } from "./words";

const now = new Date("2026-05-01T12:00:00Z");
const view = (address: string) => readAlertsView(new URLSearchParams(address));

test("the address reproduces the queue", () => {
  const address = "status=new&status=in_progress&urgency=high&level=low&origin=defender&verdict=false_positive&text=shell&assignee=-&rule=r&tag=t&host=ws-1&user=u"
    + "&entity=e&technique=T1059&tactic=impact&from=now-7d&to=now-1d&updated=now-1h&sort=updated";
  expect(writeAlertsView(view(address)).toString()).toBe(address);
  expect(isFiltered(view(address))).toBe(true);
});

test("an address that says nothing means what is open", () => {
  const v = view("status=lost&sort=mood&from=yesterday");
  expect(isFiltered(v)).toBe(false);
  expect(filterOf(v, now)).toEqual({ open: true });
  expect(filterOf({ ...v, status: ["closed"], text: "x" }, now)).toEqual({ status: ["closed"], text: "x" });
  expect(inWords(v)).toBe("open");
});

test("a verdict is asked for among the closed, and times are those of now", () => {
  expect(filterOf(view("verdict=true_positive&from=now-1h"), now)).toEqual({ verdict: ["true_positive"], from: "2026-05-01T11:00:00.000Z" });
});

test("what has no control in sight is a chip, which takes its filter away", () => {
  const chips = chipsOf(view("status=new&origin=rule&origin=hunt&tactic=initial-access&from=now-24h&updated=2026-01-01T00:00:00Z"));
  expect(chips.map((c) => c.label)).toEqual(["Raised by: Rule", "Raised by: Hunt", "Tactic: Initial access", "Happened in the last 24 hours", "Changed since 2026-01-01 00:00:00Z"]);
  expect(chips[0]?.without).toEqual({ origin: ["hunt"] });
  expect(chips[3]?.without).toEqual({ from: "", to: "" });
});

test.each([
  ["nothing was shown", [], [3, 2, 1], [3, 2, 1], 0],
  ["one came in between, one behind, one is gone", [5, 4, 3], [5, 9, 3, 2], [5, 3, 2], 1],
  ["all are gone", [5, 4], [8, 7], [8, 7], 0],
  ["the order has changed", [1, 2, 3], [3, 2, 1], [1, 2, 3], 0],
])("the list keeps still: %s", (_, shown, news, order, held) => {
  expect(steadied(shown, news)).toEqual({ order, held });
});

test("a closed alert says how it turned out", () => {
  expect(outcome({ status: "closed", verdict: "benign_positive" })).toBe("Closed · Benign positive");
  expect(outcome({ status: "new" })).toBe("New");
  expect(tacticName("command-and-control")).toBe("Command and control");
});

test("a name goes into a header without what that cannot carry", () => {
  expect(asciiName("Zoë Müller ")).toBe("Zoe Muller");
  expect(asciiName("王")).toBe("");
});

test("a parameter takes other values, or none", () => {
  const params = new URLSearchParams("a=1&b=2");
  expect(withParam(params, "a", ["3", "4"]).toString()).toBe("b=2&a=3&a=4");
  expect(withParam(params, "a", [""]).toString()).toBe("b=2");
});
