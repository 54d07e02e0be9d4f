import { expect, test } from "vitest";
import { asciiName } from "../api/session";
import { withParam } from "../shared/address";
import { filterOf, isFiltered, readAlertsView, writeAlertsView } from "./view";
import { outcome } from "./words";

test("the address reproduces the list of alerts", () => {
  const address = "status=new&status=in_progress&urgency=high&assignee=-&text=shell&host=ws-1&sort=updated";
  const view = readAlertsView(new URLSearchParams(address));
  expect(writeAlertsView(view).toString()).toBe(address);
  expect(isFiltered(view)).toBe(true);
});

test("an address that says nothing means what is open", () => {
  const view = readAlertsView(new URLSearchParams("status=lost&sort=mood"));
  expect(isFiltered(view)).toBe(false);
  expect(filterOf(view)).toEqual({ open: true });
  expect(filterOf({ ...view, status: ["closed"], text: "x" })).toEqual({ status: ["closed"], text: "x" });
});

test("a closed alert says how it turned out", () => {
  expect(outcome({ status: "closed", verdict: "benign_positive" })).toBe("Closed · Benign positive");
  expect(outcome({ status: "new" })).toBe("New");
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
