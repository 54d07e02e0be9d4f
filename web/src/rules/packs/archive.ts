// What is uploaded: a zip archive as it is, or single files made into one.
import { zipSync } from "fflate";

/** The server takes archives up to this size. */
export const maxArchive = 64 << 20;

export interface Upload {
  /** What was chosen, for the server to name the pack after. */
  file: string;
  archive: Uint8Array<ArrayBuffer>;
}

const rule = /\.ya?ml$/i;

/** refusalOf says why files cannot be uploaded; undefined where they can. */
export function refusalOf(files: readonly { name: string; size: number }[]): string | undefined {
  if (files.length === 0) return "Choose a zip archive, or files with the ending .yml.";
  const zips = files.filter((f) => /\.zip$/i.test(f.name));
  const other = files.find((f) => !rule.test(f.name) && !/\.zip$/i.test(f.name));
  if (other) return `${other.name} is neither a zip archive nor a YAML file.`;
  if (zips.length > 1 || (zips.length === 1 && files.length > 1)) return "Choose one zip archive, or several YAML files, not both.";
  return files.reduce((n, f) => n + f.size, 0) > maxArchive ? "The files are larger than 64 MiB." : undefined;
}

/** uploadOf reads the files that were chosen. */
export async function uploadOf(files: readonly File[]): Promise<Upload> {
  const [first] = files;
  if (first && /\.zip$/i.test(first.name)) return { file: first.name, archive: new Uint8Array(await first.arrayBuffer()) };
  const parts = await Promise.all(files.map(async (f) => [f.name, new Uint8Array(await f.arrayBuffer())] as const));
  return { file: (first?.name ?? "rules").replace(rule, ""), archive: new Uint8Array(zipSync(Object.fromEntries(parts))) };
}
