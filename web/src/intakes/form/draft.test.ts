import { expect, test } from "vitest";
import type { Intake } from "../../api/client";
import { Problem } from "../../api/problem";
import { nameFault, draftOf, faultsOf, settingsOf } from "./draft";

const kept = { name: "north", format: "defender", hubName: "defender", consumerGroup: "penstock", authentication: "connection_string", secretsSet: ["hubConnectionString"] } as Intake;

test("a secret that is left empty is not sent, so that it stays as it was", () => {
  const d = draftOf(kept);
  expect(settingsOf(d)).not.toHaveProperty("hubConnectionString");
  expect(settingsOf({ ...d, hubConnectionString: " Endpoint=sb://x " }).hubConnectionString).toBe("Endpoint=sb://x");
});

test("a text that is emptied is sent as empty, so that it is forgotten", () => {
  expect(settingsOf({ ...draftOf(kept), consumerGroup: "" }).consumerGroup).toBe("");
});

test("of the other way to sign in nothing is sent", () => {
  const d = { ...draftOf(kept), hubConnectionString: "Endpoint=sb://x", namespace: "contoso.servicebus.windows.net", clientSecret: "s" };
  expect(settingsOf(d)).not.toHaveProperty("namespace");
  expect(settingsOf(d)).not.toHaveProperty("clientSecret");
  expect(settingsOf(d)).not.toHaveProperty("credential");
  const entra = settingsOf({ ...d, authentication: "entra" });
  expect(entra).toMatchObject({ namespace: "contoso.servicebus.windows.net", clientSecret: "s", credential: "default" });
  expect(entra).not.toHaveProperty("hubConnectionString");
});

test("what is wrong with one of a list is shown at the list, and one mistake a field is enough", () => {
  const p = new Problem(422, "x", undefined, undefined, undefined, [{ at: "tags[3]", message: "too long" }, { at: "hubName", message: "first" }, { at: "hubName", message: "second" }]);
  expect(faultsOf(p)).toEqual({ tags: "too long", hubName: "first" });
});

test("a name that cannot be is told at once, one that is not written yet is not", () => {
  for (const good of ["", "  ", "headquarters", "a_b-c9", " spaced "]) expect(nameFault(good), good).toBeUndefined();
  for (const bad of ["not a name!", "-first", "ä", "a".repeat(64)]) expect(nameFault(bad), bad).toBeDefined();
});

test("of a storage account what its way to sign in needs is sent, and nothing of a hub", () => {
  const d = { ...draftOf(), source: "blob" as const, hubConnectionString: "Endpoint=sb://x", storageConnectionString: "Default", storageSas: "sv=1", storageAccount: "contoso", storageContainer: "" };
  expect(settingsOf(d)).toMatchObject({ authentication: "connection_string", storageConnectionString: "Default", storageContainer: "" });
  expect(settingsOf(d)).not.toHaveProperty("hubConnectionString");
  expect(settingsOf(d)).not.toHaveProperty("storageSas");
  const sas = settingsOf({ ...d, authentication: "sas" });
  expect(sas).toMatchObject({ storageSas: "sv=1", storageAccount: "contoso" });
  expect(sas).not.toHaveProperty("storageConnectionString");
  expect(settingsOf({ ...d, authentication: "entra" })).toMatchObject({ storageAccount: "contoso", credential: "default" });
});
