// Server-sent events over fetch: unlike EventSource it can carry the token.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

export interface Message {
  event: string;
  data: string;
}

/** SseParser takes the stream in pieces of any size and gives the messages that are complete. */
export class SseParser {
  private rest = "";
  private event = "message";
  private data: string[] = [];

  push(text: string): Message[] {
    const lines = (this.rest + text).split(/\r?\n/);
    this.rest = lines.pop() ?? "";
    const messages: Message[] = [];
    for (const line of lines) {
      if (line === "") {
        if (this.data.length > 0) messages.push({ event: this.event, data: this.data.join("\n") });
        this.event = "message";
        this.data = [];
        continue;
      }
      const colon = line.indexOf(":");
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (name === "event") this.event = value;
      if (name === "data") this.data.push(value);
    }
    return messages;
  }
}
