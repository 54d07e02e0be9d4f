import { Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import css from "./Gate.module.css";

/** Gate is the frame of what is shown to somebody who has not signed in. */
export function Gate({ title, about, children }: { title: string; about?: ReactNode; children: ReactNode }) {
  useDocumentTitle(`${title} · Penstock`);
  return (
    <main className={css.gate} id="main">
      <div className={css.card}>
        <div className={css.brand}><img src="/favicon.svg" alt="" width={24} height={24} />Penstock</div>
        <Stack gap="md">
          <div>
            <Title order={1}>{title}</Title>
            {about && <Text c="dimmed" size="sm" mt={4} component="div">{about}</Text>}
          </div>
          {children}
        </Stack>
      </div>
    </main>
  );
}
