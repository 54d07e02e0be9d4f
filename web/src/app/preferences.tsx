// What a reader sets once for this browser: the zone in which times are shown, and the name that the history is to tell.
import { createContext, useContext } from "react";
import type { ReactNode } from "react";
import { useLocalStorage } from "@mantine/hooks";
import { useIdentity } from "../access/session";
import { nameKey } from "../api/session";
import type { Zone } from "../time/format";

interface Preferences {
  zone: Zone;
  setZone: (zone: Zone) => void;
}

const Context = createContext<Preferences>({ zone: "local", setZone: () => undefined });

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [zone, setZone] = useLocalStorage<Zone>({ key: "penstock.zone", defaultValue: "local", getInitialValueInEffect: false });
  return <Context value={{ zone, setZone }}>{children}</Context>;
}

export function useZone(): Preferences {
  return useContext(Context);
}

/** useName is who uses the page: the user who is signed in or, where nobody has to, what he calls himself in this browser. */
export function useName(): [string, (name: string) => void] {
  const identity = useIdentity();
  const [name, setName] = useLocalStorage({ key: nameKey, defaultValue: "", getInitialValueInEffect: false, serialize: (v) => v, deserialize: (v) => v ?? "" });
  return [identity?.kind === "user" || identity?.kind === "key" ? identity.name : name, setName];
}
