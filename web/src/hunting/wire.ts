// What the API of hunting says, where the page reads it line by line or writes it by hand.

export interface ResultColumn {
  name: string;
  type: string;
}

/** Render is how a query wants its result to be drawn. */
export interface Render {
  kind: string;
  properties: Record<string, string>;
}

/** Place is where something stands in a query: offsets in UTF-16 units from 0, line and column from 1. */
export interface Place {
  start: number;
  end: number;
  line: number;
  column: number;
}

export interface Notice extends Place {
  message: string;
}

export interface Diagnostic extends Notice {
  hint?: string;
  severity: "error" | "warning";
}

/** Read is what one mention of a table makes a hunt read. */
export interface Read {
  table: string;
  from?: string;
  to?: string;
  segments: number;
  segmentsSkipped: number;
  bytes: number;
  rows: number;
}

export interface Statistics {
  rows: number;
  segmentsRead: number;
  segmentsSkipped: number;
  bytesRead: number;
  rowsRead: number;
  waitedSeconds: number;
  compileSeconds: number;
  elapsedSeconds: number;
  reads: Read[];
}

export interface Begin {
  id: string;
  columns: ResultColumn[];
  render?: Render;
  notices: Notice[];
  reads: Read[];
  timeSetInQuery: boolean;
  from?: string;
  to?: string;
}

export interface Progress {
  state: "waiting" | "running";
  elapsedSeconds: number;
  waitingBefore?: number;
}

export interface End {
  rows: number;
  cut: boolean;
  cutBy?: "rows" | "bytes";
  statistics: Statistics;
}

/** Line is one line of the stream of a hunt: it has one of these members. */
export interface Line {
  begin?: Begin;
  progress?: Progress;
  rows?: unknown[][];
  end?: End;
  error?: unknown;
}

export interface Checked {
  valid: boolean;
  diagnostics: Diagnostic[];
  columns: ResultColumn[];
  render?: Render;
  notices: Notice[];
  reads: Read[];
  timeSetInQuery: boolean;
}

/** Parameter is a value that a query refers to by name; value is as KQL writes it, a string without its quotation marks. */
export interface Parameter {
  name: string;
  type: string;
  value: string;
  description?: string;
}

export interface SchemaColumn {
  name: string;
  type: string;
  description?: string;
}

export interface SchemaTable {
  name: string;
  description?: string;
  columns: SchemaColumn[];
  rows?: number;
  oldest?: string;
  newest?: string;
}

export interface CompletionItem {
  label: string;
  insert: string;
  kind: string;
  detail?: string;
  documentation?: string;
}

export interface Completions {
  start: number;
  end: number;
  items: CompletionItem[];
}

export interface Hover {
  start: number;
  end: number;
  title: string;
  text: string;
}
