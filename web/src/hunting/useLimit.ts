import { useLocalStorage } from "@mantine/hooks";

export const limits = [1_000, 10_000, 100_000] as const;

/** useLimit is how many rows a result may have in this browser. */
export function useLimit(): [number, (limit: number) => void] {
  const [kept, keep] = useLocalStorage({ key: "penstock.hunting.rows", defaultValue: 10_000, getInitialValueInEffect: false });
  return [limits.find((l) => l === kept) ?? 10_000, keep];
}
