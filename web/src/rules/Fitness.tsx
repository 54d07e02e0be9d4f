import { Badge } from "@mantine/core";
import type { Rule } from "../api/client";

type Grade = Rule["fitness"]["grade"];

const colours: Record<Grade, string> = { live: "green", partial: "yellow", blind: "red", dead: "gray", unknown: "gray" };

/** Fitness shows whether what arrives can answer a rule. */
export function Fitness({ grade }: { grade: Grade }) {
  return <Badge color={colours[grade]} variant="light" tt="none">{grade}</Badge>;
}
