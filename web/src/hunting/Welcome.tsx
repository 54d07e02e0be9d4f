import { Anchor, Text, Title, UnstyledButton } from "@mantine/core";
import { Link } from "react-router";
import { useHuntSchema } from "./queries";
import { samples } from "./samples";
import type { Sample } from "./samples";
import css from "./HuntingPage.module.css";

/** Welcome is what stands where results will be: what hunting is, and hunts to begin with. */
export function Welcome({ onSample }: { onSample: (sample: Sample) => void }) {
  const schema = useHuntSchema();
  const empty = schema.data !== undefined && schema.data.every((t) => t.rows === 0);
  return (
    <section className={`panel ${css.welcome ?? ""}`} aria-label="Results">
      <div><Title order={2}>Hunt in KQL over everything that is stored</Title></div>
      <Text size="sm" c="dimmed" maw={720} mt={4}>
        Queries written for Defender’s advanced hunting run here as they are, over the same tables and columns and as far back as events are kept. Paste one above and press Ctrl+Enter, or begin with one of these.
      </Text>
      {empty && (
        <Text size="sm" mt="sm" role="status">
          No table has events that you can see yet: the <Anchor component={Link} underline="always" to="/intakes">intakes</Anchor> say whether they read. Queries can be written and checked all the same.
        </Text>
      )}
      <ul className={css.samples}>
        {samples.map((s) => (
          <li key={s.name}><UnstyledButton className={css.sample ?? ""} onClick={() => onSample(s)}><Text size="sm" fw={600}>{s.name}</Text><Text size="xs" c="dimmed" mt={2}>{s.about}</Text></UnstyledButton></li>
        ))}
      </ul>
    </section>
  );
}
