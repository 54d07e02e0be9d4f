import { expect, test } from "vitest";
import { SseParser } from "./sse";

test("messages come out whole, however the stream is cut", () => {
  const stream = 'event: beat\ndata: {"skipped":0}\n\n: a comment\ndata: {"id":\ndata: "a"}\r\n\r\nevent: end\ndata\n\n';
  for (const size of [1, 3, 1000]) {
    const p = new SseParser();
    const got = [];
    for (let i = 0; i < stream.length; i += size) got.push(...p.push(stream.slice(i, i + size)));
    expect(got).toEqual([{ event: "beat", data: '{"skipped":0}' }, { event: "message", data: '{"id":\n"a"}' }, { event: "end", data: "" }]);
  }
});
