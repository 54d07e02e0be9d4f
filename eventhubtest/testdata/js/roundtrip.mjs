// Sends to and receives from the hub of the connection string in argv[2], and prints what it saw as one line of JSON.
import { EventHubConsumerClient, EventHubProducerClient, earliestEventPosition } from "@azure/event-hubs";

const connection = process.argv[2];
const producer = new EventHubProducerClient(connection);
const consumer = new EventHubConsumerClient("$Default", connection);
const seen = { events: [] };
try {
  const batch = await producer.createBatch({ partitionId: "0" });
  for (const n of [1, 2, 3]) {
    if (!batch.tryAdd({ body: { n }, properties: { from: "js" } })) throw new Error("the batch is full");
  }
  await producer.sendBatch(batch);
  await producer.sendBatch([{ body: "large " + "x".repeat(300_000) }], { partitionId: "0" });
  await producer.sendBatch([{ body: "keyed" }], { partitionKey: "tenant" });

  seen.hub = await consumer.getEventHubProperties();
  seen.partition = await consumer.getPartitionProperties("0");

  const total = Number(process.argv[3]);
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`only ${seen.events.length} events came`)), 30_000);
    const subscription = consumer.subscribe(
      {
        processEvents: async (events, context) => {
          for (const e of events) {
            const body = typeof e.body === "string" && e.body.length > 100 ? e.body.length : e.body;
            seen.events.push({ partition: context.partitionId, sequence: e.sequenceNumber, offset: String(e.offset),
              enqueued: e.enqueuedTimeUtc.getTime(), key: e.partitionKey ?? "", body: Buffer.isBuffer(body) ? body.toString() : body,
              properties: e.properties ?? {} });
          }
          seen.last = context.lastEnqueuedEventProperties ?? seen.last;
          if (seen.events.length >= total) {
            clearTimeout(timer);
            subscription.close().then(resolve, reject);
          }
        },
        processError: async (err) => {
          clearTimeout(timer);
          reject(err);
        },
      },
      { startPosition: earliestEventPosition, maxBatchSize: 10, maxWaitTimeInSeconds: 1, trackLastEnqueuedEventProperties: true },
    );
  });
  try {
    await consumer.getPartitionProperties("99");
  } catch (err) {
    seen.error = { code: err.code ?? err.name, message: err.message };
  }
} finally {
  await consumer.close();
  await producer.close();
}
console.log(JSON.stringify(seen));
