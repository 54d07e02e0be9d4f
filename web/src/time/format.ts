// How times, durations and sizes are written.

export type Zone = "local" | "utc";

const two = (n: number) => String(n).padStart(2, "0");

interface Parts {
  date: string;
  time: string;
  millis: string;
}

function parts(t: Date, zone: Zone): Parts {
  const utc = zone === "utc";
  const year = utc ? t.getUTCFullYear() : t.getFullYear();
  const month = utc ? t.getUTCMonth() : t.getMonth();
  const day = utc ? t.getUTCDate() : t.getDate();
  const hours = utc ? t.getUTCHours() : t.getHours();
  const minutes = utc ? t.getUTCMinutes() : t.getMinutes();
  const seconds = utc ? t.getUTCSeconds() : t.getSeconds();
  return {
    date: `${String(year).padStart(4, "0")}-${two(month + 1)}-${two(day)}`,
    time: `${two(hours)}:${two(minutes)}:${two(seconds)}`,
    millis: String(t.getUTCMilliseconds()).padStart(3, "0"),
  };
}

/** timestamp writes a moment to the millisecond. */
export function timestamp(t: Date, zone: Zone): string {
  const p = parts(t, zone);
  return `${p.date} ${p.time}.${p.millis}`;
}

/** toSeconds writes a moment to the second. */
export function toSeconds(t: Date, zone: Zone): string {
  const p = parts(t, zone);
  return `${p.date} ${p.time}`;
}

/** tick labels an axis: the time of day, or the day where one begins or when the steps are whole days. */
export function tick(t: Date, zone: Zone, stepSeconds: number): string {
  const p = parts(t, zone);
  if (stepSeconds >= 86_400 || p.time === "00:00:00") return p.date.slice(5);
  return stepSeconds < 60 ? p.time : p.time.slice(0, 5);
}

/** duration writes seconds as people say them, in the two largest units. */
export function duration(seconds: number): string {
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1).replace(/\.0$/, "") : Math.round(seconds)} s`;
  const s = Math.round(seconds);
  const steps: [number, string][] = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];
  const i = steps.findIndex(([size]) => s >= size);
  const [size, unit] = steps[i] ?? [1, "s"];
  const [nextSize, nextUnit] = steps[i + 1] ?? [1, "s"];
  const rest = Math.floor((s % size) / nextSize);
  return rest > 0 ? `${Math.floor(s / size)} ${unit} ${rest} ${nextUnit}` : `${Math.floor(s / size)} ${unit}`;
}

const counts = new Intl.NumberFormat("en-GB");

/** count writes a whole number with its thousands apart. */
export function count(n: number): string {
  return counts.format(n);
}

/** short writes a number to three digits: 1.2k, 34M. */
export function short(n: number): string {
  if (n < 1000) return String(Math.round(n * 10) / 10);
  for (const [size, unit] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]] as const) {
    if (n >= size) return `${(n / size).toPrecision(3).replace(/\.?0+$/, "")}${unit}`;
  }
  return String(n);
}

/** bytes writes a size in binary units. */
export function bytes(n: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  for (; n >= 1024 && i < names.length - 1; i++) n /= 1024;
  return `${i === 0 ? n : n.toFixed(n < 10 ? 1 : 0)} ${names[i] ?? ""}`;
}
