import { Badge } from "@mantine/core";
import type { Intake } from "../api/client";
import { stateColour } from "./words";

/** IntakeState shows how an intake is doing, in one word. */
export function IntakeState({ state }: { state: Intake["state"] }) {
  return <Badge color={stateColour[state]} variant="light" tt="none" miw="max-content">{state}</Badge>;
}
