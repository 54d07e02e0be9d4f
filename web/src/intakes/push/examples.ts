// Commands that send events to an intake.

export interface Example {
  /** id is for the page's own use: a word. */
  id: string;
  name: string;
  about: string;
  command: string;
}

const record = '{"time":"2026-11-23T10:00:00Z","category":"AdvancedHunting-DeviceInfo","properties":{"Timestamp":"2026-11-23T10:00:00Z","DeviceName":"ws-0001"}}';

/** quoted writes a text as a shell takes it as it is. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** examples are the ways in that most senders need. */
export function examples(address: string, key: string): Example[] {
  const head = `curl -H ${quoted(`X-Intake-Key: ${key}`)}`;
  const json = "-H 'Content-Type: application/json'";
  return [
    { id: "one", name: "One event", about: "A record as Defender streams it, or a whole message of them.", command: `${head} ${json} \\\n  --data-binary ${quoted(record)} \\\n  ${quoted(`${address}/plain`)}` },
    { id: "file", name: "A file, one event a line", about: "Compressed, and safe to send again: what has arrived already is not taken twice.", command: `gzip -c records.ndjson | ${head} \\\n  -H 'Content-Encoding: gzip' -H "Idempotency-Key: $(sha256sum records.ndjson | cut -c1-64)" \\\n  --data-binary @- ${quoted(`${address}/plain/batch`)}` },
    { id: "list", name: "A list", about: "Of events, at the top or where the path says.", command: `${head} ${json} \\\n  --data-binary @events.json ${quoted(`${address}/jsons?path=$.data.events`)}` },
    { id: "forwarder", name: "A forwarder", about: "One that is made for Sekoia.io's intake needs this address in place of its own, and this key.", command: `${address}\n${address}/api/v1/intake-http` },
  ];
}
