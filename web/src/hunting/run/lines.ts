import type { Line } from "../wire";

/** LineReader takes a stream of newline-delimited JSON in pieces of any size and gives the lines that are complete. */
export class LineReader {
  private rest = "";

  push(text: string): Line[] {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    return lines.filter((l) => l.trim() !== "").map((l) => JSON.parse(l) as Line);
  }

  /** end gives the last line where no line break follows it. */
  end(): Line[] {
    return this.push("\n");
  }
}
