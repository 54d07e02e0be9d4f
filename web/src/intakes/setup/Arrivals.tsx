import { Anchor, Group, List, Text } from "@mantine/core";
import { Link } from "react-router";
import { visible } from "../../events/document";
import { count } from "../../time/format";
import { IntakeState } from "../IntakeState";
import { useIntakes } from "../queries";
import { intakePath } from "../words";

/** Arrivals shows what has come to each intake so far. */
export function Arrivals() {
  const intakes = useIntakes();
  const list = intakes.data?.intakes ?? [];
  if (list.length === 0) return <Text size="sm" c="dimmed">There is no intake yet.</Text>;
  return (
    <List size="sm" aria-label="What has come" listStyleType="none">
      {list.map((i) => (
        <List.Item key={i.name}>
          <Group gap="xs">
            <Anchor component={Link} to={intakePath(i.name)} underline="always">{visible(i.name)}</Anchor><IntakeState state={i.state} />
            <span>{i.tables.length === 0 ? "nothing has come yet" : `${count(i.tables.length)} tables have come; ${i.neverArrived.length === 0 ? "none is missing" : `${count(i.neverArrived.length)} never came`}`}</span>
          </Group>
        </List.Item>
      ))}
    </List>
  );
}
