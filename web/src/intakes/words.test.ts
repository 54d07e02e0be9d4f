import { expect, test } from "vitest";
import type { Intake } from "../api/client";
import { behindOf, namesIn, placeOf, sourceOf } from "./words";

const intake = (source: string, hubName?: string) => ({ source, hubName, partitions: [{ lagMessages: 0 }] }) as unknown as Intake;

test.each([
  ["eventhub", "defender", "Event Hubs, defender", "hub"],
  ["eventhub", "one, two", "Event Hubs, 2 hubs", "hubs"],
  ["eventhub", "insights-logs-advancedhunting-*", "Event Hubs, insights-logs-advancedhunting-*", "hubs"],
  ["kafka", "one,two, three", "Kafka, 3 topics", "topics"],
  ["blob", undefined, "storage account", "storage account"],
])("an intake of %s that reads %s says so", (source, names, says, place) => {
  const i = intake(source, names);
  expect([sourceOf(i), placeOf(i)]).toEqual([says, place]);
  expect(behindOf(i)).toMatchObject({ name: source === "blob" ? "Behind the export" : `Behind the ${place}`, note: `all that is in the ${place} is read` });
});

test("names are told apart by commas, and what is between two is no name", () => {
  expect(namesIn(" a, ,b,")).toEqual(["a", "b"]);
  expect(namesIn(undefined)).toEqual([]);
});
