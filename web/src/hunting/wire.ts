// What the API of hunting says, by the names that are used here. Places in a query count UTF-16 units from 0, as texts of
// the page do.
import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type ResultColumn = Pick<Schemas["HuntColumn"], "name" | "type">;
/** Render is how a query wants its result to be drawn. */
export type Render = Schemas["HuntRender"];
/** Diagnostic is what is wrong with a place of a query, or remarkable. */
export type Diagnostic = Schemas["HuntRemark"];
export type Place = Pick<Diagnostic, "start" | "end" | "line" | "column">;
/** Read is what one mention of a table makes a hunt read. */
export type Read = Schemas["HuntRead"];
export type Begin = Schemas["HuntBegin"];
export type Progress = Schemas["HuntProgress"];
export type End = Schemas["HuntEnd"];
/** Line is one line of the stream of a hunt: it has one of these members. */
export type Line = Omit<Schemas["HuntLine"], "rows" | "error"> & { rows?: unknown[][]; error?: unknown };
export type Checked = Schemas["HuntCheck"];
/** Parameter is a value that a query refers to by name; value is as KQL writes it, a string without its quotation marks. */
export type Parameter = Schemas["HuntParameter"];
export type SchemaTable = Schemas["HuntTable"];
export type CompletionItem = Schemas["HuntCompletionItem"];
export type Completions = Schemas["HuntCompletion"];
export type Hover = Schemas["HuntHover"];
/** Standing is a hunt that is to run by itself. */
export type Standing = Schemas["HuntStanding"];
/** Schedule is one with what has come of it. */
export type Schedule = Schemas["HuntSchedule"];
export type ScheduleRun = Schemas["HuntRun"];
export type Entity = Schemas["HuntEntity"];
