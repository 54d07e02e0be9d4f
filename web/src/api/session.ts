// The token of the server, kept for as long as the tab lives, whether the server asked for one, and who the user is.
import { useSyncExternalStore } from "react";

const key = "penstock.token";
const listeners = new Set<() => void>();
let wanted = false;

export function token(): string | null {
  return sessionStorage.getItem(key);
}

/** setToken keeps the token for the requests to come. */
export function setToken(value: string): void {
  sessionStorage.setItem(key, value);
  setWanted(false);
}

/** setWanted notes that the server refused a request for want of the right token. */
export function setWanted(value: boolean): void {
  if (wanted === value) return;
  wanted = value;
  for (const listener of listeners) listener();
}

/** useTokenWanted tells whether the user has to give the token before anything can be shown. */
export function useTokenWanted(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => wanted,
  );
}

/** nameKey is where this browser keeps the name of its user, for the history of what is changed. */
export const nameKey = "penstock.name";

/** actor is that name as a header can carry it: letters with marks lose them, others are left out. */
export function actor(): string {
  return asciiName(localStorage.getItem(nameKey) ?? "");
}

export function asciiName(name: string): string {
  return name.normalize("NFKD").replace(/[^\x20-\x7e]/g, "").trim().slice(0, 100);
}
