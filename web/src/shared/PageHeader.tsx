import { Group, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

export function PageHeader({ title, about, children }: { title: string; about?: string; children?: ReactNode }) {
  useDocumentTitle(`${title} · Penstock`);
  return (
    <Group justify="space-between" mb="md" align="flex-end">
      <div>
        <Title order={1}>{title}</Title>
        {about && <Text c="dimmed" size="sm">{about}</Text>}
      </div>
      {children}
    </Group>
  );
}
