// What a reader sets once for this browser: the zone in which times are shown.
import { createContext, useContext } from "react";
import type { ReactNode } from "react";
import { useLocalStorage } from "@mantine/hooks";
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
