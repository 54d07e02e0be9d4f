import type { AttackCoverage } from "../../api/client";

export interface Reached {
  all: number;
  enabled: number;
  data: number;
  proven: number;
  fired: number;
}

/** reached counts how many techniques have at least each score: a rule is enabled, its data arrives, it is proven; and of how many one has fired. */
export function reached(techniques: AttackCoverage["techniques"]): Reached {
  const atLeast = (score: number) => techniques.filter((t) => t.score >= score).length;
  return { all: techniques.length, enabled: atLeast(1), data: atLeast(2), proven: atLeast(3), fired: techniques.filter((t) => t.fired > 0).length };
}
