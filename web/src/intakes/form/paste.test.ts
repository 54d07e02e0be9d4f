import { expect, test } from "vitest";
import { pasted } from "./paste";

const settings = { hubName: "acmeeh", hubConnectionString: "Endpoint=sb://x/;SharedAccessKeyName=acmeap;SharedAccessKey=s;EntityPath=acmeeh", consumerGroup: "acmecp", storageContainer: "acmeeh", storageConnectionString: "DefaultEndpointsProtocol=https;AccountName=acmesa;AccountKey=s" };
const draft = { source: "eventhub", authentication: "connection_string", ...settings };

test.each([
  ["the settings themselves", settings],
  ["an output of Azure", { intake: { type: "Object", value: settings } }],
  ["all outputs of Azure", Object.fromEntries(Object.entries(settings).map(([k, value]) => [k, { type: "String", value }]))],
  ["a whole deployment", { id: "/subscriptions/x", properties: { outputs: { intake: { type: "Object", value: settings } } } }],
  ["all outputs of Terraform", { intake: { sensitive: true, type: ["object", {}], value: settings }, namespaceId: { value: "/subscriptions/x" } }],
  ["the outputs of another kit", { HubConnectionString: { value: settings.hubConnectionString }, HubConsumerGroup: { value: "acmecp" }, eventHubName: { value: "acmeeh" }, StorageConnectionString: { value: settings.storageConnectionString }, storageContainerName: { value: "acmeeh" } }],
  ["the arguments of another connector", { hub_connection_string: settings.hubConnectionString, hub_name: "acmeeh", hub_consumer_group: "acmecp", storage_connection_string: settings.storageConnectionString, storage_container_name: "acmeeh", chunk_size: 1000 }],
])("%s fill in the form", (_, json) => {
  expect(pasted(`\n${JSON.stringify(json, undefined, 2)}\n`)).toEqual({ settings: draft });
});

test("the hubs of all tables fill in the form, with the tables that are to arrive", () => {
  const several = { ...settings, hubName: "insights-logs-advancedhunting-deviceinfo, insights-logs-advancedhunting-emailevents", chosenTables: ["DeviceInfo", "EmailEvents"] };
  expect(pasted(JSON.stringify({ intake: { sensitive: true, value: several } }))).toEqual({ settings: { ...draft, ...several } });
  expect(pasted(JSON.stringify({ hubName: "h", chosenTables: ["DeviceInfo", 7] }))).toEqual({ settings: { source: "eventhub", hubName: "h" } });
});

test("with Entra ID the form is told so", () => {
  const json = { authentication: "entra", namespace: "acmeehns.servicebus.windows.net", hubName: "acmeeh", consumerGroup: "acmecp", storageContainer: "acmeeh", storageAccount: "https://acmesa.blob.core.windows.net/", credential: "managed_identity", clientId: "1-2" };
  expect(pasted(JSON.stringify(json))).toEqual({ settings: { source: "eventhub", ...json } });
  expect(pasted(JSON.stringify({ namespace: "n", hubName: "h" })).settings?.authentication).toBe("entra");
});

test.each([
  ["no JSON", "Endpoint=sb://x", "not JSON"], ["half of it", "{\"hubName\":", "not JSON"], ["a list", "[1]", "no setting"], ["nothing of an intake", "{\"a\":1}", "no setting"],
  ["a word", "null", "no setting"], ["what is too long", `{"hubName":"${"x".repeat(70_000)}"}`, "too long"],
])("%s is said to be so", (_, text, says) => {
  expect(pasted(text).fault).toContain(says);
});

test("what is not known is left out, whatever it is", () => {
  expect(pasted("{\"hubName\":\"h\",\"name\":\"evil\",\"__proto__\":{\"value\":\"x\"},\"authentication\":\"magic\",\"consumerGroup\":7}")).toEqual({ settings: { source: "eventhub", hubName: "h" } });
});
