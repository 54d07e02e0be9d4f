// The token of the server, kept for as long as the tab lives, and whether the server asked for one.
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
